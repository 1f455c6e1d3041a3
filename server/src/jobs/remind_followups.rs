//! FW-10: open leads that nobody followed up for long surface, once for each time they lie waiting; their owners are reminded.

use api_spec::messages;
use chrono::{Days, NaiveDate};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::{Facts, Need};
use crate::rules::party::Holder;
use crate::rules::ruling::Rule;
use crate::store::lead_care::{self, LeadCare};
use crate::store::{Key, Tx, run_tx};

/// Whether a lead begins to lie waiting.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let (cut, today) = limits(run);
    Ok(!lead_care::due(&mut run.app.db.read().await?, run.project, (&cut, &today), 1).await?.is_empty())
}

/// Lets leads surface on a project; how many.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let reminded = run_tx(&run.app.db, "remind_followups", async |mut tx| remind(run, &mut tx).await).await?;
        done += reminded;
        // leads that were not touched come before those that were planned for
        if reminded == 0 || (!is_full(reminded) && !look(run).await?) {
            return Ok(done);
        }
    }
}

async fn remind(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let (cut, today) = limits(run);
    let due = lead_care::due(tx, project, (&cut, &today), BATCH).await?;
    let mut need = Need::default();
    for care in &due {
        need.record(notice(care));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    let rule = Rule::Fw10.as_str();
    for care in &due {
        let key = notice(care);
        let (Some(owner), None) = (care.owner, facts.records.get(&key)) else { continue };
        let since = care.touched_on.parse::<NaiveDate>().unwrap_or(run.today);
        let about = json!({"days": (run.today - since).num_days(), "planned": care.next_on.as_ref().filter(|day| **day < today)});
        let text = messages::message(rule, Answer::No, &about, &unit.directory.zone(project).tz());
        let notice = Notice { about: care.lead, to: Some(Holder::User(owner)), title: rule, text: &text };
        facts.notify(key, &notice, None);
    }
    lead_care::flag(tx, &due, &today).await?;
    facts.save(tx, &unit).await?;
    Ok(due.len() as u64)
}

/// The last day of a follow-up that is too long ago, and today.
fn limits(run: &Run) -> (String, String) {
    let days = run.directory.policy(run.project, run.now).lead.followup_days;
    let cut = run.today.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN);
    (cut.to_string(), run.today.to_string())
}

/// The reminder of one time that a lead lies waiting.
fn notice(care: &LeadCare) -> Key {
    let name = format!("care:{}:{}", care.touched_on, care.next_on.as_deref().unwrap_or_default());
    Key { project: care.project, id: Uuid::new_v5(&care.lead, name.as_bytes()) }
}
