//! The rotation (A位).

use api_spec::desk::Rotation;
use serde_json::json;
use sync_core::kinds::{BOOKING, CHECKIN};
use tests::api::Api;
use tests::world::{self, PROJECT, SITE};
use uuid::Uuid;

use crate::house::{House, NUMBER, refused};

pub(crate) async fn rotation(api: &Api) -> Rotation {
    api.get(&format!("/v1/projects/{PROJECT}/rotation")).await.unwrap()
}

async fn check_in(house: &House, username: &str, kind: &str) {
    let mut phone = house.phone(username).await;
    let location = json!({"lat": SITE.0, "lng": SITE.1, "accuracy_m": 10, "mocked": false});
    phone.create(&CHECKIN, json!({"type": kind, "location": location}));
    phone.sync().await.unwrap();
}

tests::scenarios! {
    async fn cf_4_turns_go_round_among_those_who_are_checked_in(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let names = async |numbers: std::ops::Range<u128>| {
            let mut names = Vec::new();
            for n in numbers {
                names.push(desk.brought(n, &format!("139000000{n:02}"), "zhangwei").await.consultant.unwrap().name);
            }
            names
        };
        assert_eq!(names(1..4).await, ["FENGLIN", "WUQIANG", "FENGLIN"], "all active ones while nobody is checked in");
        check_in(&house, "fenglin", "on").await;
        assert_eq!(names(4..6).await, ["FENGLIN", "FENGLIN"]);
        house.at("09:10").await;
        check_in(&house, "wuqiang", "on").await;
        assert_eq!(names(6..9).await, ["WUQIANG", "FENGLIN", "WUQIANG"]);
        let shown = rotation(&desk.0).await;
        assert_eq!(shown.next.unwrap().name, "FENGLIN");
        let places: Vec<_> = shown.consultants.iter().map(|each| (each.consultant.name.as_str(), each.present, each.turns)).collect();
        assert_eq!(places, [("FENGLIN", true, 5), ("WUQIANG", true, 3)]);
        house.at("18:00").await;
        check_in(&house, "fenglin", "off").await;
        assert_eq!(names(9..11).await, ["WUQIANG", "WUQIANG"], "who has left receives nobody");
    }

    async fn cf_4_returning_and_named_customers_use_no_turn(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let first = desk.brought(1, NUMBER, "zhangwei").await;
        assert_eq!(first.consultant.as_ref().unwrap().name, "FENGLIN");
        house.sign_and_confirm(&first).await;
        let back = desk.alone(2, NUMBER).await;
        assert_eq!(back.consultant, first.consultant, "the consultant of the last signed sheet");

        let mut phone = house.phone("zhangwei").await;
        phone.create(&BOOKING, json!({"customer_name": "李丽", "phone_masked": "139****0001", "route": "booked",
            "consultant": world::id("fenglin")}));
        phone.sync().await.unwrap();
        house.at("10:00").await;
        let named = desk.booked(3, "李丽", "13900000001").await;
        assert_eq!(named.consultant.as_ref().unwrap().name, "FENGLIN", "the one the booking names");
        assert_eq!(desk.booked(4, "赵丽", "13900000002").await.consultant.unwrap().name, "WUQIANG", "the turn waited");
    }

    async fn cf_4_who_is_passed_over_is_passed_over_once_and_with_a_reason(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let path = format!("/v1/projects/{PROJECT}/rotation/skip");
        let skip = |id: u128, who: &str, reason: &str| {
            json!({"id": Uuid::from_u128(id), "consultant": world::id(who), "reason": reason})
        };
        assert_eq!(refused(desk.0.post::<Rotation>(&path, &skip(1, "fenglin", "  ")).await), (422, "validation".to_owned()));
        let problem = desk.0.post::<Rotation>(&path, &skip(1, "wuqiang", "午餐")).await.unwrap_err();
        assert_eq!((problem.code.as_str(), problem.members["state"].as_str()), ("wrong-state", Some("FENGLIN")));
        for _ in 0..3 {
            let after: Rotation = desk.0.post(&path, &skip(1, "fenglin", "午餐")).await.unwrap();
            assert_eq!(after.next.unwrap().name, "WUQIANG");
        }
        assert_eq!(refused(desk.0.post::<Rotation>(&path, &skip(1, "wuqiang", "午餐")).await), (409, "id-taken".to_owned()));
        assert_eq!(desk.alone(1, NUMBER).await.consultant.unwrap().name, "WUQIANG");
        let consultant = house.as_user("fenglin").await;
        assert_eq!(refused(consultant.post::<Rotation>(&path, &skip(2, "fenglin", "午餐")).await), (403, "forbidden".to_owned()));
    }
}
