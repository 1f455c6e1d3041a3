//! Two servers on one database: visits, merges and the jobs that count, all at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_spec::outlets::OutletCard;
use serde_json::{Value, json};
use server::jobs::Jobs;
use tests::phone::Phone;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::house::{House, items, on_project, open, visit};

/// Shops with two cards each.
const SHOPS: usize = 4;
/// Days on which both cards of each are visited, by two people.
const DAYS: i64 = 3;

tests::scenarios! {
    async fn ov_2_ov_5_merges_and_visits_at_two_servers_at_once_count_one_visit_a_day(engine: Engine) {
        let house = House::open(engine).await;
        let second = house.server.sibling().await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let cards: Vec<[Uuid; 2]> =
            (0..SHOPS).map(|shop| [&mut zhang, &mut liu].map(|phone| open(phone, &format!("门店{shop}"), "D", 0.0))).collect();
        for phone in [&mut zhang, &mut liu] {
            house.sync(phone).await;
        }
        for phone in [&mut zhang, &mut liu] {
            for _ in 0..DAYS {
                for [one, other] in &cards {
                    visit(phone, *one);
                    phone.clock.pass_minutes(10);
                    visit(phone, *other);
                }
                phone.clock.pass_minutes(24 * 60);
            }
        }
        house.at("2026-11-09", "09:00").await;
        while second.app().clock.now() != house.server.app().clock.now() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let lead = house.user("lihua").await;
        let together = Arc::new(Barrier::new(2 + SHOPS + 2));
        let mut at_once = JoinSet::new();
        for (phone, server) in [(zhang, house.server.api()), (liu, second.api())] {
            let (mut phone, together): (Phone, _) = (phone.at(&server), Arc::clone(&together));
            phone.clock.set_ms(house.server.app().clock.now());
            at_once.spawn(async move {
                together.wait().await;
                phone.sync_patiently().await.unwrap();
            });
        }
        for [one, other] in cards.clone() {
            let (lead, together) = (lead.clone(), Arc::clone(&together));
            at_once.spawn(async move {
                together.wait().await;
                let body = json!({"into": one, "reason": "同一家店"});
                let _: OutletCard = lead.post(&format!("/v1/outlets/{other}/merge"), &body).await.unwrap();
            });
        }
        for app in [house.server.app().clone(), second.app().clone()] {
            let together = Arc::clone(&together);
            at_once.spawn(async move {
                together.wait().await;
                for _ in 0..3 {
                    Jobs::default().run(&app).await.unwrap();
                }
            });
        }
        at_once.join_all().await;
        Jobs::default().run(house.server.app()).await.unwrap();
        let months = items(&lead, &on_project("outlet-months/2026-11")).await;
        let counted = |card: Uuid| months.iter().find(|row| row["outlet"] == json!(card)).map(|row| row["counted"].clone());
        for [one, other] in cards {
            assert_eq!(counted(one), Some(json!(DAYS)), "one a day: {months:?}");
            assert!(counted(other).is_none_or(|counted| counted == json!(0)), "the merged card has none: {months:?}");
        }
        let visits = items(&lead, &on_project("records?kind=visit&limit=200")).await;
        let ids: BTreeSet<String> = visits.iter().map(|visit| visit["id"].to_string()).collect();
        assert_eq!(ids.len(), SHOPS * 2 * 2 * usize::try_from(DAYS).unwrap());
        let standing = |outcome: &str| visits.iter().filter(|visit| visit["verdict"]["outcome"] == outcome).count();
        let counted = SHOPS * usize::try_from(DAYS).unwrap();
        assert_eq!((standing("counted"), standing("void")), (counted, ids.len() - counted), "{:?}", visits.first().map(Value::to_string));
        house.replay().await;
    }
}
