//! The scheduler: each slot is run once, missed ones are made up for, failures are written down and tried again.

use serde_json::json;
use server::store::job_runs::{self, JobRun, JobState};
use server::store::projects::Project;
use server::store::{Db, Sql, orgs, projects, run_tx};
use sync_core::kinds::BOOKING;
use tests::phone::Phone;
use tests::world::{ORG, PROJECT};
use uuid::Uuid;

use crate::house::{House, eventually, told};

static HIDE: Sql = Sql::new("hide", "ALTER TABLE bookings RENAME TO hidden");
static SHOW: Sql = Sql::new("show", "ALTER TABLE hidden RENAME TO bookings");
static ORPHAN: Sql = Sql::new(
    "orphan",
    "INSERT INTO job_runs (org, project, job, slot, attempt, due_at, state, runs, beats, started_at, done, over_budget)
        SELECT org, project, job, '2026-11-24', 1, due_at + 86400000, 'running', 1, 0, due_at, 0, FALSE FROM job_runs
        WHERE job = 'end_days' AND slot = '2026-11-23'",
);

/// What became of a job on the project.
async fn runs(db: &Db, job: &str) -> Vec<JobRun> {
    let mut db = db.read().await.unwrap();
    let org = orgs::by_code(&mut db, ORG).await.unwrap().unwrap().org;
    job_runs::of_job(&mut db, (org, PROJECT, job)).await.unwrap()
}

/// What became of a job of the whole org.
async fn of_org(db: &Db, job: &str) -> Vec<JobRun> {
    let mut db = db.read().await.unwrap();
    let org = orgs::by_code(&mut db, ORG).await.unwrap().unwrap().org;
    job_runs::of_job(&mut db, (org, Uuid::nil(), job)).await.unwrap()
}

/// The slots that were run, with the number of the attempt and how it ended.
async fn slots(db: &Db, job: &str) -> Vec<(String, i64, JobState)> {
    runs(db, job).await.into_iter().map(|run| (run.slot, run.attempt, run.state)).collect()
}

async fn execute(db: &Db, sql: &'static Sql) {
    run_tx(db, "test", async |mut tx| tx.execute(sql, &[]).await).await.unwrap();
}

fn done(days: &[&str]) -> Vec<(String, i64, JobState)> {
    days.iter().map(|day| ((*day).to_owned(), 1, JobState::Done)).collect()
}

fn book(phone: &mut Phone) -> Uuid {
    phone.create(&BOOKING, json!({"customer_name": "王女士", "phone_masked": "138****5678", "route": "booked"}))
}

tests::scenarios! {
    async fn two_servers_run_each_day_once_between_them(engine: Engine) {
        let house = House::open(engine).await;
        let second = house.server.sibling().await;
        let db = &house.server.app().db;
        for (day, all) in [("2026-11-23", 1), ("2026-11-24", 2), ("2026-11-25", 3)] {
            house.at(day, "09:00").await;
            eventually(async || slots(db, "end_days").await.len() >= all).await;
        }
        // both have looked since
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        assert_eq!(slots(db, "end_days").await, done(&["2026-11-23", "2026-11-24", "2026-11-25"]));
        assert_eq!(second.app().clock.now(), house.server.app().clock.now());
    }

    async fn three_days_without_a_server_are_made_up_for_in_order(engine: Engine) {
        let house = House::open(engine).await;
        let db = &house.server.app().db;
        eventually(async || slots(db, "end_days").await == done(&["2026-11-23"])).await;
        house.at("2026-11-26", "08:00").await;
        let all = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"];
        eventually(async || slots(db, "end_days").await == done(&all)).await;
        let late = runs(db, "end_days").await;
        let midnight = |run: &JobRun| run.due_at;
        assert_eq!(midnight(&late[3]) - midnight(&late[2]), 24 * 60 * 60 * 1_000);
        assert!(late[1..].iter().all(|run| run.started_at == house.server.app().clock.now()), "{late:?}");
        assert!(late.iter().all(|run| run.ended_at.is_some() && run.took_ms.is_some() && !run.over_budget), "{late:?}");
    }

    async fn a_run_that_fails_is_written_down_stops_no_other_job_and_is_tried_again(engine: Engine) {
        let house = House::open(engine).await;
        let db = &house.server.app().db;
        let mut booker = house.phone("zhangwei").await;
        let open = book(&mut booker);
        house.sync(&mut booker).await;
        eventually(async || slots(db, "end_days").await == done(&["2026-11-23"])).await;
        execute(db, &HIDE).await;
        house.at("2026-11-24", "09:00").await;
        eventually(async || slots(db, "end_days").await.iter().filter(|run| run.2 == JobState::Failed).count() >= 2).await;
        house.at("2026-11-25", "09:00").await;
        eventually(async || of_org(db, "purge_runs").await.iter().any(|run| run.slot == "2026-11-25")).await;
        let failed = runs(db, "end_days").await.pop().unwrap();
        assert!(failed.error.as_ref().is_some_and(|error| error.contains("failed")), "{failed:?}");
        execute(db, &SHOW).await;
        let last = ("2026-11-25".to_owned(), 1, JobState::Done);
        eventually(async || slots(db, "end_days").await.contains(&last)).await;
        let all = runs(db, "end_days").await;
        let attempts: Vec<i64> = all.iter().filter(|run| run.slot == "2026-11-24").map(|run| run.attempt).collect();
        assert!(attempts.len() >= 3 && attempts.iter().zip(1..).all(|(attempt, n)| *attempt == n), "{all:?}");
        house.sync(&mut booker).await;
        assert_eq!(told(&booker, open).1, "expired");
    }

    async fn a_clock_that_is_set_back_makes_the_day_due_again(engine: Engine) {
        let house = House::open(engine).await;
        let db = &house.server.app().db;
        let mut booker = house.phone("zhangwei").await;
        eventually(async || slots(db, "end_days").await == done(&["2026-11-23"])).await;
        house.at("2026-11-24", "00:00").await;
        eventually(async || slots(db, "end_days").await == done(&["2026-11-23", "2026-11-24"])).await;
        // nobody looks while it is back
        house.at("2026-11-23", "10:00").await;
        assert_eq!(slots(db, "end_days").await, done(&["2026-11-23"]));
        let open = book(&mut booker);
        house.sync(&mut booker).await;
        house.at("2026-11-24", "00:00").await;
        eventually(async || {
            house.sync(&mut booker).await;
            told(&booker, open).1 == "expired"
        })
        .await;
    }

    async fn a_midnight_that_happens_twice_ends_the_day_once(engine: Engine) {
        let house = House::open(engine).await;
        let app = house.server.app();
        house.server.api().set_clock("2026-10-31T12:00:00-04:00").await;
        run_tx(&app.db, "test", async |mut tx| {
            let org = orgs::put(&mut tx, ORG, "青山").await?;
            let found = projects::all(&mut tx).await?;
            let tianfu = found.into_iter().find(|project| project.id == PROJECT).unwrap();
            projects::put(&mut tx, &Project { timezone: "America/Havana".to_owned(), ..tianfu }).await?;
            job_runs::forget_after(&mut tx, org, 0).await?;
            orgs::touch_directory(&mut tx, org).await
        })
        .await
        .unwrap();
        eventually(async || slots(&app.db, "end_days").await == done(&["2026-10-31"])).await;
        for now in ["2026-10-31T23:59:59-04:00", "2026-11-01T00:00:00-04:00", "2026-11-01T00:00:00-05:00"] {
            house.server.api().set_clock(now).await;
            server::jobs::Jobs::default().run(app).await.unwrap();
            let all = slots(&app.db, "end_days").await;
            let days: &[&str] = if now.contains("10-31") { &["2026-10-31"] } else { &["2026-10-31", "2026-11-01"] };
            assert_eq!(all, done(days), "{now}");
        }
        house.server.api().set_clock("2026-11-02T00:00:00-05:00").await;
        server::jobs::Jobs::default().run(app).await.unwrap();
        assert_eq!(slots(&app.db, "end_days").await.len(), 3);
    }

    /// The longest of them: a run is left alone for as long as its process may be alive.
    async fn the_run_of_a_process_that_died_is_taken_over(engine: Engine) {
        let house = House::open(engine).await;
        let db = &house.server.app().db;
        eventually(async || slots(db, "end_days").await == done(&["2026-11-23"])).await;
        // as a process leaves it that was killed
        execute(db, &ORPHAN).await;
        house.at("2026-11-24", "00:00").await;
        let day = |attempt, state| ("2026-11-24".to_owned(), attempt, state);
        eventually(async || slots(db, "end_days").await.contains(&day(2, JobState::Done))).await;
        assert_eq!(slots(db, "end_days").await[1..], [day(1, JobState::Lost), day(2, JobState::Done)]);
    }
}
