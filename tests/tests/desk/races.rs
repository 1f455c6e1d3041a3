//! Many desks at once.

use std::collections::BTreeMap;

use api_spec::desk::{Confirmation, SheetStatus};
use tests::world;
use tokio::task::JoinSet;

use crate::house::{Desk, House, NUMBER, brought, sheet};

tests::scenarios! {
    async fn p8_pr_3_many_desks_at_once_reserve_a_customer_for_one_holder(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.as_user("zhoumei").await;
        let bringers = ["zhangwei", "wangfang", "liuyang", "zhaolei", "sunli", "machao"];
        let mut desks = JoinSet::new();
        for n in 0..18 {
            let (desk, body) = (Desk(desk.clone()), brought(n, NUMBER, bringers[n as usize % bringers.len()]));
            desks.spawn(async move { desk.arrive(&body).await.unwrap() });
        }
        let sheets = desks.join_all().await;
        let valid: Vec<&Confirmation> = sheets.iter().filter(|sheet| sheet.status == SheetStatus::Valid).collect();
        let holders: BTreeMap<_, _> = valid.iter().map(|sheet| (sheet.holder.unwrap().user, sheet.holder.unwrap().partner)).collect();
        assert_eq!((valid.len(), holders.len()), (3, 1), "each bringer came three times, one of them was first");
        let others = sheets.iter().filter(|sheet| sheet.status != SheetStatus::Valid);
        assert!(others.into_iter().all(|sheet| sheet.status == SheetStatus::Void && sheet.reasons[0].rule == "PR-3"));
        let standing = house.standing("sheet", &[house.customer(sheet(0)).await]).await;
        assert_eq!(standing.len(), 1);
        assert!(valid.iter().any(|sheet| sheet.id == standing[0].source));
        house.replay().await;
    }

    async fn cf_1_the_same_request_many_times_at_once_is_one_sheet_and_one_turn(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.as_user("zhoumei").await;
        let mut desks = JoinSet::new();
        for _ in 0..8 {
            let (desk, body) = (Desk(desk.clone()), brought(1, NUMBER, "zhangwei"));
            desks.spawn(async move { desk.arrive(&body).await.unwrap() });
        }
        let sheets = desks.join_all().await;
        assert!(sheets.iter().all(|sheet| sheet == &sheets[0]));
        let rotation = crate::rotation::rotation(&desk).await;
        assert_eq!(rotation.consultants.iter().map(|place| place.turns).sum::<u64>(), 1);
    }

    async fn cf_4_desks_at_once_never_give_the_same_turn_twice(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.as_user("zhoumei").await;
        let mut desks = JoinSet::new();
        for n in 0..12_u128 {
            let body = brought(n, &format!("139000000{n:02}"), "zhangwei");
            let desk = Desk(desk.clone());
            desks.spawn(async move { desk.arrive(&body).await.unwrap().consultant.unwrap().id });
        }
        let mut turns = BTreeMap::new();
        for consultant in desks.join_all().await {
            *turns.entry(consultant).or_insert(0) += 1;
        }
        assert_eq!(turns, [(world::id("wuqiang"), 6), (world::id("fenglin"), 6)].into());
    }
}
