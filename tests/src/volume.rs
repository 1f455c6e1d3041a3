//! Very many people's days, to see that closing them takes what it may.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use server::jobs::Jobs;
use server::rules::calendar::Zone;
use server::store::checkins::{self, Checkin};
use server::store::person_days;
use server::store::teams::{self, Membership};
use server::store::users::{self, User};
use server::store::{StoreError, orgs, run_tx};
use sync_core::time::Moment;
use uuid::Uuid;

use crate::engine::Engine;
use crate::in_process::InProcess;
use crate::world::{self, ORG, PROJECT, TEAMS};

/// What closing a day took.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    /// The day.
    pub day: NaiveDate,
    /// How long the jobs ran.
    pub took: Duration,
    /// How many days came to an outcome.
    pub outcomes: usize,
}

/// Lets so many promoters check in and out on so many days, one in ten of them not at all, and closes each day when it is over.
///
/// # Panics
/// When the server or its database does not do it.
pub async fn days_of_many(engine: Engine, people: u128, days: u64) -> Vec<Closed> {
    let server = InProcess::start_seeded_with(engine, 11, &["--dev-clock"]).await;
    server.api().set_clock(world::MORNING).await;
    world::found(&server.app().db).await;
    let ids: Vec<Uuid> = (0..people).map(|n| Uuid::from_u128(0x10_0000 + n)).collect();
    hire(&server, &ids).await;
    Jobs::default().run(server.app()).await.expect("the jobs run");
    let zone: Zone = "Asia/Shanghai".parse().expect("a zone");
    let first: NaiveDate = "2026-11-23".parse().expect("a day");
    let mut closed = Vec::new();
    for day in first.iter_days().take(usize::try_from(days).expect("few days")) {
        attend(&server, zone, day, &ids).await;
        let next = day + Days::new(1);
        server.api().set_clock(&format!("{next}T00:10:00+08:00")).await;
        let started = Instant::now();
        Jobs::default().run(server.app()).await.expect("the jobs run");
        let took = started.elapsed();
        let mut db = server.app().db.read().await.expect("a reader");
        let text = day.to_string();
        let rows = person_days::of_subjects(&mut db, PROJECT, &ids, (&text, &text)).await.expect("the days");
        closed.push(Closed { day, took, outcomes: rows.iter().filter(|row| row.outcome.is_some()).count() });
    }
    closed
}

async fn hire(server: &InProcess, ids: &[Uuid]) {
    run_tx(&server.app().db, "hire", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let membership = |id: &Uuid| Membership {
            org,
            user: *id,
            id: *id,
            project: PROJECT,
            team: Some(TEAMS[0]),
            role: "promoter".to_owned(),
            from_at: 0,
            until_at: None,
        };
        for id in ids {
            let user = User {
                org,
                id: *id,
                username: id.simple().to_string(),
                name: id.simple().to_string(),
                role: "promoter".to_owned(),
                employment: "staff".to_owned(),
                project: Some(PROJECT),
                team: Some(TEAMS[0]),
                partner: None,
                trained_on: None,
                status: "active".to_owned(),
                ended_at: None,
                password_hash: None,
                must_change_password: false,
                one_time_code_hash: None,
                one_time_code_expires: None,
            };
            users::add(&mut tx, &user).await?;
        }
        teams::add_memberships(&mut tx, &ids.iter().map(membership).collect::<Vec<_>>()).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .expect("people can be hired");
}

/// Everybody but each tenth checks in at 09:10 and out at 18:05.
async fn attend(server: &InProcess, zone: Zone, day: NaiveDate, ids: &[Uuid]) {
    let at = |time: &str| zone.at(day, time.parse().expect("a time of day"));
    let check = |(kind, verdict, at): (&str, &str, i64), subject: Uuid| Checkin {
        project: PROJECT,
        id: Uuid::new_v5(&subject, format!("{kind}{day}").as_bytes()),
        owner: subject,
        subject,
        kind: kind.to_owned(),
        day: day.to_string(),
        moment: Moment::exact(at),
        location: None,
        verdict: verdict.to_owned(),
        source: "phone".to_owned(),
        witnessed: false,
        decided: false,
    };
    let (on, off) = (("on", "on_time", at("09:10")), ("off", "counted", at("18:05")));
    let there = ids.iter().enumerate().filter(|(index, _)| index % 10 != 0).map(|(_, id)| *id);
    let checks: Vec<Checkin> = there.flat_map(|id| [check(on, id), check(off, id)]).collect();
    let days: Vec<_> = ids.iter().map(|id| (PROJECT, *id, day.to_string())).collect();
    run_tx(&server.app().db, "attend", async |mut tx| {
        checkins::save(&mut tx, &checks).await?;
        person_days::mark(&mut tx, &days).await?;
        Ok::<_, StoreError>(())
    })
    .await
    .expect("people can attend");
}
