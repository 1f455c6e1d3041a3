//! OV-2: new and renamed cards are compared with those of the same name and with those around them; the leads learn of likely second cards.
//!
//! After the commit, one batch at a time: of two cards that two phones open at once, whichever comes first, the pair is found.

use std::collections::{BTreeMap, BTreeSet};

use api_spec::messages;
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::{Facts, Need};
use crate::rules::datum::Position;
use crate::rules::outlet::{Looks, cells_around, likeness};
use crate::rules::party::Holder;
use crate::rules::ruling::Rule;
use crate::store::outlet_pairs::{self, Pair};
use crate::store::outlets::{self, Outlet};
use crate::store::{Key, Tx, run_tx};

/// Whether a card is new, or was renamed.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!outlets::to_look_at(&mut run.app.db.read().await?, run.project, 1).await?.is_empty())
}

/// Compares what is new on a project; how many cards.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let compared = run_tx(&run.app.db, "compare_outlets", async |mut tx| compare(run, &mut tx).await).await?;
        done += compared;
        if !is_full(compared) {
            return Ok(done);
        }
    }
}

/// How many there were.
async fn compare(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let new = outlets::to_look_at(tx, project, BATCH).await?;
    let standing = |card: &&Outlet| ["open", "dropped"].contains(&card.state.as_str());
    let names: BTreeSet<String> = new.iter().map(|card| card.name_folded.clone()).collect();
    let cells: BTreeSet<i64> = new.iter().filter_map(position).flat_map(cells_around).collect();
    let (names, cells): (Vec<_>, Vec<_>) = (names.into_iter().collect(), cells.into_iter().collect());
    let around = outlets::alike(tx, project, &names, &cells).await?;
    let mut pairs: BTreeMap<(Uuid, Uuid), (Pair, &Outlet, &Outlet)> = BTreeMap::new();
    for one in new.iter().filter(standing) {
        for other in around.iter().filter(|other| other.id != one.id) {
            if let Some(why) = likeness(looks(one), looks(other)) {
                let pair = Pair::of(project, (one.id, other.id), unit.now, why.as_str(), "open");
                pairs.entry((pair.one, pair.other)).or_insert((pair, one, other));
            }
        }
    }
    let told = |pair: &Pair, team: Option<Uuid>| {
        let name = format!("outlets:{}:{}", pair.one, pair.other);
        Key { project, id: Uuid::new_v5(&team.unwrap_or(project), name.as_bytes()) }
    };
    let mut need = Need::default();
    for (pair, one, other) in pairs.values() {
        need.record(told(pair, one.team));
        need.record(told(pair, other.team));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    for (pair, one, other) in pairs.values() {
        let about = json!({"case": "suspected", "one": one.name, "another": other.name});
        let rule = Rule::Ov2.as_str();
        let text = messages::message(rule, Answer::Unclear, &about, &unit.directory.zone(project).tz());
        for team in BTreeSet::from([one.team, other.team]) {
            let key = told(pair, team);
            let lead = team.and_then(|team| unit.directory.teams.get(&team)).and_then(|team| team.lead);
            if facts.records.get(&key).is_none() {
                let notice = Notice { about: one.id, to: lead.map(Holder::User), title: rule, text: &text };
                facts.notify(key, &notice, None);
            }
        }
    }
    outlet_pairs::suspect(tx, &pairs.into_values().map(|(pair, ..)| pair).collect::<Vec<_>>()).await?;
    outlets::looked(tx, &new).await?;
    facts.save(tx, &unit).await?;
    Ok(new.len() as u64)
}

fn looks(card: &Outlet) -> Looks<'_> {
    Looks { name: &card.name_folded, position: position(card) }
}

fn position(card: &Outlet) -> Option<Position> {
    card.position.as_deref().and_then(|position| serde_json::from_str(position).ok())
}
