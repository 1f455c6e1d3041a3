//! A project with one thing of each sort: what the calls are about.

use api_spec::desk::Confirmation;
use api_spec::disputes::Dispute;
use api_spec::primitives::Page;
use api_spec::rulings::Review;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use server::jobs::Jobs;
use server::store::{Key, leads, protections};
use sync_core::kinds::{BOOKING, CHECKIN, DAILY_LOG, LEAD, OUTLET, REQUEST, VISIT, daily_log_id};
use tests::api::Api;
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world::{self, POST, PROJECT, SITE, TEAMS};
use uuid::Uuid;

use super::callers::{device, log_in};
use super::others;
use super::targets::{Targets, sha256};

/// When the calls are made: noon of a Monday.
const NOON: &str = "2026-11-23T12:00:00+08:00";
/// When every token has expired.
const LATER: &str = "2026-12-14T12:00:00+08:00";
/// A photo as small as one can be: a JPEG without pixels.
const PHOTO: &[u8] = b"\xff\xd8\xff\xdb\0\x08tables\xff\xda\0\x08\x01\x01\0\0\x3f\0one\xff\xd9";

/// A server with the world and the others on it, and everything that is called.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) server: InProcess,
    pub(crate) targets: Targets,
    /// The owner of the things by name, and what they are called.
    things: Vec<String>,
}

impl House {
    /// Builds it up; afterwards it is [`NOON`].
    pub(crate) async fn open(engine: Engine) -> Self {
        let server = InProcess::start_seeded_with(engine, 7, &["--dev-clock", "--access-lifetime", "20d"]).await;
        server.api().set_clock("2026-11-19T18:00:00+08:00").await;
        world::found(&server.app().db).await;
        others::found(server.app()).await;
        let mut house = Self { server, targets: Targets::default(), things: vec!["ZHANGWEI".to_owned()] };
        house.name_what_is_founded();
        house.write_logs().await;
        house.record().await;
        house.dispute().await;
        house.open_sheets().await;
        house.publish_notice().await;
        house.at(NOON).await;
        Jobs::default().run(house.server.app()).await.unwrap();
        house
    }

    /// Moves the clock on until no token is good any more.
    pub(crate) async fn wait(&mut self) {
        self.at(LATER).await;
    }

    async fn at(&mut self, now: &str) {
        self.server.api().set_clock(now).await;
        self.name("now", now);
    }

    /// Whether this tells of the owner, or of anything that is called.
    pub(crate) fn is_told_in(&self, text: &str) -> bool {
        self.things.iter().any(|thing| text.contains(thing))
    }

    fn name(&mut self, name: &'static str, target: impl Into<String>) {
        self.targets = std::mem::take(&mut self.targets).with(name, target.into());
    }

    fn thing(&mut self, name: &'static str, thing: Uuid) {
        self.things.push(thing.to_string());
        self.name(name, thing.to_string());
    }

    fn name_what_is_founded(&mut self) {
        for (name, id) in [
            ("project", PROJECT),
            ("team", TEAMS[0]),
            ("post", POST),
            ("leaver", world::id("liuyang")),
            ("nobody", Uuid::from_u128(0x0b)),
            ("new", Uuid::from_u128(0x9e)),
        ] {
            self.name(name, id.to_string());
        }
        for (name, text) in [("day", "2026-11-23"), ("week", "2026-W47"), ("month", "2026-11")] {
            self.name(name, text);
        }
        self.thing("user", world::id("zhangwei"));
        self.thing("device", device("spare"));
    }

    /// A phone of somebody of the world at the server's time.
    async fn phone(&self, username: &str) -> Phone {
        let mut phone = Phone::new(&self.server.api(), username, device(username));
        // the same phone later on makes other records
        phone.reseed(&self.server.app().clock.now().to_string());
        phone.log_in().await.unwrap();
        self.sync(&mut phone).await;
        phone
    }

    async fn sync(&self, phone: &mut Phone) {
        phone.clock.set_ms(self.server.app().clock.now());
        phone.sync().await.unwrap();
    }

    /// A log of each of three days: one of them is approved, the others wait.
    async fn write_logs(&mut self) {
        let mut phone = self.phone("zhangwei").await;
        for (name, day) in [("approved_log", "2026-11-19"), ("returned_log", "2026-11-20"), ("log", "2026-11-23")] {
            self.at(&format!("{day}T09:00:00+08:00")).await;
            self.sync(&mut phone).await;
            let id = daily_log_id(world::id("zhangwei"), day.parse().unwrap());
            phone.set(&DAILY_LOG, id, json!({"day": day, "items": "拜访两家门店"}));
            phone.command(&DAILY_LOG, id, "submit", json!({}));
            self.sync(&mut phone).await;
            self.thing(name, id);
            if name == "approved_log" {
                let lead = self.server.user("lihua").await.with_header(reqwest::header::IF_MATCH, "*");
                lead.post::<Value>(&format!("/v1/daily-logs/{id}/approve"), &json!({})).await.unwrap();
            }
        }
    }

    /// What the owner of everything has on the phone.
    async fn record(&mut self) {
        log_in(&self.server.api(), world::ORG, "zhangwei", Some("spare")).await;
        let mut phone = self.phone("zhangwei").await;
        let lead = phone.create(&LEAD, json!({"name": "王丽", "phone": "13812345678", "source": "visit"}));
        let request =
            phone.create(&REQUEST, json!({"want": "missed_check", "reason": "手机没电", "type": "on", "at": NOON}));
        let location = json!({"lat": SITE.0 + 0.02, "lng": SITE.1, "accuracy_m": 5.0, "mocked": false});
        let outlet = json!({"name": "链家", "category": "broker", "grade": "A", "location": location});
        let (outlet, other) = (phone.create(&OUTLET, outlet.clone()), phone.create(&OUTLET, outlet));
        phone.create(&BOOKING, json!({"customer_name": "刘洋", "phone_masked": "159****5678", "route": "booked"}));
        let check = phone.create(&CHECKIN, json!({"type": "on"}));
        let visit = phone.create(&VISIT, json!({"visit_type": "cold"}));
        phone.tag(&VISIT, visit, "photos", &[&sha256(PHOTO)]);
        self.sync(&mut phone).await;
        self.send_photo(&phone.api()).await;
        self.look_after(lead).await;
        let ruling = self.ruling_about(check).await;
        for (name, id) in
            [("lead", lead), ("request", request), ("outlet", outlet), ("other_outlet", other), ("ruling", ruling)]
        {
            self.thing(name, id);
        }
        let protection = self.protection_of(lead).await;
        self.thing("protection", protection);
        self.name("sha256", sha256(PHOTO));
    }

    async fn send_photo(&self, api: &Api) {
        let request = api.request(Method::PUT, &format!("/v1/attachments/{}", sha256(PHOTO)));
        let answer = request.header(CONTENT_TYPE, "image/jpeg").body(PHOTO).send().await.unwrap();
        assert_eq!(answer.status(), 201);
    }

    /// The office calls the lead, and the lead of the team asks where its owner is.
    async fn look_after(&self, lead: Uuid) {
        let (office, team_lead) = (self.server.user("huangyan").await, self.server.user("lihua").await);
        office.post::<Value>(&format!("/v1/leads/{lead}/reveal"), &json!({"reason": "回访"})).await.unwrap();
        let check = json!({"id": Uuid::from_u128(0x5c), "subjects": [world::id("zhangwei")]});
        team_lead.post::<Value>(&format!("/v1/projects/{PROJECT}/spot-checks"), &check).await.unwrap();
    }

    /// The ruling that left a check-in without a location open.
    async fn ruling_about(&self, check: Uuid) -> Uuid {
        let open: Page<Review> = self.server.user("lihua").await.get("/v1/reviews?kind=checkin").await.unwrap();
        open.items.iter().find(|review| review.ruling.subject == check).unwrap().ruling.id
    }

    async fn protection_of(&self, lead: Uuid) -> Uuid {
        let mut db = self.server.app().db.read().await.unwrap();
        let lead = leads::by_ids(&mut db, &[Key { project: PROJECT, id: lead }]).await.unwrap().pop().unwrap();
        protections::standing(&mut db, PROJECT, &[lead.customer.unwrap()]).await.unwrap().pop().unwrap().id
    }

    /// Two cases that somebody of another team opens against the owner.
    async fn dispute(&mut self) {
        self.at("2026-11-23T10:00:00+08:00").await;
        let mut owner = self.phone("zhangwei").await;
        let mut claimant = self.phone("zhaolei").await;
        for (name, number) in [("dispute", "13812345671"), ("withdrawn_dispute", "13812345672")] {
            owner.create(&LEAD, json!({"name": "李娜", "phone": number, "source": "visit"}));
            self.sync(&mut owner).await;
            let contested = claimant.create(&LEAD, json!({"name": "李女士", "phone": number, "source": "visit"}));
            self.sync(&mut claimant).await;
            let body = json!({"lead": contested, "claim": "线索由我先录入"});
            let case: Dispute = claimant.api().post("/v1/disputes", &body).await.unwrap();
            self.thing(name, case.id);
        }
    }

    /// Sheets of customers whom the owner brought, until the rotation has come to one consultant twice.
    async fn open_sheets(&mut self) {
        let desk = self.server.user("zhoumei").await;
        let mut received = Vec::new();
        for n in 0_u128..4 {
            let body = json!({
                "id": Uuid::from_u128(0x5e + n), "customer": {"name": "赵敏", "phone": format!("1391234560{n}")},
                "route": "brought", "brought_by": world::id("zhangwei"),
            });
            let sheet: Confirmation = desk.post(&format!("/v1/projects/{PROJECT}/arrivals"), &body).await.unwrap();
            if sheet.consultant.is_some_and(|consultant| consultant.id == world::id("wuqiang")) {
                received.push(sheet.id);
            }
        }
        self.thing("sheet", received[0]);
        self.thing("signed_sheet", received[1]);
    }

    async fn publish_notice(&mut self) {
        let id = Uuid::from_u128(0x10);
        let body =
            json!({"id": id, "title": "十二月活动", "text": {"en": "New prices", "zh": "新价格"}, "audience": "all"});
        let lead = self.server.user("xujun").await;
        lead.post::<Value>(&format!("/v1/projects/{PROJECT}/notices"), &body).await.unwrap();
        self.thing("notice", id);
    }
}
