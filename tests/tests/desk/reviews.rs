//! Sheets that the rules left open, decided by a person.

use api_spec::desk::SheetStatus::{Review, Valid, Void, WalkIn};
use api_spec::desk::{Confirmation, SheetState};
use api_spec::primitives::{Holder, Page};
use api_spec::rulings::{Review as Open, Ruling};
use reqwest::header::IF_MATCH;
use serde_json::json;
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::house::{House, MASK, NUMBER, arrival, refused, sheet, told, verdict};

async fn open(api: &Api) -> Vec<Open> {
    let page: Page<Open> = api.get(&format!("/v1/reviews?project={PROJECT}")).await.unwrap();
    page.items
}

async fn decide(api: &Api, open: &Open, outcome: &str) -> Answer<Ruling> {
    let api = api.with_header(IF_MATCH, &format!("\"{}\"", open.version));
    let path = format!("/v1/rulings/{}/decide", open.ruling.id);
    api.post(&path, &json!({"outcome": outcome, "reason": "前台看过聊天记录"})).await
}

async fn look(house: &House, id: Uuid) -> Confirmation {
    let page: Page<Confirmation> =
        house.desk().await.0.get(&format!("/v1/projects/{PROJECT}/confirmations")).await.unwrap();
    page.items.into_iter().find(|each| each.id == id).unwrap()
}

fn holder(username: &str) -> Holder {
    Holder { user: Some(world::id(username)), partner: None }
}

tests::scenarios! {
    async fn bk_5_what_a_human_finds_valid_is_the_candidates_and_can_be_signed(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, booking) = house.book("zhangwei", "欧阳女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let mut body = arrival(1, "王丽", NUMBER);
        body["companions"] = json!([{"name": "王强", "phone": "13900000002"}]);
        let opened = desk.arrive(&body).await.unwrap();
        assert_eq!((verdict(&opened), opened.companions[0].status), ((Review, vec!["BK-5"]), Review));

        let lead = house.as_user("xujun").await;
        let reviews = open(&lead).await;
        let of_sheet = reviews.iter().find(|each| each.ruling.id == opened.ruling).unwrap();
        assert_eq!((of_sheet.choices.join(" "), reviews.len()), ("valid void walk_in".to_owned(), 2));
        let path = format!("/v1/rulings/{}/decide", of_sheet.ruling.id);
        let unseen = lead.post::<Ruling>(&path, &json!({"outcome": "valid", "reason": "看过"})).await;
        assert_eq!(refused(unseen), (428, "precondition-required".to_owned()));
        let blank = lead.with_header(IF_MATCH, "\"1\"").post::<Ruling>(&path, &json!({"outcome": "valid", "reason": " "})).await;
        assert_eq!(refused(blank), (422, "validation".to_owned()));
        let promoter = house.as_user("zhangwei").await;
        assert_eq!(refused(decide(&promoter, of_sheet, "valid").await).0, 404);

        let ruling = decide(&lead, of_sheet, "valid").await.unwrap();
        assert_eq!((ruling.outcome.as_str(), ruling.supersedes), ("valid", Some(opened.ruling)));
        let decided = look(&house, opened.id).await;
        assert_eq!((decided.status, decided.holder, decided.booking), (Valid, Some(holder("zhangwei")), Some(booking)));
        assert_eq!(decided.companions[0].status, Valid, "BK-10: judged again for the same bringer");
        assert_eq!(told(&mut phone, booking).await.0, "used");
        assert_eq!(open(&lead).await.len(), 0);
        assert_eq!(refused(decide(&lead, of_sheet, "void").await), (412, "stale".to_owned()));

        let confirmed = house.sign_and_confirm(&decided).await;
        assert_eq!(confirmed.state, SheetState::Confirmed);
        for (n, number) in [(2, NUMBER), (3, "13900000002")] {
            assert_eq!(verdict(&desk.brought(n, number, "zhaolei").await), (Void, vec!["PR-3"]), "{number}");
        }
        house.replay().await;
    }

    async fn ds_3_between_several_holders_a_human_can_only_say_no(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, booking) = house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        let office = house.as_user("huangyan").await;
        let reviews = open(&office).await;
        assert_eq!(refused(decide(&office, &reviews[0], "valid").await).0, 409);
        assert_eq!(refused(decide(&office, &reviews[0], "maybe").await), (422, "validation".to_owned()));
        decide(&office, &reviews[0], "void").await.unwrap();
        let decided = look(&house, sheet(1)).await;
        assert_eq!((verdict(&decided), decided.holder), ((Void, vec!["DS-3"]), None));
        assert_eq!(told(&mut phone, booking).await, ("void".to_owned(), vec!["DS-3".to_owned()]));
        let standing = house.standing("sheet", &[house.customer(sheet(1)).await]).await;
        assert_eq!((standing.len(), standing[0].state.as_str()), (1, "site"), "CF-6: received as a walk-in");
        house.replay().await;
    }

    async fn bk_10_the_review_of_a_companion_is_decided_alone(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhaolei", "李丽", "13900000001").await;
        let desk = house.desk().await;
        let mut body = crate::house::brought(1, NUMBER, "zhangwei");
        body["companions"] = json!([{"name": "李丽", "phone": "13900000001"}]);
        let opened = desk.arrive(&body).await.unwrap();
        assert_eq!((opened.status, opened.companions[0].status), (Valid, Review));
        let lead = house.as_user("xujun").await;
        let reviews = open(&lead).await;
        decide(&lead, &reviews[0], "walk_in").await.unwrap();
        let decided = look(&house, opened.id).await;
        assert_eq!((decided.status, decided.companions[0].status), (Valid, WalkIn));
        assert_eq!(verdict(&desk.brought(2, "13900000001", "sunli").await), (Void, vec!["BK-14"]));
        house.replay().await;
    }
}
