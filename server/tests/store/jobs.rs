//! Runs of jobs.

use server::store::job_runs::{self, Ending, JobState};
use server::store::run_tx;

use crate::fixtures::PROJECT;
use crate::world::{World, on_both_engines};

on_both_engines! {
    a_slot_has_a_row_for_each_attempt
    a_run_that_was_taken_over_ends_without_a_trace
    runs_that_are_old_or_have_not_been_are_removed
}

const PLACE: (i64, uuid::Uuid, &str) = (1, PROJECT, "end_days");

fn ending(state: JobState, done: i64, error: Option<&str>) -> Ending<'_> {
    Ending { state, at: 30, took_ms: 7, done, over_budget: false, error }
}

async fn a_slot_has_a_row_for_each_attempt(world: World) {
    let mut tx = world.begin().await.unwrap();
    assert_eq!(job_runs::newest(&mut tx, PLACE, 99).await.unwrap(), None);
    assert_eq!(job_runs::add(&mut tx, PLACE, ("2026-11-23", 10), 20).await.unwrap(), 1);
    let first = job_runs::newest(&mut tx, PLACE, 10).await.unwrap().unwrap();
    assert_eq!((first.state, first.runs, first.ended_at), (JobState::Running, 1, None));
    assert_eq!(job_runs::newest(&mut tx, PLACE, 9).await.unwrap(), None, "it is not due yet");
    assert!(job_runs::end(&mut tx, &first, &ending(JobState::Failed, 0, Some("why"))).await.unwrap());
    assert_eq!(job_runs::add(&mut tx, PLACE, ("2026-11-23", 10), 40).await.unwrap(), 2);
    let second = job_runs::newest(&mut tx, PLACE, 10).await.unwrap().unwrap();
    assert!(job_runs::end(&mut tx, &second, &ending(JobState::Done, 5, None)).await.unwrap());
    job_runs::go_on(&mut tx, &second, 11, 50).await.unwrap();
    let third = job_runs::newest(&mut tx, PLACE, 11).await.unwrap().unwrap();
    assert_eq!((third.attempt, third.runs, third.state), (2, 2, JobState::Running));
    assert!(job_runs::end(&mut tx, &third, &ending(JobState::Done, 2, None)).await.unwrap());
    let all = job_runs::of_slot(&mut tx, PLACE, "2026-11-23").await.unwrap();
    let brief: Vec<_> = all.iter().map(|run| (run.attempt, run.state, run.done, run.error.as_deref())).collect();
    assert_eq!(brief, [(1, JobState::Failed, 0, Some("why")), (2, JobState::Done, 7, None)]);
    tx.commit().await.unwrap();
}

async fn a_run_that_was_taken_over_ends_without_a_trace(world: World) {
    let mut tx = world.begin().await.unwrap();
    job_runs::add(&mut tx, PLACE, ("2026-11-23", 10), 20).await.unwrap();
    let run = job_runs::newest(&mut tx, PLACE, 10).await.unwrap().unwrap();
    assert!(job_runs::beat(&mut tx, &run).await.unwrap());
    assert_ne!(job_runs::newest(&mut tx, PLACE, 10).await.unwrap(), Some(run.clone()), "it beats");
    assert!(job_runs::end(&mut tx, &run, &ending(JobState::Lost, 0, None)).await.unwrap());
    assert!(!job_runs::beat(&mut tx, &run).await.unwrap());
    assert!(!job_runs::end(&mut tx, &run, &ending(JobState::Done, 9, None)).await.unwrap());
    let lost = job_runs::newest(&mut tx, PLACE, 10).await.unwrap().unwrap();
    assert_eq!((lost.state, lost.done), (JobState::Lost, 0));
}

async fn runs_that_are_old_or_have_not_been_are_removed(world: World) {
    let days = async |world: &World| {
        let all = job_runs::of_job(&mut world.read().await.unwrap(), PLACE).await.unwrap();
        all.into_iter().map(|run| run.due_at).collect::<Vec<_>>()
    };
    run_tx(&world.db, "test", async |mut tx| {
        for day in 1..=9 {
            job_runs::add(&mut tx, PLACE, (&format!("2026-11-0{day}"), day), 20).await?;
        }
        assert_eq!(job_runs::purge(&mut tx, 1, 4, 2).await?, 2);
        assert_eq!(job_runs::purge(&mut tx, 1, 4, 2).await?, 1);
        assert_eq!(job_runs::purge(&mut tx, 2, 99, 2).await?, 0, "another org's");
        job_runs::forget_after(&mut tx, 1, 7).await
    })
    .await
    .unwrap();
    assert_eq!(days(&world).await, [4, 5, 6, 7]);
}
