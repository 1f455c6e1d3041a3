//! A site with its desk: who is at work, who books, who arrives.

use api_spec::desk::{Confirmation, SheetStatus};
use serde_json::{Value, json};
use server::store::teams::Membership;
use server::store::{orgs, protections, run_tx, teams};
use sync_core::kinds::{BOOKING, LEAD};
use sync_core::time::rfc3339;
pub(crate) use tests::api::refused;
use tests::api::{Answer, Api};
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world::{self, ORG, PROJECT};
use uuid::Uuid;

/// The number that arrives most.
pub(crate) const NUMBER: &str = "13812345678";
/// Its mask.
pub(crate) const MASK: &str = "138****5678";

/// A server with the world on it, whose clock stands at 09:00 of the site.
pub(crate) struct House {
    pub(crate) server: InProcess,
}

impl House {
    pub(crate) async fn open(engine: Engine) -> Self {
        let server = InProcess::start_with(engine, &["--dev-clock", "--access-lifetime", "20d"]).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        Self { server }
    }

    /// Sets the clock to a time of the day everything happens on, such as `09:30` or `09:29:59`.
    pub(crate) async fn at(&self, time: &str) {
        self.server.api().set_clock(&instant(time)).await;
    }

    /// The server as seen by somebody at a desk.
    pub(crate) async fn as_user(&self, username: &str) -> Api {
        self.server.user(username).await
    }

    /// The desk.
    pub(crate) async fn desk(&self) -> Desk {
        Desk(self.as_user("zhoumei").await)
    }

    /// The phone of somebody in the field, at the server's time.
    pub(crate) async fn phone(&self, username: &str) -> Phone {
        let mut phone = Phone::new(&self.server.api(), username, Uuid::new_v5(&PROJECT, username.as_bytes()));
        phone.clock.set_ms(self.server.app().clock.now());
        // the same phone at another time makes other records
        phone.reseed(&phone.clock.now_ms().to_string());
        phone.log_in().await.unwrap();
        phone.sync().await.unwrap();
        phone
    }

    /// Books a customer on somebody's phone at the server's time, and sends it.
    pub(crate) async fn book(&self, username: &str, name: &str, mask: &str) -> (Phone, Uuid) {
        let mut phone = self.phone(username).await;
        let id = book(&mut phone, name, mask);
        phone.sync().await.unwrap();
        (phone, id)
    }

    /// Registers a lead on somebody's phone at the server's time, and sends it.
    pub(crate) async fn lead(&self, username: &str, name: &str, number: &str) -> (Phone, Uuid) {
        let mut phone = self.phone(username).await;
        let id = phone.create(&LEAD, json!({"name": name, "phone": number, "source": "visit"}));
        phone.sync().await.unwrap();
        (phone, id)
    }

    /// Signs a sheet as its consultant and as the site lead.
    pub(crate) async fn sign_and_confirm(&self, sheet: &Confirmation) -> Confirmation {
        let consultant = self.as_user(&username(sheet)).await;
        consultant.post::<Confirmation>(&format!("/v1/confirmations/{}/sign", sheet.id), &json!({})).await.unwrap();
        let lead = self.as_user("xujun").await;
        lead.post(&format!("/v1/confirmations/{}/confirm", sheet.id), &json!({})).await.unwrap()
    }

    /// The protections of a class that stand, whatever they are.
    pub(crate) async fn standing(&self, class: &str, customers: &[Uuid]) -> Vec<protections::Protection> {
        let mut db = self.server.app().db.read().await.unwrap();
        let mut rows = protections::standing(&mut db, PROJECT, customers).await.unwrap();
        rows.retain(|row| row.class == class);
        rows
    }

    /// The customer of a sheet.
    pub(crate) async fn customer(&self, sheet: Uuid) -> Uuid {
        let mut db = self.server.app().db.read().await.unwrap();
        let row = server::store::confirmations::find(&mut db, &[PROJECT], sheet).await.unwrap().unwrap();
        row.customer
    }

    /// Changes the organisation beside the server.
    pub(crate) async fn suspend_partner(&self) {
        run_tx(&self.server.app().db, "suspend", async |mut tx| {
            let org = orgs::put(&mut tx, ORG, "青山").await?;
            let partner = orgs::partner(&mut tx, org, world::PARTNER).await?.unwrap();
            orgs::put_partner(&mut tx, &orgs::Partner { status: "suspended".to_owned(), ..partner }).await?;
            orgs::touch_directory(&mut tx, org).await
        })
        .await
        .unwrap();
    }

    /// P9: decides every ruling of the project again from its facts; how many there are.
    pub(crate) async fn replay(&self) -> usize {
        self.server.replay().await
    }
}

/// Makes somebody site lead, too.
pub(crate) async fn make_site_lead(house: &House, username: &str) {
    make(house, username, PROJECT, "site_lead").await;
}

/// Makes somebody site lead of the other project.
pub(crate) async fn make_site_lead_elsewhere(house: &House, username: &str) {
    make(house, username, world::OTHER_PROJECT, "site_lead").await;
}

/// Gives somebody a second role.
pub(crate) async fn make(house: &House, username: &str, project: Uuid, role: &str) {
    run_tx(&house.server.app().db, "promote", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let second = Membership {
            org,
            user: world::id(username),
            id: Uuid::new_v5(&project, role.as_bytes()),
            project,
            team: None,
            role: role.to_owned(),
            from_at: 0,
            until_at: None,
        };
        teams::add_memberships(&mut tx, &[second]).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}

/// A desk on the project.
pub(crate) struct Desk(pub(crate) Api);

impl Desk {
    /// Opens a sheet.
    pub(crate) async fn arrive(&self, arrival: &Value) -> Answer<Confirmation> {
        self.0.post(&format!("/v1/projects/{PROJECT}/arrivals"), arrival).await
    }

    /// Opens the sheet of somebody who says to be booked.
    pub(crate) async fn booked(&self, n: u128, name: &str, number: &str) -> Confirmation {
        self.arrive(&arrival(n, name, number)).await.unwrap()
    }

    /// Opens the sheet of somebody whom somebody brings.
    pub(crate) async fn brought(&self, n: u128, number: &str, by: &str) -> Confirmation {
        self.arrive(&brought(n, number, by)).await.unwrap()
    }

    /// Opens the sheet of somebody who comes alone.
    pub(crate) async fn alone(&self, n: u128, number: &str) -> Confirmation {
        let mut body = arrival(n, "王丽", number);
        body["route"] = "walk_in".into();
        self.arrive(&body).await.unwrap()
    }
}

/// The body for somebody who says to be booked.
pub(crate) fn arrival(n: u128, name: &str, number: &str) -> Value {
    json!({"id": sheet(n), "customer": {"name": name, "phone": number}, "route": "booked"})
}

/// The body for 王丽, whom somebody brings.
pub(crate) fn brought(n: u128, number: &str, by: &str) -> Value {
    let mut body = arrival(n, "王丽", number);
    body["route"] = "brought".into();
    body["brought_by"] = json!(world::id(by));
    body
}

/// The id of the nth sheet.
pub(crate) fn sheet(n: u128) -> Uuid {
    Uuid::from_u128(0x5e_0000 + n)
}

/// A time of the day everything happens on, in the site's zone.
pub(crate) fn instant(time: &str) -> String {
    if time.contains('T') {
        return time.to_owned();
    }
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-11-23T{time}{seconds}+08:00")
}

/// The same in Unix ms.
pub(crate) fn ms(time: &str) -> i64 {
    rfc3339::parse(&instant(time)).unwrap()
}

/// Records a booking.
pub(crate) fn book(phone: &mut Phone, name: &str, mask: &str) -> Uuid {
    phone.create(&BOOKING, json!({"customer_name": name, "phone_masked": mask, "route": "booked"}))
}

/// Status and rules of a verdict.
pub(crate) fn verdict(sheet: &Confirmation) -> (SheetStatus, Vec<&str>) {
    (sheet.status, sheet.reasons.iter().map(|reason| reason.rule.as_str()).collect())
}

/// What a phone is told about a record of its own: outcome and rules.
pub(crate) async fn told(phone: &mut Phone, id: Uuid) -> (String, Vec<String>) {
    phone.sync().await.unwrap();
    let verdict = phone.replica.view(id).unwrap().verdict.unwrap();
    (verdict.outcome, verdict.reasons.into_iter().map(|reason| reason.rule).collect())
}

/// The login name of the sheet's consultant.
pub(crate) fn username(sheet: &Confirmation) -> String {
    sheet.consultant.as_ref().unwrap().name.to_lowercase()
}

/// Code, rule and message of what a rule refuses.
pub(crate) fn rule_of<T: std::fmt::Debug>(answer: Answer<T>) -> (u16, String, String) {
    let problem = answer.unwrap_err();
    let text = |name: &str| problem.members[name].as_str().unwrap().to_owned();
    (problem.status, text("rule"), text("message"))
}
