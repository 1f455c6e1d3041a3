//! What was recorded, why, and who may know (P10).

use std::collections::BTreeSet;

use api_spec::primitives::Page;
use api_spec::records::History;
use api_spec::rulings::Ruling;
use serde_json::{Value, json};
use sync_core::kinds::{BOOKING, LEAD, VISIT};
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::house::{House, refused};

fn ids(page: &Page<Value>) -> BTreeSet<Uuid> {
    page.items.iter().map(|record| record["id"].as_str().unwrap().parse().unwrap()).collect()
}

tests::scenarios! {
    async fn p10_a_list_shows_ones_own_records_a_lead_the_teams_the_office_all(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut zhao) = (house.phone("zhangwei").await, house.phone("zhaolei").await);
        let visit = |purpose: &str| json!({"visit_type": "cold", "purpose": purpose, "result": "留了资料"});
        let first = zhang.create(&VISIT, visit("扫楼 Tower"));
        let second = zhang.create(&VISIT, visit("回访"));
        let third = zhao.create(&VISIT, visit("陌拜"));
        house.sync(&mut zhang).await;
        house.sync(&mut zhao).await;
        let path = format!("/v1/projects/{PROJECT}/records?kind=visit");
        for (reader, expected) in [
            ("zhangwei", BTreeSet::from([first, second])),
            ("lihua", BTreeSet::from([first, second])),
            ("chenjing", BTreeSet::from([third])),
            ("huangyan", BTreeSet::from([first, second, third])),
            ("liuyang", BTreeSet::new()),
        ] {
            let page: Page<Value> = house.user(reader).await.get(&path).await.unwrap();
            assert_eq!(ids(&page), expected, "{reader}");
        }
        let office = house.user("huangyan").await;
        let found: Page<Value> = office.get(&format!("{path}&q=tower")).await.unwrap();
        assert_eq!(ids(&found), BTreeSet::from([first]));
        let own: Page<Value> = office.get(&format!("{path}&owner={}", world::id("zhaolei"))).await.unwrap();
        assert_eq!(ids(&own), BTreeSet::from([third]));
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page: Page<Value> = office.get(&format!("{path}&limit=1{cursor}")).await.unwrap();
            seen.extend(ids(&page));
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((seen.len(), seen.iter().copied().collect()), (3, BTreeSet::from([first, second, third])));
        let stranger = house.user("gaofei").await;
        assert_eq!(refused(stranger.get::<Page<Value>>(&path).await), (404, "not-found".to_owned()));
        assert_eq!(refused(office.get::<Page<Value>>(&format!("{path}&cursor=x")).await), (400, "bad-cursor".to_owned()));
    }

    async fn ds_1_a_history_holds_every_op_with_its_evidence_and_no_number(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let id = phone.create(&LEAD, json!({"name": "王女士", "phone": "13812345678", "source": "canvass"}));
        let edit = phone.set(&LEAD, id, json!({"need": "三房，另一个号 13900001111"}));
        house.sync(&mut phone).await;
        let mut other = house.phone("liuyang").await;
        other.on_record_of_others(id);
        house.at("2026-11-23", "09:01").await;
        let refused_seq = house.sync(&mut other).await;
        assert_eq!(refused_seq.len(), 1);
        let path = format!("/v1/records/{id}/history");
        let history: History = house.user("lihua").await.get(&path).await.unwrap();
        let told: Vec<_> = history.ops.iter().map(|op| (op.author.id, op.seq, op.status.as_str())).collect();
        let me = world::id("zhangwei");
        assert_eq!(told, [(me, edit - 1, "applied"), (me, edit, "applied"), (world::id("liuyang"), refused_seq[0].0, "rejected")]);
        let text = serde_json::to_string(&history).unwrap();
        assert!(!text.contains("13812345678") && !text.contains("13900001111"), "{text}");
        assert_eq!(history.ops[1].action["set"]["need"], "三房，另一个号 139****1111");
        assert_eq!(history.rulings.len(), 1);
        for stranger in ["zhaolei", "chenjing", "gaofei"] {
            assert_eq!(refused(house.user(stranger).await.get::<History>(&path).await), (404, "not-found".to_owned()), "{stranger}");
        }
    }

    async fn p9_p10_a_party_sees_why_and_only_the_office_on_what(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let book = |phone: &mut tests::phone::Phone| {
            phone.create(&BOOKING, json!({"customer_name": "王女士", "phone_masked": "138****5678", "route": "booked"}))
        };
        let mut last = Uuid::nil();
        for _ in 0..4 {
            last = book(&mut phone);
        }
        house.sync(&mut phone).await;
        let path = format!("/v1/rulings?subject={last}");
        let own: Vec<Ruling> = phone.api().get(&path).await.unwrap();
        assert_eq!((own.len(), own[0].outcome.as_str(), own[0].reasons[0].rule.as_str()), (1, "void", "BK-7"));
        assert_eq!(own[0].reasons[0].message.lines().count(), 2, "in both languages");
        assert_eq!(own[0].decision, None);
        let office: Vec<Ruling> = house.user("huangyan").await.get(&path).await.unwrap();
        assert_eq!(office[0].decision.as_ref().unwrap()["decision"], "booking");
        for stranger in ["chenjing", "gaofei", "zhaolei"] {
            let answer = house.user(stranger).await.get::<Vec<Ruling>>(&path).await;
            if stranger == "chenjing" {
                assert!(answer.is_ok(), "BK-2: team leads read the bookings of the day");
            } else {
                assert_eq!(refused(answer), (404, "not-found".to_owned()), "{stranger}");
            }
        }
        assert_eq!(house.replay().await, 4);
    }
}

/// What an honest app would not send.
trait Trespass {
    fn on_record_of_others(&mut self, id: Uuid);
}

impl Trespass for tests::phone::Phone {
    fn on_record_of_others(&mut self, id: Uuid) {
        self.set(&LEAD, id, json!({"name": "王女士", "phone": "13700002222", "source": "canvass"}));
    }
}
