//! BK-9: the days of partners are counted when they are over, and again when late bookings come in or a review ends in an arrival.

use std::collections::BTreeMap;

use api_spec::messages;
use chrono::NaiveDate;
use uuid::Uuid;

use super::{BATCH, Run};
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::mass::{self, MassFacts, MassVerdict};
use crate::rules::replay::Decision;
use crate::store::partner_days::{self, PartnerDay};
use crate::store::{Key, Tx, run_tx};

/// Whether a day that is over changed since it was counted.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let mut db = run.app.db.read().await?;
    Ok(!partner_days::due(&mut db, run.project, &run.today.to_string(), 1).await?.is_empty())
}

/// Counts what is due on a project before today.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        match run_tx(&run.app.db, "count_partner_days", async |mut tx| count(run, &mut tx).await).await? {
            0 => return Ok(done),
            counted => done += counted,
        }
    }
}

/// Counts the oldest day that is due; of how many partners.
async fn count(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let due = partner_days::due(tx, project, &run.today.to_string(), BATCH).await?;
    let Some(date) = due.first().and_then(|first| first.day.parse::<NaiveDate>().ok()) else { return Ok(0) };
    let partners: Vec<Uuid> = due.iter().filter(|each| each.day == due[0].day).map(|each| each.partner).collect();
    let mut need = Need::default();
    for partner in &partners {
        need.record(subject(project, *partner, date));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    // counted after the lock: whoever books for this day waits, and makes it due again
    let days = partner_days::lock(tx, project, &due[0].day, &partners).await?;
    let until = unit.directory.zone(project).bounds(date).1;
    let counts = partner_days::count(tx, project, (&due[0].day, until), &partners).await?;
    let counts: BTreeMap<Uuid, (i64, i64)> =
        counts.into_iter().map(|(id, booked, arrived)| (id, (booked, arrived))).collect();
    for day in days {
        let (booked, arrived) = counts.get(&day.partner).copied().unwrap_or_default();
        let day = rule(&unit, &mut facts, PartnerDay { booked, arrived, ..day.clone() }, &day, date);
        partner_days::settle(tx, &day).await?;
    }
    facts.save(tx, &unit).await?;
    Ok(partners.len() as u64)
}

/// A ruling where many were booked, or one stands; the office is told of a day that failed, and of one that no longer does.
fn rule(unit: &Unit, facts: &mut Facts, day: PartnerDay, before: &PartnerDay, date: NaiveDate) -> PartnerDay {
    let policy = unit.directory.policy(day.project, unit.now);
    let count = |groups: i64| u32::try_from(groups).unwrap_or(u32::MAX);
    let known = MassFacts { day: date, groups: count(day.booked), arrived: count(day.arrived) };
    let unchanged = (day.booked, day.arrived) == (before.booked, before.arrived);
    let few = known.groups < policy.booking.mass_threshold;
    if unchanged || (few && day.ruling.is_none()) {
        return day;
    }
    let key = subject(day.project, day.partner, date);
    let about = Subject {
        key,
        family: "mass_day",
        owner: None,
        team: None,
        supersedes: day.ruling,
        decided_by: None,
        note: None,
    };
    let ruling = mass::decide(&known, &policy);
    let verdict = facts.rule(&unit.directory, &about, &ruling, &Decision::MassDay(known));
    let made = verdict.ruling;
    if ruling.outcome == MassVerdict::Failed || facts.records.get(&key).is_some() {
        let name = unit.directory.partners.get(&day.partner).map_or("", |partner| partner.name.as_str());
        let zone = unit.directory.zone(day.project).tz();
        let reason = &ruling.reasons[0];
        let text = messages::message(reason.rule.as_str(), reason.answer, &reason.facts, &zone);
        let title = format!("{} {date} {name}", reason.rule.as_str());
        let notice = Notice { about: day.partner, to: None, title: &title, text: &text };
        facts.notify(key, &notice, Some(verdict));
    }
    PartnerDay { outcome: Some(ruling.outcome.to_string()), ruling: Some(made), ..day }
}

/// What the ruling on a partner's day is about, and the notice of it.
fn subject(project: Uuid, partner: Uuid, day: NaiveDate) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("partner-day:{partner}:{day}").as_bytes()) }
}
