//! The feed: dense revs, no skipped commit, counts and checksums.

use std::collections::BTreeMap;

use server::store::feed::{Bucket, Entry, Gone, News, Publication, Told, buckets, page, publish as publish_in, purge};
use server::store::{Key, StoreError, records, run_tx};
use sync_core::checksum::Checksum;

use crate::fixtures::{ORG, PROJECT, id, key, publish, record};
use crate::world::{World, on_both_engines};

on_both_engines! {
    revs_are_dense_and_only_the_newest_of_a_record_is_kept
    an_audience_may_see_its_own_wire
    who_leaves_is_told_once_and_comes_back_as_a_new_member
    the_last_word_counts_and_an_unknown_record_is_refused
    p4_a_pull_never_skips_a_commit
    p12_count_and_checksum_are_those_of_the_live_members
    purged_tombstones_are_marked
    hundreds_of_records_and_buckets_go_in_one_publication
    publishing_tells_subscribers_the_heads
}

async fn entries(world: &World, bucket: &str, after: i64) -> Vec<Entry> {
    page(&mut world.read().await.unwrap(), ORG, bucket, after, 10_000).await.unwrap()
}

async fn head(world: &World, bucket: &str) -> Bucket {
    buckets(&mut world.read().await.unwrap(), ORG, &[bucket.to_owned()]).await.unwrap().pop().unwrap()
}

fn told(entries: &[Entry]) -> Vec<(i64, Key)> {
    entries.iter().map(|entry| (entry.rev, entry.key)).collect()
}

async fn revs_are_dense_and_only_the_newest_of_a_record_is_kept(world: World) {
    publish(&world, &[(1, "a", News::Live), (2, "a", News::Live), (2, "b", News::Live)]).await;
    publish(&world, &[(1, "a", News::Live)]).await;
    assert_eq!(told(&entries(&world, "a", 0).await), [(2, key(2)), (3, key(1))]);
    assert_eq!(told(&entries(&world, "a", 2).await), [(3, key(1))]);
    assert_eq!(told(&entries(&world, "b", 0).await), [(1, key(2))]);
    let first = page(&mut world.read().await.unwrap(), ORG, "a", 0, 1).await.unwrap();
    assert_eq!(told(&first), [(2, key(2))]);
    assert_eq!(first[0].told, Told::Live(record(2).wire));
    assert_eq!(entries(&world, "nobody", 0).await, []);
}

async fn an_audience_may_see_its_own_wire(world: World) {
    publish(&world, &[(1, "a", News::LiveAs("{\"masked\":true}".to_owned())), (1, "b", News::Live)]).await;
    assert_eq!(entries(&world, "a", 0).await[0].told, Told::Live("{\"masked\":true}".to_owned()));
    assert_eq!(entries(&world, "b", 0).await[0].told, Told::Live(record(1).wire));
}

async fn who_leaves_is_told_once_and_comes_back_as_a_new_member(world: World) {
    publish(&world, &[(1, "a", News::Live)]).await;
    publish(&world, &[(1, "a", News::Gone(Gone::Moved))]).await;
    publish(&world, &[(1, "a", News::Gone(Gone::Moved)), (1, "never", News::Gone(Gone::Deleted))]).await;
    let gone = entries(&world, "a", 0).await;
    assert_eq!((told(&gone), &gone[0].told), (vec![(2, key(1))], &Told::Gone(Gone::Moved)));
    assert_eq!((head(&world, "a").await.head, head(&world, "a").await.count), (2, 0));
    assert_eq!(entries(&world, "never", 0).await, []);
    publish(&world, &[(1, "a", News::Live)]).await;
    assert_eq!(told(&entries(&world, "a", 0).await), [(3, key(1))]);
    let stored = records::load(&mut world.read().await.unwrap(), &[key(1)]).await.unwrap();
    assert_eq!(stored[&key(1)].revs.buckets().collect::<Vec<_>>(), ["a"]);
    assert_eq!(stored[&key(1)].revs.live("a"), Some(3));
}

async fn the_last_word_counts_and_an_unknown_record_is_refused(world: World) {
    publish(&world, &[(1, "a", News::Live), (1, "a", News::LiveAs("{}".to_owned()))]).await;
    assert_eq!(entries(&world, "a", 0).await.len(), 1);
    assert_eq!(entries(&world, "a", 0).await[0].told, Told::Live("{}".to_owned()));
    assert_eq!(head(&world, "a").await.head, 1);
    let unknown = Publication { org: ORG, key: key(99), news: vec![("a".to_owned(), News::Live)] };
    let result = run_tx(&world, "test", async |mut tx| publish_in(&mut tx, 1, std::slice::from_ref(&unknown)).await);
    assert!(matches!(result.await, Err(StoreError::Inconsistent(_))));
}

async fn p4_a_pull_never_skips_a_commit(world: World) {
    const WRITERS: u128 = 6;
    const ROUNDS: u128 = 12;
    let world = std::sync::Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let world = std::sync::Arc::clone(&world);
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let n = 1 + writer * ROUNDS + round;
                // opposite orders: the heads are taken in one order all the same
                let names = if writer % 2 == 0 { ["x", "y"] } else { ["y", "x"] };
                publish(&world, &names.map(|name| (n, name, News::Live))).await;
            }
        });
    }
    // a reader that only ever asks for what is new must in the end hold everything
    let reader = {
        let world = std::sync::Arc::clone(&world);
        async move {
            let (mut seen, mut after) = (BTreeMap::new(), 0);
            while seen.len() < usize::try_from(WRITERS * ROUNDS).unwrap() {
                for entry in page(&mut world.read().await.unwrap(), ORG, "x", after, 5).await.unwrap() {
                    assert_eq!(entry.rev, after + 1, "a rev came after a later one was seen");
                    after = entry.rev;
                    seen.insert(entry.key, entry.rev);
                }
            }
            seen
        }
    };
    let seen = tokio::time::timeout(std::time::Duration::from_mins(1), reader).await.unwrap();
    tasks.join_all().await;
    assert_eq!(seen.len(), usize::try_from(WRITERS * ROUNDS).unwrap());
    assert_eq!(head(&world, "y").await.head, i64::try_from(WRITERS * ROUNDS).unwrap());
}

async fn p12_count_and_checksum_are_those_of_the_live_members(world: World) {
    let all: Vec<_> = (1..=20).map(|n| (n, "a", News::Live)).collect();
    publish(&world, &all).await;
    publish(&world, &[(3, "a", News::Live), (4, "a", News::Gone(Gone::Deleted)), (5, "a", News::Live)]).await;
    publish(&world, &[(4, "a", News::Live), (6, "a", News::Gone(Gone::Expired))]).await;
    let live: Vec<_> =
        entries(&world, "a", 0).await.into_iter().filter(|entry| matches!(entry.told, Told::Live(_))).collect();
    let bucket = head(&world, "a").await;
    assert_eq!(bucket.count, 19);
    assert_eq!(usize::try_from(bucket.count).unwrap(), live.len());
    assert_eq!(bucket.checksum, Checksum::of(live.iter().map(|entry| (entry.key.id, entry.rev.cast_unsigned()))));
}

async fn purged_tombstones_are_marked(world: World) {
    publish(&world, &[(1, "a", News::Live), (2, "a", News::Live)]).await;
    publish(&world, &[(1, "a", News::Gone(Gone::Deleted))]).await;
    let young = run_tx(&world, "purge", async |mut tx| purge(&mut tx, ORG, 100, 10).await).await.unwrap();
    assert_eq!((young, head(&world, "a").await.purged), (0, 0));
    let old = run_tx(&world, "purge", async |mut tx| purge(&mut tx, ORG, 101, 10).await).await.unwrap();
    assert_eq!((old, head(&world, "a").await.purged), (1, 3));
    assert_eq!(told(&entries(&world, "a", 0).await), [(2, key(2))]);
    publish(&world, &[(1, "a", News::Live)]).await;
    assert_eq!(told(&entries(&world, "a", 0).await), [(2, key(2)), (4, key(1))]);
}

async fn hundreds_of_records_and_buckets_go_in_one_publication(world: World) {
    let names: Vec<String> = (0..40).map(|n| format!("user:{}", id(n))).collect();
    let news: Vec<_> = (1..=321_u128)
        .flat_map(|n| [(n, "all", News::Live), (n, names[usize::try_from(n % 40).unwrap()].as_str(), News::Live)])
        .collect();
    publish(&world, &news).await;
    publish(&world, &news).await;
    let all = entries(&world, "all", 0).await;
    assert_eq!(all.iter().map(|entry| entry.rev).collect::<Vec<_>>(), (322..=642).collect::<Vec<_>>());
    let every = buckets(&mut world.read().await.unwrap(), ORG, &names).await.unwrap();
    assert_eq!(every.iter().map(|bucket| bucket.count).sum::<i64>(), 321);
    assert_eq!(all[0].key.project, PROJECT);
}

async fn publishing_tells_subscribers_the_heads(world: World) {
    let mut pokes = world.subscribe();
    publish(&world, &[(1, "a", News::Live), (2, "a", News::Live)]).await;
    let poke = pokes.recv().await.unwrap();
    assert_eq!((poke.bucket.as_str(), poke.rev), ("a", 2));
}
