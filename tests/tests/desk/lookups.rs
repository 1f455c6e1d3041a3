//! Is this customer protected, and until when.

use api_spec::customers::{CustomerState, CustomersFound};
use serde_json::{Value, json};
use server::store::{audit, orgs};
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};

use crate::house::{House, MASK, NUMBER, ms, refused};

async fn lookup(api: &Api, by: Value) -> Answer<CustomersFound> {
    api.post(&format!("/v1/projects/{PROJECT}/customers/lookup"), &by).await
}

/// What somebody did, oldest first.
pub(crate) async fn trail(house: &House, username: &str, act: &str) -> Vec<Value> {
    let mut db = house.server.app().db.read().await.unwrap();
    let orgs = orgs::all(&mut db).await.unwrap();
    let org = orgs.iter().find(|org| org.code == world::ORG).unwrap().org;
    let filter = audit::Filter {
        org,
        between: (0, i64::MAX),
        actor: Some(world::id(username)),
        act: Some(act),
        subject: None,
        projects: None,
        before: None,
    };
    let mut rows = audit::list(&mut db, &filter, 500).await.unwrap();
    rows.reverse();
    let full = |row: &audit::AuditEntry| ["13812345678", "13900000"].iter().any(|number| row.detail.contains(number));
    assert!(rows.iter().all(|row| !full(row)), "P11: {rows:?}");
    let mut details: Vec<Value> = rows.iter().map(|row| serde_json::from_str(&row.detail).unwrap()).collect();
    details.sort_by_key(|detail| detail["number_of_the_day"].as_i64());
    details
}

tests::scenarios! {
    async fn dp_1_the_desk_sees_state_and_end_and_the_office_everything(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhangwei", "王丽", NUMBER).await;
        house.at("09:01").await;
        house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        let lead_end = ms("2027-01-23T09:00:00+08:00");
        let one = async |api: &Api| lookup(api, json!({"phone": "+86 138 1234 5678"})).await.unwrap().matches.remove(0);
        let registered = one(&desk.0).await;
        assert_eq!((registered.state, registered.until.unwrap().0, registered.file), (CustomerState::Registered, lead_end, None));

        let opened = desk.booked(1, "王丽", NUMBER).await;
        let reserved = one(&desk.0).await;
        assert_eq!((reserved.state, reserved.until), (CustomerState::Reserved, None));
        house.sign_and_confirm(&opened).await;
        let known = one(&desk.0).await;
        let end = ms("2027-01-23T10:00:00+08:00");
        assert_eq!((known.state, known.until.unwrap().0), (CustomerState::Protected, end));
        let text = serde_json::to_string(&known).unwrap();
        assert!(!text.contains("王丽") && !text.contains(&world::id("zhangwei").to_string()), "DP-1: {text}");

        for who in ["huangyan", "xujun"] {
            let file = one(&house.as_user(who).await).await.file.unwrap();
            assert_eq!((file.name.as_str(), file.sheets.len(), file.bookings.len(), file.leads.len()), ("王丽", 1, 1, 1), "{who}");
            assert_eq!((file.sheets[0].id, file.leads[0].owner.id), (opened.id, world::id("zhangwei")));
            assert_eq!(file.protections.len(), 1, "the lead's ended with the signature");
            assert_eq!(file.protections[0].holder.unwrap().user, Some(world::id("zhangwei")));
            assert!(!serde_json::to_string(&file).unwrap().contains("13812345678"), "P11");
        }
        house.at("2027-01-23T10:00:00+08:00").await;
        let free = one(&house.desk().await.0).await;
        assert_eq!((free.state, free.until), (CustomerState::Free, None), "half-open, also before the job has come by");
    }

    async fn dp_1_customers_whom_a_mask_or_name_may_mean_are_listed_each(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        desk.alone(2, "13899995678").await;
        desk.arrive(&crate::house::arrival(3, "赵强", "13900000003")).await.unwrap();
        let found = lookup(&desk.0, json!({"phone_masked": MASK})).await.unwrap();
        let mut states: Vec<_> = found.matches.iter().map(|each| format!("{:?}", each.state)).collect();
        states.sort();
        assert_eq!((states, found.more), (vec!["Reserved".to_owned(), "Site".to_owned()], false), "two with these digits");
        assert!(found.matches.iter().all(|each| each.phone_masked == MASK));
        assert_eq!(lookup(&desk.0, json!({"name": "王丽"})).await.unwrap().matches.len(), 2);
        assert_eq!(lookup(&desk.0, json!({"name": " 赵强 "})).await.unwrap().matches.len(), 1);
        for nobody in [json!({"phone": "13700000000"}), json!({"phone_masked": "137****0000"}), json!({"name": "无名"})] {
            assert_eq!(lookup(&desk.0, nobody.clone()).await.unwrap().matches, [], "{nobody}");
        }
        let office = house.as_user("huangyan").await;
        let files = lookup(&office, json!({"phone_masked": MASK})).await.unwrap();
        assert!(files.matches.iter().all(|each| each.file.as_ref().unwrap().sheets.len() == 1), "each its own");
    }

    async fn dp_2_lookups_are_audited_without_a_number_and_counted_per_day(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, NUMBER, "zhangwei").await;
        lookup(&desk.0, json!({"phone": NUMBER})).await.unwrap();
        lookup(&desk.0, json!({"name": "13900000009"})).await.unwrap();
        house.at("2026-11-24T00:00:00+08:00").await;
        lookup(&desk.0, json!({"phone_masked": MASK})).await.unwrap();
        let rows = trail(&house, "zhoumei", "lookup_customer").await;
        let mut counts: Vec<_> = rows.iter().map(|row| (row["by"].as_str().unwrap(), row["number_of_the_day"].as_i64().unwrap())).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("name", 2), ("phone", 1), ("phone_masked", 1)]);
        assert!(rows.iter().any(|row| row["phone_masked"] == MASK && row["matches"] == 1));
    }

    async fn dp_1_others_may_not_ask_and_strangers_are_told_nothing(engine: Engine) {
        let house = House::open(engine).await;
        for who in ["lihua", "zhangwei", "fenglin", "machao"] {
            let answer = lookup(&house.as_user(who).await, json!({"phone": NUMBER})).await;
            assert_eq!(refused(answer), (403, "forbidden".to_owned()), "{who}");
        }
        crate::house::make_site_lead_elsewhere(&house, "yangtao").await;
        let stranger = house.as_user("yangtao").await;
        assert_eq!(refused(lookup(&stranger, json!({"phone": NUMBER})).await), (404, "not-found".to_owned()));
        let desk = house.desk().await;
        for bad in [
            json!({}), json!({"phone": NUMBER, "name": "王丽"}), json!({"phone": "12"}), json!({"phone_masked": NUMBER}),
            json!({"phone_masked": "138"}), json!({"name": " "}),
        ] {
            assert_eq!(refused(lookup(&desk.0, bad.clone()).await), (422, "validation".to_owned()), "{bad}");
        }
    }
}
