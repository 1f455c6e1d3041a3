//! Bought lists of numbers, and asking who is whose.

use serde_json::json;
use sync_core::kinds::LEAD;
use tests::phone::Phone;
use tests::world;
use uuid::Uuid;

use crate::flags;
use crate::house::{House, told};

fn register(phone: &mut Phone, numbers: std::ops::Range<u32>) -> Vec<Uuid> {
    let lead = |n| json!({"name": "王丽", "phone": format!("1390000{n:04}"), "source": "visit"});
    numbers.map(|n| phone.create(&LEAD, lead(n))).collect()
}

tests::scenarios! {
    async fn pr_2_a_bought_list_is_kept_flagged_and_protects_nothing_beyond_thirty(engine: Engine) {
        let house = House::open(engine).await;
        let mut buyer = house.phone("zhangwei").await;
        let ids = register(&mut buyer, 0..40);
        buyer.sync().await.unwrap();
        assert_eq!(told(&mut buyer, ids[29]).await.0, "protected");
        for id in &ids[30..] {
            assert_eq!(told(&mut buyer, *id).await, ("review".to_owned(), vec!["PR-2".to_owned()]));
        }
        assert_eq!(flags(&house, "lihua", "lead").await, vec!["PR-2"; 10], "the lead of the team sees them waiting");
        // somebody who meets such a customer is not in the way of the list
        let mut honest = house.phone("zhaolei").await;
        let id = register(&mut honest, 35..36)[0];
        assert_eq!(told(&mut honest, id).await.0, "protected");
        house.replay().await;
    }

    async fn dp_2_asking_whose_numbers_are_ends_after_five_answers_that_say_nothing_of_the_owner(engine: Engine) {
        let house = House::open(engine).await;
        let mut owner = house.phone("zhaolei").await;
        register(&mut owner, 0..12);
        owner.sync().await.unwrap();
        house.at("09:10").await;
        let mut asking = house.phone("zhangwei").await;
        let ids = register(&mut asking, 0..12);
        asking.sync().await.unwrap();
        let mut answers = Vec::new();
        for id in &ids {
            let (outcome, rules) = told(&mut asking, *id).await;
            let verdict = asking.replica.view(*id).unwrap().verdict.unwrap();
            let text = serde_json::to_string(&verdict).unwrap();
            assert!(!text.contains(&world::id("zhaolei").to_string()) && !text.contains("ZHAOLEI"), "{text}");
            answers.push((outcome, rules[0].clone(), verdict.until.is_some()));
        }
        let contested = ("contested".to_owned(), "PR-2".to_owned(), true);
        let withheld = ("review".to_owned(), "DP-2".to_owned(), false);
        assert_eq!(answers[..5], vec![contested; 5]);
        assert_eq!(answers[5..], vec![withheld; 7]);
        assert_eq!(flags(&house, "lihua", "lead").await, vec!["DP-2"; 7]);
        house.replay().await;
    }

    /// Digits and a common name, to learn by the refusals who is protected: bookings beyond the hundredth say nothing but BK-8.
    async fn bk_8_bk_15_asking_by_masks_tells_an_end_and_nobody(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        desk.brought(1, "13812340007", "zhaolei").await;
        let mut asking = house.phone("zhangwei").await;
        let ids: Vec<_> = (0..100).map(|n| crate::house::book(&mut asking, "王女士", &format!("138****{n:04}"))).collect();
        asking.sync().await.unwrap();
        assert_eq!(told(&mut asking, ids[7]).await, ("void".to_owned(), vec!["BK-1".to_owned()]), "the customer is there already");
        house.at("2026-11-24T09:00:00+08:00").await;
        let (mut asking, id) = house.book("zhangwei", "王女士", "138****0007").await;
        assert_eq!(told(&mut asking, id).await, ("void".to_owned(), vec!["PR-3".to_owned()]));
        let text = serde_json::to_string(&asking.replica.view(id).unwrap().verdict).unwrap();
        assert!(!text.contains(&world::id("zhaolei").to_string()) && !text.contains("13812340007"), "{text}");
    }
}
