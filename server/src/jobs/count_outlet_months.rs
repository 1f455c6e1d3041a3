//! OV-3, OV-4: months of outlets are counted when visits or cards change, and day by day while they run; leads learn of outlets that fall
//! behind, and of months that were short.

use std::collections::BTreeMap;

use api_spec::messages;
use chrono::NaiveDate;
use serde_json::{Map, json};
use sync_core::time::Answer;
use uuid::Uuid;

use super::{BATCH, Run};
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::outlets::month_text;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::party::Holder;
use crate::rules::quota::{self, QuotaFacts, QuotaVerdict};
use crate::rules::replay::Decision;
use crate::rules::ruling::Rule;
use crate::store::outlet_months::{self, OutletMonth};
use crate::store::outlets::{self, Outlet};
use crate::store::{Key, StoreError, Tx, run_tx, visits};

/// What a lead is told of.
const TOLD: [QuotaVerdict; 2] = [QuotaVerdict::Risk, QuotaVerdict::Short];

/// Begins the month of the day for every open card of a project; how many there are.
///
/// # Errors
/// Those of the store.
pub(super) async fn open_month(run: &Run) -> Result<u64, AppError> {
    let month = month_text(run.today);
    let (mut after, mut done) = (Uuid::nil(), 0);
    loop {
        let open = run_tx(&run.app.db, "open_outlet_months", async |mut tx| {
            run.begin(&mut tx).await?;
            let open = outlets::open_ones(&mut tx, run.project, after, BATCH).await?;
            outlet_months::open(&mut tx, run.project, &month, &open).await?;
            Ok::<_, AppError>(open)
        })
        .await?;
        done += open.len() as u64;
        match open.last() {
            Some(last) => after = *last,
            None => return Ok(done),
        }
    }
}

/// Whether a month changed, or runs and was not counted today.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let day = run.today.to_string();
    Ok(!outlet_months::due(&mut run.app.db.read().await?, run.project, &day, 1).await?.is_empty())
}

/// Counts what is due on a project; how many months of outlets.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let counted = run_tx(&run.app.db, "count_outlet_months", async |mut tx| count(run, &mut tx).await).await?;
        if counted == 0 {
            return Ok(done);
        }
        done += counted;
    }
}

/// Counts some outlets of the oldest month that is due; how many.
async fn count(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project, today) = (run.begin(tx).await?, run.project, run.today);
    let due = outlet_months::due(tx, project, &today.to_string(), BATCH).await?;
    let Some(month) = due.first().and_then(|first| first_day(&first.month)) else { return Ok(0) };
    let text = month_text(month);
    let of_month: Vec<Uuid> = due.iter().filter(|row| row.month == text).map(|row| row.outlet).collect();
    let mut need = Need::default();
    for outlet in &of_month {
        need.record(shown(project, *outlet, &text));
    }
    let teams = unit.directory.teams.iter().filter(|(_, team)| team.project == project).map(|(id, _)| Some(*id));
    let teams: Vec<Option<Uuid>> = teams.chain([None]).collect();
    for team in &teams {
        for state in TOLD {
            need.record(told(project, *team, &text, state));
        }
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    // counted after the lock: whoever visits waits, and makes the month due again
    let rows = outlet_months::lock(tx, project, &text, &of_month).await?;
    let known = Known::load(tx, &unit, project, &of_month, month).await?;
    let mut settled = Vec::with_capacity(rows.len());
    for row in rows {
        settled.push(rule(&unit, &mut facts, &known, row, (month, today)));
    }
    outlet_months::settle(tx, &settled).await?;
    for state in TOLD {
        let counts: BTreeMap<Option<Uuid>, i64> =
            outlet_months::by_team(tx, project, &text, state.as_str()).await?.into_iter().collect();
        for team in &teams {
            let outlets = counts.get(team).copied().unwrap_or_default();
            tell(&unit, &mut facts, (project, *team), (&text, state), outlets);
        }
    }
    facts.save(tx, &unit).await?;
    Ok(settled.len() as u64)
}

/// What the months of some outlets rest on.
struct Known {
    cards: BTreeMap<Uuid, Outlet>,
    grades: BTreeMap<Uuid, Option<String>>,
    counts: BTreeMap<Uuid, i64>,
}

impl Known {
    async fn load(tx: &mut Tx, unit: &Unit, project: Uuid, of: &[Uuid], month: NaiveDate) -> Result<Self, StoreError> {
        let keys: Vec<Key> = of.iter().map(|id| Key { project, id: *id }).collect();
        let end = quota::next_month(month);
        let last = end.pred_opt().unwrap_or(end);
        let until = unit.directory.zone(project).start_of(end);
        Ok(Self {
            cards: outlets::by_ids(tx, &keys).await?.into_iter().map(|card| (card.id, card)).collect(),
            // the last of each card stays
            grades: outlets::grades(tx, project, of, until).await?.into_iter().collect(),
            counts: visits::count(tx, project, of, (&month.to_string(), &last.to_string()))
                .await?
                .into_iter()
                .collect(),
        })
    }

    /// The facts of an outlet's month; nothing without a card.
    fn facts(&self, outlet: Uuid, (month, today): (NaiveDate, NaiveDate)) -> Option<QuotaFacts> {
        let card = self.cards.get(&outlet)?;
        let opened_on = card.opened_on.parse().ok()?;
        let ended = if card.state == "deleted" { Some(card.opened_on.as_str()) } else { card.ended_on.as_deref() };
        Some(QuotaFacts {
            month,
            today,
            opened_on,
            ended_on: ended.and_then(|day| day.parse().ok()),
            grade: self.grades.get(&outlet).cloned().flatten().and_then(|grade| grade.parse().ok()),
            counted: u32::try_from(self.counts.get(&outlet).copied().unwrap_or_default()).unwrap_or(u32::MAX),
        })
    }
}

/// The month as it stands now; a ruling once it is over, and another when what it came to changes.
fn rule(
    unit: &Unit,
    facts: &mut Facts,
    known: &Known,
    row: OutletMonth,
    (month, today): (NaiveDate, NaiveDate),
) -> OutletMonth {
    let closed = today >= quota::next_month(month);
    let row = OutletMonth { closed, counted_on: today.to_string(), judged: row.marks, ..row };
    let Some(quota_facts) = known.facts(row.outlet, (month, today)) else { return row };
    let policy = unit.directory.policy(row.project, unit.now);
    let decided = quota::decide(&quota_facts, &policy);
    let card = known.cards.get(&row.outlet);
    let before = (row.counted, row.quota, row.state.clone());
    let mut row = OutletMonth {
        team: card.and_then(|card| card.team),
        owner: card.and_then(|card| card.owner),
        grade: quota_facts.grade.map(|grade| grade.to_string()),
        counted: i64::from(quota_facts.counted),
        quota: i64::from(decided.quota),
        state: decided.ruling.outcome.to_string(),
        ..row
    };
    let changed = before != (row.counted, row.quota, row.state.clone());
    let key = shown(row.project, row.outlet, &row.month);
    let mut verdict = None;
    if closed && (changed || row.ruling.is_none()) && (row.quota > 0 || row.ruling.is_some()) {
        let about = Subject {
            key,
            family: "outlet_month",
            owner: row.owner,
            team: row.team,
            supersedes: row.ruling,
            decided_by: None,
            note: None,
        };
        let made = facts.rule(&unit.directory, &about, &decided.ruling, &Decision::OutletMonth(quota_facts));
        row.ruling = Some(made.ruling);
        verdict = Some(made);
    }
    let is_new = facts.records.get(&key).is_none() && row.quota > 0;
    if is_new || (changed && facts.records.get(&key).is_some()) || verdict.is_some() {
        let body = json!({
            "outlet": row.outlet, "month": row.month, "counted": row.counted, "quota": row.quota,
            "grade": row.grade, "state": row.state,
        });
        let body = body.as_object().cloned().unwrap_or_else(Map::new);
        let record = facts.shown(key, "outlet_month", row.owner, body);
        let verdict = verdict.or_else(|| record.verdict.clone());
        facts.records.put(key, Record { team: row.team, verdict, ..record });
    }
    row
}

/// Tells the lead of a team, for cards of no team the office, how many outlets are behind or were short.
fn tell(
    unit: &Unit,
    facts: &mut Facts,
    (project, team): (Uuid, Option<Uuid>),
    (month, state): (&str, QuotaVerdict),
    outlets: i64,
) {
    let key = told(project, team, month, state);
    let known = facts.records.get(&key);
    if outlets == 0 && known.is_none() {
        return;
    }
    let rule = Rule::Ov3.as_str();
    let about = json!({"case": state, "outlets": outlets, "month": month});
    let text = messages::message(rule, Answer::No, &about, &unit.directory.zone(project).tz());
    let said = known.and_then(|record| record.ruled.get("text")).and_then(serde_json::Value::as_str);
    if said == Some(text.both().as_str()) {
        return;
    }
    let lead = team.and_then(|team| unit.directory.teams.get(&team)).and_then(|team| team.lead);
    let title = format!("{rule} {month}");
    let notice = Notice { about: team.unwrap_or(project), to: lead.map(Holder::User), title: &title, text: &text };
    facts.notify(key, &notice, None);
}

fn first_day(month: &str) -> Option<NaiveDate> {
    format!("{month}-01").parse().ok()
}

/// The record of an outlet's month.
fn shown(project: Uuid, outlet: Uuid, month: &str) -> Key {
    Key { project, id: Uuid::new_v5(&outlet, format!("month:{month}").as_bytes()) }
}

/// The notice of what a team's outlets are behind with.
fn told(project: Uuid, team: Option<Uuid>, month: &str, state: QuotaVerdict) -> Key {
    let team = team.unwrap_or(project);
    Key { project, id: Uuid::new_v5(&team, format!("outlets:{month}:{state}").as_bytes()) }
}
