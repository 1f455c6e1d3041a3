//! What a lead decides about a card: another outlet than it looks like (OV-2), dropped, or kept (OV-9).

use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::outlets::OutletCard;
use api_spec::problem::{Code, Problem};
use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::super::actor::Actor;
use super::super::audited::write_down;
use super::super::reason::reason;
use super::super::scope::Scope;
use super::{describe, key_of, may_decide};
use crate::error::AppError;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need};
use crate::rules::outlet::{self, CardFacts, CardVerdict};
use crate::rules::replay::Decision;
use crate::state::App;
use crate::store::outlet_pairs::{self, Pair};
use crate::store::{outlets, run_tx};

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is another outlet than the one of this card.
    Distinct(Uuid),
    /// Nobody visits it any longer.
    Drop,
    /// It is visited on, and no candidate for dropping until this day.
    Keep(NaiveDate),
}

/// Decides about a card. The same decision again is answered the same.
///
/// # Errors
/// `not-found`, `forbidden`, `validation`, `wrong-state` for a card that is not open.
pub async fn decide_card(app: &App, actor: &Actor, id: Uuid, act: Act, words: &str) -> Result<OutletCard, AppError> {
    run_tx(&app.db, "decide_card", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let scope = Scope::of(actor, &directory, unit.now);
        let key = key_of(&mut tx, &scope, id).await?;
        let other = match act {
            Act::Distinct(other) => Some(key_of(&mut tx, &scope, other).await?)
                .filter(|other| other.project == key.project && *other != key),
            Act::Drop | Act::Keep(_) => None,
        };
        if matches!(act, Act::Distinct(_)) && other.is_none() {
            return Err(Problem::invalid("/other", Text::new("must be another card", "须为另一档案")).into());
        }
        let mut need = Need::default();
        need.card(key);
        if let Some(other) = other {
            need.card(other);
        }
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let card = facts.cards.get(&key).cloned().ok_or(Code::NotFound)?;
        let others: Vec<_> = other.iter().filter_map(|other| facts.cards.get(other)).collect();
        may_decide(actor, &scope, &directory, &[&[&card], &others[..]].concat())?;
        let reason = reason(words, directory.region(key.project))?;
        let today = directory.zone(key.project).day_of(unit.now);
        let (verdict, until) = match act {
            Act::Distinct(_) => (CardVerdict::Distinct, None),
            Act::Drop => (CardVerdict::Dropped, None),
            Act::Keep(until) if until <= today => {
                let text = Text::new("must be a day to come", "须为今天之后的日期");
                return Err(Problem::invalid("/until", text).into());
            }
            Act::Keep(until) => (CardVerdict::Kept, Some(until)),
        };
        let done = match act {
            Act::Drop => card.state == "dropped",
            Act::Keep(until) => card.keep_until == Some(until.to_string()) && card.state == "open",
            Act::Distinct(other) => outlet_pairs::find(&mut tx, key.project, (id, other))
                .await?
                .is_some_and(|pair| pair.state == "distinct"),
        };
        if done {
            return Ok(describe(&directory, &card)?);
        }
        let is_open = card.state == "open" || (matches!(act, Act::Distinct(_)) && card.state == "dropped");
        if !is_open {
            return Err(Problem::wrong_state(card.state).into());
        }
        let mut record = facts.records.get(&key).cloned().ok_or(Code::NotFound)?;
        let known = CardFacts { verdict, by: actor.user, reason, other: other.map(|other| other.id), until };
        let subject = Subject::record(&record, "outlet").decided_by(actor.user, Some(&known.reason));
        let ruled = facts.rule(&directory, &subject, &outlet::decide(&known), &Decision::Card(known.clone()));
        record.verdict = Some(ruled);
        record.version += 1;
        match act {
            Act::Distinct(other) => {
                outlet_pairs::settle(&mut tx, &Pair::of(key.project, (id, other), unit.now, "name", "distinct"))
                    .await?;
            }
            Act::Drop => {
                record.ruled.insert("dropped".to_owned(), json!({"on": today, "reason": known.reason}));
                outlets::drop_card(&mut tx, key, &today.to_string()).await?;
                facts.mark_months(&mut tx, key.project, &[id]).await?;
            }
            Act::Keep(until) => outlets::keep(&mut tx, key, &until.to_string()).await?,
        }
        facts.records.put(key, record);
        let detail = json!({"reason": known.reason, "other": known.other, "until": until});
        let act = format!("outlet_{verdict}");
        write_down(&mut tx, &app.random, (actor.org, actor.user), &act, key, &detail, unit.now).await?;
        facts.save(&mut tx, &unit).await?;
        let decided = outlets::by_ids(&mut tx, &[key]).await?.pop().ok_or(Code::Internal)?;
        Ok(describe(&directory, &decided)?)
    })
    .await
}
