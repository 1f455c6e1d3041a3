//! The seam itself: transactions, retries, pokes, statements.

use server::store::{Engine, StoreError, Tx, meta, run_tx, statements};

use crate::world::{World, on_both_engines};

on_both_engines! {
    every_statement_is_understood
    a_transaction_leaves_all_or_nothing
    a_transaction_with_a_failed_statement_never_commits
    transactions_run_in_spawned_tasks_and_count_every_increment
    a_reader_keeps_its_snapshot
    pokes_are_sent_after_the_commit_and_only_then
    time_is_raised_and_never_lowered
}

async fn every_statement_is_understood(world: World) {
    let mut failures = Vec::new();
    for sql in statements() {
        if let Err(error) = world.prepare(sql).await {
            failures.push(format!("{}: {:?}\n{:?}", sql.name(), error, sql.rendered(world.engine()).last()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

async fn a_transaction_leaves_all_or_nothing(world: World) {
    let result: Result<(), StoreError> = run_tx(&world, "test", async |mut tx| {
        meta::set(&mut tx, "a", "1").await?;
        Err(StoreError::Inconsistent("on purpose".to_owned()))
    })
    .await;
    assert!(matches!(result, Err(StoreError::Inconsistent(_))));
    let mut reader = world.read().await.unwrap();
    assert_eq!(meta::get(&mut reader, "a").await.unwrap(), None);
}

async fn a_transaction_with_a_failed_statement_never_commits(world: World) {
    let mut tx = world.begin().await.unwrap();
    meta::set(&mut tx, "a", "1").await.unwrap();
    break_transaction(&mut tx).await;
    assert!(matches!(tx.commit().await, Err(StoreError::Failed)));
    let mut reader = world.read().await.unwrap();
    assert_eq!(meta::get(&mut reader, "a").await.unwrap(), None);
}

async fn break_transaction(tx: &mut Tx) {
    use server::store::{Arg, Sql};
    static BROKEN: Sql = Sql::new("broken", "INSERT INTO meta (key, value) VALUES ($1, $2)");
    assert!(tx.execute(&BROKEN, &[Arg::from("b"), Arg::Text(None)]).await.is_err());
}

async fn transactions_run_in_spawned_tasks_and_count_every_increment(world: World) {
    run_tx(&world, "test", async |mut tx| meta::set(&mut tx, "n", "0").await).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let db = world.db.clone();
        // the future is Send although it borrows from outside the closure
        tasks.spawn(async move {
            let step = format!("step-{task}");
            for _ in 0..10 {
                run_tx(&db, "test", async |mut tx| {
                    // the row lock of this write orders the reads after it
                    meta::set(&mut tx, &step, "x").await?;
                    meta::set(&mut tx, "lock", "x").await?;
                    let n = meta::get_i64(&mut tx, "n").await?.unwrap_or(0);
                    meta::set(&mut tx, "n", &(n + 1).to_string()).await
                })
                .await
                .unwrap();
            }
        });
    }
    tasks.join_all().await;
    let mut reader = world.read().await.unwrap();
    assert_eq!(meta::get_i64(&mut reader, "n").await.unwrap(), Some(80));
}

async fn a_reader_keeps_its_snapshot(world: World) {
    run_tx(&world, "test", async |mut tx| meta::set(&mut tx, "a", "1").await).await.unwrap();
    let mut reader = world.read().await.unwrap();
    assert_eq!(meta::get(&mut reader, "a").await.unwrap().as_deref(), Some("1"));
    run_tx(&world, "test", async |mut tx| meta::set(&mut tx, "a", "2").await).await.unwrap();
    assert_eq!(meta::get(&mut reader, "a").await.unwrap().as_deref(), Some("1"));
    let mut later = world.read().await.unwrap();
    assert_eq!(meta::get(&mut later, "a").await.unwrap().as_deref(), Some("2"));
}

async fn pokes_are_sent_after_the_commit_and_only_then(world: World) {
    let mut pokes = world.subscribe();
    let other = server::store::Db::open(&world.url, &server::store::DbOptions::default()).await.unwrap();
    let mut elsewhere = other.subscribe();
    let mut background = tokio::task::JoinSet::new();
    background.spawn(other.relay().await.unwrap().run());

    let mut dropped = world.begin().await.unwrap();
    dropped.on_commit_notify("user:never", 1);
    drop(dropped);
    let mut tx = world.begin().await.unwrap();
    tx.on_commit_notify("user:a", 7);
    assert!(pokes.try_recv().is_err());
    tx.commit().await.unwrap();
    let poke = pokes.recv().await.unwrap();
    assert_eq!((poke.bucket.as_str(), poke.rev), ("user:a", 7));
    assert!(pokes.try_recv().is_err());
    if world.engine() == Engine::Postgres {
        assert_eq!(elsewhere.recv().await.unwrap(), poke);
    }
}

async fn time_is_raised_and_never_lowered(world: World) {
    for (time, stored) in [(5, 5), (10, 10), (9, 10)] {
        run_tx(&world, "test", async |mut tx| meta::raise(&mut tx, meta::key::LAST_TIME, time).await).await.unwrap();
        let mut reader = world.read().await.unwrap();
        assert_eq!(meta::get_i64(&mut reader, meta::key::LAST_TIME).await.unwrap(), Some(stored));
        assert!(meta::clock(&mut reader).await.unwrap() > 1_700_000_000_000);
    }
}
