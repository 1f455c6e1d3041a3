//! Devices, refresh tokens and the op log.

use server::store::devices::{self, Device, Registered};
use server::store::oplog::{self, Span};
use server::store::tokens::{self, RefreshToken};
use server::store::{StoreError, run_tx};

use crate::fixtures::{ORG, device, id, segment};
use crate::world::{World, on_both_engines};

on_both_engines! {
    a_device_id_belongs_to_one_user_for_ever
    devices_advance_together
    an_op_is_found_in_its_segment
    a_repeated_push_finds_every_segment_it_overlaps
    a_refresh_token_is_used_by_one_at_a_time
}

async fn a_device_id_belongs_to_one_user_for_ever(world: World) {
    let register = |device: Device| {
        let world = &world;
        async move { run_tx(world, "register", async |mut tx| devices::register(&mut tx, &device).await).await.unwrap() }
    };
    assert_eq!(register(device(1, 10)).await, Registered::New);
    let elsewhere = Device { org: 2, ..device(1, 11) };
    assert_eq!(register(elsewhere).await, Registered::Before(Box::new(device(1, 10))));
    let found = devices::of_user(&mut world.read().await.unwrap(), ORG, id(10)).await.unwrap();
    assert_eq!(found, [device(1, 10)]);
}

async fn devices_advance_together(world: World) {
    let mut tx = world.begin().await.unwrap();
    for n in 1..=3 {
        devices::register(&mut tx, &device(n, 10)).await.unwrap();
    }
    let mut locked = devices::lock(&mut tx, &[id(3), id(1), id(9)]).await.unwrap();
    assert_eq!(locked.iter().map(|device| device.id).collect::<Vec<_>>(), [id(1), id(3)]);
    for device in &mut locked {
        device.head_seq = 5;
        device.head_digest = [7; 32];
        "[1]".clone_into(&mut device.bounds);
    }
    devices::advance(&mut tx, &locked).await.unwrap();
    assert!(devices::revoke(&mut tx, ORG, id(2), 4, "stolen").await.unwrap());
    assert!(!devices::revoke(&mut tx, ORG, id(2), 5, "again").await.unwrap());
    tx.commit().await.unwrap();
    let stored = devices::by_ids(&mut world.read().await.unwrap(), &[id(1), id(2), id(3)]).await.unwrap();
    assert_eq!((&stored[0], &stored[2]), (&locked[0], &locked[1]));
    assert_eq!((stored[1].head_seq, stored[1].revoked_at), (0, Some(4)));
}

async fn an_op_is_found_in_its_segment(world: World) {
    run_tx(&world, "push", async |mut tx| {
        oplog::append(&mut tx, &[segment(1, 1, 3), segment(1, 4, 2), segment(2, 1, 1)]).await
    })
    .await
    .unwrap();
    let mut reader = world.read().await.unwrap();
    for (seq, first) in [(1, Some(1)), (3, Some(1)), (4, Some(4)), (5, Some(4)), (6, None), (0, None)] {
        let found = oplog::segment_holding(&mut reader, ORG, id(1), seq).await.unwrap();
        assert_eq!(found.as_ref().map(|segment| segment.index.first_seq), first, "{seq}");
        if let Some(found) = found {
            assert_eq!(found, segment(1, found.index.first_seq, u8::try_from(found.index.count).unwrap()));
            assert_eq!(found.index.digest(seq), Some([u8::try_from(seq - found.index.first_seq).unwrap(); 32]));
        }
    }
    let again = run_tx(&world, "push", async |mut tx| oplog::append(&mut tx, &[segment(1, 4, 1)]).await).await;
    assert!(matches!(again, Err(StoreError::Taken { .. })));
}

async fn a_repeated_push_finds_every_segment_it_overlaps(world: World) {
    let mut tx = world.begin().await.unwrap();
    let segments = [segment(1, 1, 3), segment(1, 4, 2), segment(1, 6, 2), segment(2, 1, 9)];
    oplog::append(&mut tx, &segments).await.unwrap();
    let span = |device, first_seq, last_seq| Span { org: ORG, device: id(device), first_seq, last_seq };
    for (spans, expected) in [
        (vec![span(1, 2, 4)], vec![(1, 1), (1, 4)]),
        (vec![span(1, 5, 99), span(2, 3, 3)], vec![(1, 4), (1, 6), (2, 1)]),
        (vec![span(1, 8, 9), span(3, 1, 9)], vec![]),
    ] {
        let found = oplog::overlapping(&mut tx, &spans).await.unwrap();
        let found: Vec<_> = found.iter().map(|index| (index.device.as_u128(), index.first_seq)).collect();
        assert_eq!(found, expected);
    }
    oplog::set_outcomes(&mut tx, ORG, id(1), 4, "[{}]").await.unwrap();
    let changed = oplog::segment_holding(&mut tx, ORG, id(1), 5).await.unwrap().unwrap();
    assert_eq!(changed.index.outcomes, "[{}]");
}

async fn a_refresh_token_is_used_by_one_at_a_time(world: World) {
    let token = RefreshToken {
        org: ORG,
        hash: [1; 32],
        family: id(5),
        user: id(10),
        device: Some(id(1)),
        issued_at: 1,
        expires_at: 100,
        rotated_at: None,
        successor_sealed: None,
        revoked_at: None,
    };
    run_tx(&world, "login", async |mut tx| tokens::add(&mut tx, &token).await).await.unwrap();
    let world = std::sync::Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..6_i64 {
        let world = std::sync::Arc::clone(&world);
        tasks.spawn(async move {
            run_tx(&world, "refresh", async |mut tx| {
                let token = tokens::lock(&mut tx, &[1; 32]).await?.ok_or(StoreError::Failed)?;
                if token.rotated_at.is_some() {
                    return Ok::<_, StoreError>(0);
                }
                tokens::rotate(&mut tx, ORG, &[1; 32], user, &[9]).await?;
                Ok(1)
            })
            .await
            .unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<i32>(), 1);
    let mut tx = world.begin().await.unwrap();
    assert_eq!(tokens::revoke_family(&mut tx, ORG, id(5), 50).await.unwrap(), 1);
    assert_eq!(tokens::revoke_user(&mut tx, ORG, id(10), 51).await.unwrap(), 0);
    let stored = tokens::lock(&mut tx, &[1; 32]).await.unwrap().unwrap();
    assert_eq!((stored.revoked_at, stored.successor_sealed), (Some(50), Some(vec![9])));
    assert_eq!(tokens::forget_expired(&mut tx, ORG, 101).await.unwrap(), 1);
}
