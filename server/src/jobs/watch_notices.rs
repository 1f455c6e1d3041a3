//! OV-7: when the time of a notice is over, the leads learn who of their people has not read it, and the office of everybody.

use std::collections::BTreeMap;

use api_spec::messages;
use api_spec::notices::ReceiptState;
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{BATCH, Run, is_full};
use crate::app::list_receipts::receipts;
use crate::error::AppError;
use crate::facts::notices::Notice as Told;
use crate::facts::{Facts, Need};
use crate::rules::party::Holder;
use crate::rules::ruling::Rule;
use crate::store::notices::{self, Notice};
use crate::store::{Key, Tx, run_tx};

/// Whether the time of a notice is over.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!notices::due(&mut run.app.db.read().await?, run.project, run.now, 1).await?.is_empty())
}

/// Tells of the notices of a project whose time is over; how many.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let told = run_tx(&run.app.db, "watch_notices", async |mut tx| watch(run, &mut tx).await).await?;
        done += told;
        if !is_full(told) {
            return Ok(done);
        }
    }
}

async fn watch(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let due = notices::due(tx, project, unit.now, BATCH).await?;
    let mut unread: Vec<(&Notice, Option<Uuid>, usize)> = Vec::new();
    for notice in &due {
        let mut teams: BTreeMap<Option<Uuid>, usize> = BTreeMap::new();
        let late = receipts(tx, &unit.directory, notice, unit.now).await?;
        for receipt in late.iter().filter(|receipt| receipt.state == ReceiptState::Late && receipt.read_at.is_none()) {
            // the office, under no team, is told of everybody
            *teams.entry(None).or_default() += 1;
            if receipt.team.is_some() {
                *teams.entry(receipt.team).or_default() += 1;
            }
        }
        unread.extend(teams.into_iter().map(|(team, people)| (notice, team, people)));
    }
    let key = |notice: &Notice, team: Option<Uuid>| {
        let name = format!("unread:{}", team.unwrap_or(project));
        Key { project, id: Uuid::new_v5(&notice.id, name.as_bytes()) }
    };
    let mut need = Need::default();
    for (notice, team, _) in &unread {
        need.record(key(notice, *team));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    let hours = unit.directory.policy(project, unit.now).notice.hours;
    for (notice, team, people) in unread {
        let lead = team.and_then(|team| unit.directory.teams.get(&team)).and_then(|team| team.lead);
        if team.is_some() && lead.is_none() {
            continue;
        }
        let rule = Rule::Ov7.as_str();
        let about = json!({"case": "unread", "people": people, "hours": hours});
        let text = messages::message(rule, Answer::No, &about, &unit.directory.zone(project).tz());
        let told = Told { about: notice.id, to: lead.map(Holder::User), title: rule, text: &text };
        facts.notify(key(notice, team), &told, None);
    }
    notices::tell(tx, &due).await?;
    facts.save(tx, &unit).await?;
    Ok(due.len() as u64)
}
