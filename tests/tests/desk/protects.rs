//! BK-12: the same day where the arrival decides, and where the booking protects from the start.

use api_spec::desk::SheetStatus::{Review, Valid};
use serde_json::{Value, json};
use server::store::{orgs, projects, run_tx};
use sync_core::kinds::{BOOKING, LEAD};
use tests::phone::Phone;
use tests::world::{self, ORG, PROJECT};
use uuid::Uuid;

use crate::house::{House, MASK, NUMBER, told, verdict};

/// When a lead of the world's morning protects nothing any more.
const LATER: &str = "2027-01-24";

/// Sets the policy of the project from now on.
async fn set_policy(house: &House, document: &Value) {
    run_tx(&house.server.app().db, "policy", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let policy = projects::Policy {
            project: PROJECT,
            version: 1,
            effective_from: 0,
            doc: document.to_string(),
            author: None,
            at: 0,
            note: None,
        };
        projects::add_policy(&mut tx, &policy).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}

async fn at(house: &House, time: &str) {
    house.at(&format!("{LATER}T{time}:00+08:00")).await;
}

/// A house in a mode, on a day on which zhangwei's lead of [`NUMBER`] is known and protects nothing any more.
async fn open(engine: tests::engine::Engine, mode: &str) -> (House, Uuid) {
    let house = House::open(engine).await;
    set_policy(&house, &json!({"project": {"mode": mode}})).await;
    let (_, lead) = house.lead("zhangwei", "王丽", NUMBER).await;
    at(&house, "09:00").await;
    (house, lead)
}

/// Books 王女士 and names a lead.
async fn book_with(house: &House, username: &str, lead: Uuid) -> (Phone, Uuid) {
    let mut phone = house.phone(username).await;
    let fields = json!({"customer_name": "王女士", "phone_masked": MASK, "route": "booked", "lead": lead});
    let id = phone.create(&BOOKING, fields);
    phone.sync().await.unwrap();
    (phone, id)
}

/// Registers the number for zhaolei; what that is told.
async fn register_for_another(house: &House) -> String {
    let mut phone = house.phone("zhaolei").await;
    let id = phone.create(&LEAD, json!({"name": "王丽", "phone": NUMBER, "source": "visit"}));
    told(&mut phone, id).await.0
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

tests::scenarios! {
    async fn bk_12_a_booking_with_the_full_number_protects_in_booking_protects_alone(engine: Engine) {
        let rows = [
            // (mode, told to the booker, told to the later lead, at the desk)
            ("visit_decides", vec![], "protected", (Review, vec!["DS-3"])),
            ("booking_protects", vec!["BK-12"], "contested", (Valid, vec!["BK-6", "BK-1", "BK-12"])),
        ];
        for (mode, booker, later, desk) in rows {
            let (house, lead) = open(engine, mode).await;
            let (mut phone, booking) = book_with(&house, "zhangwei", lead).await;
            assert_eq!(told(&mut phone, booking).await, ("live".to_owned(), owned(&booker)), "{mode}");
            at(&house, "09:05").await;
            assert_eq!(register_for_another(&house).await, later, "{mode}");
            at(&house, "10:00").await;
            let sheet = house.desk().await.brought(1, NUMBER, "zhaolei").await;
            assert_eq!(verdict(&sheet), desk, "{mode}");
            let winner = (mode == "booking_protects").then_some((world::id("zhangwei"), booking));
            assert_eq!(sheet.holder.and_then(|holder| holder.user).zip(sheet.booking), winner, "{mode}");
            house.replay().await;
        }
    }

    async fn bk_12_without_the_full_number_it_is_judged_as_where_the_arrival_decides(engine: Engine) {
        for mode in ["visit_decides", "booking_protects"] {
            let (house, _) = open(engine, mode).await;
            let (mut phone, booking) = house.book("zhangwei", "王女士", MASK).await;
            assert_eq!(told(&mut phone, booking).await, ("live".to_owned(), vec![]), "{mode}");
            assert_eq!(register_for_another(&house).await, "protected", "{mode}");
            at(&house, "10:00").await;
            assert_eq!(verdict(&house.desk().await.brought(1, NUMBER, "zhaolei").await), (Review, vec!["DS-3"]), "{mode}");
        }
    }

    async fn bk_12_what_protects_by_itself_ends_with_the_booking(engine: Engine) {
        let (house, lead) = open(engine, "booking_protects").await;
        let (mut phone, booking) = book_with(&house, "zhangwei", lead).await;
        let protections = |phone: &Phone| {
            let all = phone.replica.records().into_iter().filter(|view| view.kind == "protection");
            all.map(|view| (view.body["state"].clone(), view.body["until"].clone())).collect::<Vec<_>>()
        };
        assert!(protections(&phone).contains(&(json!("live"), json!("2027-01-24T16:00:00.000Z"))), "until midnight");
        phone.command(&BOOKING, booking, "cancel", json!({}));
        phone.sync().await.unwrap();
        assert!(protections(&phone).iter().all(|(state, _)| state != "live"));
        assert_eq!(register_for_another(&house).await, "protected", "nothing remains of a booking that was taken back");
        house.replay().await;
    }

    async fn bk_12_an_own_lead_takes_the_place_of_what_the_booking_protected(engine: Engine) {
        let (house, lead) = open(engine, "booking_protects").await;
        book_with(&house, "zhangwei", lead).await;
        at(&house, "09:30").await;
        let (mut phone, again) = house.lead("zhangwei", "王丽", NUMBER).await;
        assert_eq!(told(&mut phone, again).await.0, "protected");
        let live: Vec<_> = phone.replica.records().into_iter().filter(|view| view.body.get("state") == Some(&json!("live"))).collect();
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].body["until"], "2027-03-24T01:30:00.000Z", "for two months, not until midnight");
    }

    async fn bk_12_the_lead_of_somebody_else_protects_nothing(engine: Engine) {
        let (house, lead) = open(engine, "booking_protects").await;
        let (mut phone, booking) = book_with(&house, "liuyang", lead).await;
        assert_eq!(told(&mut phone, booking).await, ("live".to_owned(), vec![]));
        assert_eq!(register_for_another(&house).await, "protected");
    }
}
