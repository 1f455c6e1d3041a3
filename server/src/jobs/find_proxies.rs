//! AT-16: days with new check-ins are looked through for those who sign in for another. Whoever is suspected has a flag on the day; the lead
//! and the office have a notice, which they decide.

use api_spec::messages;
use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Run;
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::record::Record;
use crate::facts::rosters::team_on;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::proxy::{self, ProxyFacts, ProxyVerdict, Sighting};
use crate::rules::replay::Decision;
use crate::rules::ruling::{Reason, Rule, Ruling};
use crate::store::proxy_days::{self, Seen};
use crate::store::{Key, StoreError, Tx, run_tx};

/// Whether a day has new check-ins.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!proxy_days::due(&mut run.app.db.read().await?, run.project, 1).await?.is_empty())
}

/// Looks through the days that are due; how many those were.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    while let Some(day) = look_through(run).await? {
        if !day.suspects.is_empty() {
            run_tx(&run.app.db, "find_proxies", async |mut tx| accuse(run, &mut tx, &day).await).await?;
        }
        // by itself: the days of persons, which are marked above, are locked before those that are looked through
        run_tx(&run.app.db, "settle_proxies", async |mut tx| {
            proxy_days::settle(&mut tx, run.project, &day.text, day.marks).await
        })
        .await?;
        done += 1;
    }
    Ok(done)
}

/// A day that was looked through.
struct Day {
    text: String,
    date: NaiveDate,
    /// As they were before the check-ins were read: what comes in since then makes the day due again.
    marks: i64,
    /// Who is suspected, with the evidence.
    suspects: Vec<(ProxyFacts, Ruling<ProxyVerdict>)>,
}

/// Looks through the oldest day that is due, if there is one. Nobody waits for it: it holds no lock.
async fn look_through(run: &Run) -> Result<Option<Day>, AppError> {
    let mut db = run.app.db.read().await?;
    let Some((text, marks)) = proxy_days::due(&mut db, run.project, 1).await?.pop() else { return Ok(None) };
    let seen = sightings(&proxy_days::seen(&mut db, run.project, &text).await?)?;
    drop(db);
    let date = text.parse().map_err(|_| StoreError::Inconsistent(format!("proxy day {text}")))?;
    let policy = run.directory.policy(run.project, run.app.clock.now());
    let ruled = proxy::days(&seen).into_values().map(|facts| {
        let ruling = proxy::decide(&facts, &policy);
        (facts, ruling)
    });
    let suspects = ruled.filter(|(_, ruling)| ruling.outcome == ProxyVerdict::Review).collect();
    Ok(Some(Day { text, date, marks, suspects }))
}

/// The notice of who is suspected on a day, and the subject of its rulings.
fn key(project: Uuid, user: Uuid, day: &str) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("proxy:{user}:{day}").as_bytes()) }
}

async fn accuse(run: &Run, tx: &mut Tx, day: &Day) -> Result<(), AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let mut need = Need::default();
    for (known, _) in &day.suspects {
        need.record(key(project, known.user, &day.text));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    for (known, ruling) in &day.suspects {
        suspect(&unit, &mut facts, (project, day.date), known, ruling);
    }
    facts.save(tx, &unit).await
}

fn sightings(rows: &[Seen]) -> Result<Vec<Sighting>, StoreError> {
    let sighting = |row: &Seen| {
        let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("check-in {}: {error}", row.id));
        let location = row.location.as_deref().map(serde_json::from_str).transpose().map_err(odd)?;
        Ok(Sighting {
            id: row.id,
            user: row.owner,
            phone: row.hardware.clone().unwrap_or_else(|| row.device.to_string()),
            hardware: row.hardware.is_some(),
            moment: row.moment,
            location,
            own: row.owner == row.subject,
        })
    };
    rows.iter().map(sighting).collect()
}

/// A flag and a notice, unless the same was said before; new evidence opens what a person decided again.
fn suspect(
    unit: &Unit,
    facts: &mut Facts,
    (project, day): (Uuid, NaiveDate),
    known: &ProxyFacts,
    ruling: &Ruling<ProxyVerdict>,
) {
    let key = key(project, known.user, &day.to_string());
    let evidence: Vec<&Value> = ruling.reasons.iter().map(|reason: &Reason| &reason.facts).collect();
    let before = facts.records.get(&key).cloned();
    if before.as_ref().is_some_and(|record| record.ruled.get("evidence") == Some(&json!(evidence))) {
        return;
    }
    let team = team_on(&unit.directory, project, known.user, day);
    let about = Subject {
        key,
        family: "notice",
        owner: None,
        team,
        supersedes: before.and_then(|record| record.verdict).map(|verdict| verdict.ruling),
        decided_by: None,
        note: None,
    };
    let verdict = facts.rule(&unit.directory, &about, ruling, &Decision::Proxy(known.clone()));
    let zone = unit.directory.zone(project).tz();
    let reason = &ruling.reasons[0];
    let text = messages::message(Rule::At16.as_str(), reason.answer, &reason.facts, &zone);
    let name = unit.directory.people.get(&known.user).map_or("", |person| person.name.as_str());
    let title = format!("{} {day} {name}", Rule::At16);
    facts.notify(key, &Notice { about: known.user, to: None, title: &title, text: &text }, Some(verdict));
    if let Some(mut shown) = facts.records.get(&key).cloned() {
        shown.ruled.insert("evidence".to_owned(), json!(evidence));
        shown.ruled.insert("day".to_owned(), json!(day));
        // for the lead, the deputy and the office
        shown.ruled.insert("office".to_owned(), true.into());
        facts.records.put(key, Record { team, ..shown });
    }
    facts.flag_day((project, known.user, day), key.id, reason, true);
}
