//! Records, claimed ids, parked ops and sealed fields.

use server::store::parked::{self, Parked};
use server::store::records::{self, Filter, Record, Slot, Whose};
use server::store::secrets::{self, Secret};
use server::store::{Engine, StoreError, run_tx};

use crate::fixtures::{ORG, PROJECT, id, key, record};
use crate::world::{World, on_both_engines};

on_both_engines! {
    a_record_comes_back_as_it_was_stored
    a_claimed_id_can_be_locked_and_is_no_record
    claimed_ids_are_given_back_unless_ops_wait_for_them
    two_creations_of_one_id_come_one_after_the_other
    large_batches_are_stored_and_loaded_whole
    lists_are_filtered_and_paged
    sealed_fields_are_replaced_and_removed
}

async fn save(world: &World, rows: &[Record]) {
    run_tx(world, "save", async |mut tx| records::save(&mut tx, rows).await).await.unwrap();
}

async fn a_record_comes_back_as_it_was_stored(world: World) {
    let full = Record {
        team: Some(id(3)),
        phase: Some("draft".to_owned()),
        verdict: Some("{\"outcome\":\"live\"}".to_owned()),
        deleted: true,
        at: i64::MAX,
        wire: "{\"exact\":1e2,\"名\":\"王女士\"}".to_owned(),
        ..record(1)
    };
    let bare = Record { owner: None, device: None, seq: None, ..record(2) };
    save(&world, &[full.clone(), bare.clone()]).await;
    let loaded = records::load(&mut world.read().await.unwrap(), &[key(1), key(2), key(3)]).await.unwrap();
    assert_eq!(loaded.into_values().collect::<Vec<_>>(), [full.clone(), bare]);
    let found = records::find(&mut world.read().await.unwrap(), &[id(0), PROJECT], id(1)).await.unwrap();
    assert_eq!(found, Some(full));
    assert_eq!(records::find(&mut world.read().await.unwrap(), &[id(0)], id(1)).await.unwrap(), None);
}

async fn a_claimed_id_can_be_locked_and_is_no_record(world: World) {
    save(&world, &[record(2)]).await;
    let mut tx = world.begin().await.unwrap();
    assert_eq!(records::lock(&mut tx, &[key(1)]).await.unwrap().len(), 0);
    let slots = records::claim(&mut tx, &[(ORG, key(2)), (ORG, key(1)), (ORG, key(1))]).await.unwrap();
    assert_eq!(slots[&key(1)], Slot::Claimed);
    assert_eq!(slots[&key(2)], Slot::Held(Box::new(record(2))));
    assert_eq!(records::load(&mut tx, &[key(1)]).await.unwrap().len(), 0);
    records::save(&mut tx, &[record(1)]).await.unwrap();
    assert_eq!(records::lock(&mut tx, &[key(1)]).await.unwrap()[&key(1)], Slot::Held(Box::new(record(1))));
    tx.commit().await.unwrap();
}

async fn claimed_ids_are_given_back_unless_ops_wait_for_them(world: World) {
    let op = Parked { key: key(2), device: id(7), seq: 4, org: ORG, received: 9, reason: "no-record".to_owned() };
    save(&world, &[record(3)]).await;
    let mut tx = world.begin().await.unwrap();
    let keys = [key(1), key(2), key(3)];
    records::claim(&mut tx, &keys.map(|key| (ORG, key))).await.unwrap();
    parked::add(&mut tx, std::slice::from_ref(&op)).await.unwrap();
    parked::add(&mut tx, std::slice::from_ref(&op)).await.unwrap();
    records::release(&mut tx, &keys).await.unwrap();
    let left = records::lock(&mut tx, &keys).await.unwrap();
    // on SQLite nothing is written for a claim: there is one writer
    let waiting = (world.engine() == Engine::Postgres).then_some(key(2));
    assert_eq!(left.into_keys().collect::<Vec<_>>(), waiting.into_iter().chain([key(3)]).collect::<Vec<_>>());
    assert_eq!(parked::of_records(&mut tx, &keys).await.unwrap(), std::slice::from_ref(&op));
    parked::remove(&mut tx, std::slice::from_ref(&op)).await.unwrap();
    assert_eq!(parked::of_records(&mut tx, &keys).await.unwrap(), []);
    assert!(matches!(parked::remove(&mut tx, &[op]).await, Err(StoreError::RowCount { .. })));
}

async fn two_creations_of_one_id_come_one_after_the_other(world: World) {
    let world = std::sync::Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8_i64 {
        let world = std::sync::Arc::clone(&world);
        tasks.spawn(async move {
            // each group claims the same new ids in its own order
            let mut keys: Vec<_> = (1..=20).map(|n| (ORG, key(n))).collect();
            keys.rotate_left(usize::try_from(writer).unwrap() * 2);
            run_tx(&world, "create", async |mut tx| {
                let slots = records::claim(&mut tx, &keys).await?;
                let new: Vec<_> = slots
                    .iter()
                    .filter(|&(_, slot)| *slot == Slot::Claimed)
                    .map(|(key, _)| Record { id: key.id, seq: Some(writer), ..record(1) })
                    .collect();
                records::save(&mut tx, &new).await?;
                Ok::<_, StoreError>(new.len())
            })
            .await
            .unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<usize>(), 20);
}

async fn large_batches_are_stored_and_loaded_whole(world: World) {
    let rows: Vec<_> = (1..=777).map(record).collect();
    save(&world, &rows).await;
    let keys: Vec<_> = (1..=777).map(key).collect();
    let loaded = records::load(&mut world.read().await.unwrap(), &keys).await.unwrap();
    assert_eq!(loaded.into_values().collect::<Vec<_>>(), rows);
    let mut tx = world.begin().await.unwrap();
    assert_eq!(records::lock(&mut tx, &keys).await.unwrap().len(), 777);
}

async fn lists_are_filtered_and_paged(world: World) {
    let day = |n: u128| format!("2026-11-{:02}", 20 + n % 3);
    let rows: Vec<_> = (1..=9).map(|n| Record { day: day(n), owner: Some(id(n % 2)), ..record(n) }).collect();
    save(&world, &rows).await;
    save(&world, &[Record { deleted: true, ..record(10) }, Record { kind: "lead".to_owned(), ..record(11) }]).await;
    let filter = Filter {
        project: PROJECT,
        kind: "visit",
        days: ("2026-11-20", "2026-11-21"),
        owner: None,
        team: None,
        phase: None,
        whose: Whose::Everybody,
        after: None,
    };
    let mut reader = world.read().await.unwrap();
    let ids = |records: &[Record]| records.iter().map(|record| record.id.as_u128()).collect::<Vec<_>>();
    let all = records::list(&mut reader, &filter, 100).await.unwrap();
    assert_eq!(ids(&all), [7, 4, 1, 9, 6, 3]);
    let first = records::list(&mut reader, &filter, 4).await.unwrap();
    let next = Filter { after: Some((&first[3].day, first[3].id)), ..filter.clone() };
    assert_eq!(ids(&records::list(&mut reader, &next, 4).await.unwrap()), [6, 3]);
    let own = Filter { owner: Some(id(0)), ..filter.clone() };
    assert_eq!(ids(&records::list(&mut reader, &own, 100).await.unwrap()), [4, 6]);
    for (teams, expected) in [(&[][..], &[4, 6][..]), (&[id(77)], &[4, 6])] {
        let mine = Filter { whose: Whose::OwnAndTeams(id(0), teams), ..filter.clone() };
        assert_eq!(ids(&records::list(&mut reader, &mine, 100).await.unwrap()), expected);
    }
    let none = Filter { phase: Some("draft"), ..filter };
    assert_eq!(records::list(&mut reader, &none, 100).await.unwrap(), []);
    let days = ("2026-11-21", "2026-11-22");
    assert_eq!(ids(&records::of_owner(&mut reader, PROJECT, id(1), days).await.unwrap()), [1, 7, 5, 10, 11]);
    assert_eq!(ids(&records::of_kind(&mut reader, PROJECT, "lead").await.unwrap()), [11]);
}

async fn sealed_fields_are_replaced_and_removed(world: World) {
    let secret =
        |field: &str, sealed: u8| Secret { key: key(1), field: field.to_owned(), sealed: vec![sealed], key_id: 1 };
    let mut tx = world.begin().await.unwrap();
    secrets::save(&mut tx, &[secret("phone", 1), secret("wechat", 2)]).await.unwrap();
    secrets::save(&mut tx, &[secret("phone", 3)]).await.unwrap();
    secrets::remove(&mut tx, &[(key(1), "wechat")]).await.unwrap();
    assert_eq!(secrets::of_records(&mut tx, PROJECT, &[id(1), id(2)]).await.unwrap(), [secret("phone", 3)]);
}
