//! `POST /v1/outlets/{id}/merge`: two cards of one outlet become one (OV-2).

use std::collections::BTreeMap;
use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::outlets::{MergeOutlet, OutletCard};
use api_spec::problem::{Code, Problem};
use serde_json::json;
use uuid::Uuid;

use super::super::actor::Actor;
use super::super::audited::write_down;
use super::super::reason::reason;
use super::super::scope::Scope;
use super::{describe, key_of, may_decide};
use crate::error::AppError;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::outlet::{self, CardFacts, CardVerdict};
use crate::rules::replay::Decision;
use crate::state::App;
use crate::store::outlet_pairs::{self, Pair};
use crate::store::outlets::{self, Outlet};
use crate::store::visits::{self, Visit};
use crate::store::{Key, Tx, run_tx};
use crate::sync::judge::Judge;

/// Merges a card into another one of the same project. Both histories stay; what names the merged card from now on holds for the other, and
/// their visits count together, one a day. The same request again is answered the same.
///
/// # Errors
/// `not-found`, `forbidden`, `validation`, `wrong-state` for a card that was merged into another one or deleted.
pub async fn merge_cards(app: &App, actor: &Actor, id: Uuid, request: &MergeOutlet) -> Result<OutletCard, AppError> {
    run_tx(&app.db, "merge_cards", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let scope = Scope::of(actor, &directory, unit.now);
        let (from, into) = (key_of(&mut tx, &scope, id).await?, key_of(&mut tx, &scope, request.into).await?);
        if from.project != into.project {
            return Err(Code::NotFound.into());
        }
        let followers = outlets::merged_into(&mut tx, from).await?;
        let mut need = Need::default();
        for key in [from, into].into_iter().chain(followers.iter().map(|id| Key { id: *id, ..from })) {
            need.card(key);
        }
        need.visits_together(from, into);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let into = facts.card_of(into);
        let card = |key: Key| facts.cards.get(&key).cloned().ok_or(Code::NotFound);
        let (old, new) = (card(from)?, card(into)?);
        may_decide(actor, &scope, &directory, &[&old, &new])?;
        let reason = reason(&request.reason, directory.region(from.project))?;
        if old.into == Some(into.id) {
            return Ok(describe(&directory, &old)?);
        }
        if into == from {
            return Err(Problem::invalid("/into", Text::new("must be another card", "须为另一档案")).into());
        }
        if let Some(odd) = [&old, &new].into_iter().find(|card| !["open", "dropped"].contains(&card.state.as_str())) {
            return Err(Problem::wrong_state(odd.state.clone()).into());
        }
        let known =
            CardFacts { verdict: CardVerdict::Merged, by: actor.user, reason, other: Some(into.id), until: None };
        redirect(&unit, &mut facts, from, &followers, &known);
        move_visits(&unit, &mut facts, from, into);
        store(&mut tx, &unit, (&old, &new)).await?;
        facts.mark_months(&mut tx, from.project, &[old.id, new.id]).await?;
        let who = (actor.org, actor.user);
        let detail = json!({"into": into.id, "reason": known.reason});
        write_down(&mut tx, &app.random, who, "merge_outlets", from, &detail, unit.now).await?;
        facts.save(&mut tx, &unit).await?;
        let merged = outlets::by_ids(&mut tx, &[from]).await?.pop().ok_or(Code::Internal)?;
        Ok(describe(&directory, &merged)?)
    })
    .await
}

/// The merged card, and those that were merged into it before, name the card that takes over.
fn redirect(unit: &Unit, facts: &mut Facts, from: Key, followers: &[Uuid], known: &CardFacts) {
    for id in followers.iter().copied().chain([from.id]) {
        let Some(mut record) = facts.records.get(&Key { id, ..from }).cloned() else { continue };
        record.ruled.insert("merged_into".to_owned(), json!(known.other));
        record.version += 1;
        if id == from.id {
            let subject = Subject::record(&record, "outlet").decided_by(known.by, Some(&known.reason));
            let decision = Decision::Card(known.clone());
            record.verdict = Some(facts.rule(&unit.directory, &subject, &outlet::decide(known), &decision));
        }
        facts.records.put(record.key, record);
    }
}

/// The visits to both are those to one outlet: on a day on which both were visited one counts.
fn move_visits(unit: &Unit, facts: &mut Facts, from: Key, into: Key) {
    let moved: Vec<Visit> = facts
        .visits
        .values()
        .filter(|row| row.project == from.project && row.outlet == from.id)
        .map(|row| Visit { outlet: into.id, ..row.clone() })
        .collect();
    let mut one_a_day: BTreeMap<String, Key> = BTreeMap::new();
    for row in moved {
        let key = Key { project: row.project, id: row.id };
        one_a_day.insert(row.day.clone(), key);
        facts.visits.put(key, row);
    }
    let mut judge = Judge { directory: &unit.directory, facts };
    for visit in one_a_day.into_values() {
        judge.settle_day_of(visit);
    }
}

/// What is stored of the cards beside their records.
async fn store(tx: &mut Tx, unit: &Unit, (old, new): (&Outlet, &Outlet)) -> Result<(), AppError> {
    let project = old.project;
    let today = unit.directory.zone(project).day_of(unit.now).to_string();
    let from = Key { project, id: old.id };
    outlets::merge(tx, old, new, &today).await?;
    visits::move_to(tx, from, new.id).await?;
    outlet_pairs::settle(tx, &Pair::of(project, (old.id, new.id), unit.now, "name", "merged")).await?;
    outlet_pairs::close(tx, project, old.id).await?;
    Ok(())
}
