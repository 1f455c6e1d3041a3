//! `POST /v1/projects/{project}/policy/backtest`: what another policy would have made of the past. Nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use api_spec::locale::{Locale, Text};
use api_spec::policy::{Backtest, BacktestChange, BacktestCount, BacktestRequest};
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use serde_json::Value;
use uuid::Uuid;

use super::read_document;
use crate::app::actor::Actor;
use crate::error::AppError;
use crate::rules::Policy;
use crate::rules::replay::Decision;
use crate::state::App;
use crate::store::rulings::{self, Period, RulingRow};

/// Days of one request at most.
const DAYS: i64 = 92;
/// Rulings that one request decides again.
const RULINGS: usize = 10_000;
/// Rulings read at once.
const PAGE: i64 = 500;
/// Changed rulings that are listed.
const LISTED: usize = 500;
/// What stored facts do not tell.
const LIMITS: [Text; 2] = [
    Text::new(
        "Each ruling is decided again on its own: verdicts that it builds on, such as a booking's at the arrival, are as they were.",
        "每项裁定均单独重新判定：其所依据的其他裁定（例如到访时的报备结论）保持原样。",
    ),
    Text::new(
        "Facts are those collected under the policy of then: what another policy would have made people do or the server look up is unknown.",
        "事实以当时政策下收集的为准：新政策会使人员如何行动、会使服务器额外查询哪些事实，无从得知。",
    ),
];

/// Decides the stored rulings of a period again under another policy.
///
/// # Errors
/// `validation` with all mistakes of the policy and for a period that is too long or ends before it begins, `bad-cursor`.
pub async fn backtest_policy(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &BacktestRequest,
) -> Result<Backtest, AppError> {
    let directory = app.directories.current(&mut app.db.read().await?, actor.org).await?;
    let policy = read_document(&directory, project, &request.policy)?;
    if !(0..DAYS).contains(&request.to.signed_duration_since(request.from).num_days()) {
        let text = Text::new("must be from /from on, and 92 days in all at most", "不得早于 /from，且总计不超过 92 天");
        return Err(Problem::invalid("/to", text).into());
    }
    let zone = directory.zone(project);
    let mut period = Period {
        project,
        between: (zone.bounds(request.from).0, zone.bounds(request.to).1),
        families: &request.families,
        after: request.cursor.as_deref().map(|cursor| place(cursor).ok_or(Code::BadCursor)).transpose()?,
    };
    let mut trial = Trial::default();
    let mut seen = 0;
    let next_cursor = loop {
        let rows = rulings::of_period(&mut app.db.read().await?, &period, PAGE).await?;
        for row in &rows {
            trial.add(row, &policy);
        }
        seen += rows.len();
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE);
        period.after = rows.last().map(|row| (row.at, row.id)).or(period.after);
        if is_last {
            break None;
        }
        if seen >= RULINGS {
            break period.after.map(|(at, id)| format!("{at}.{id}"));
        }
        tokio::task::yield_now().await;
    };
    Ok(trial.answer(next_cursor, actor.locale))
}

fn place(cursor: &str) -> Option<(i64, Uuid)> {
    let (at, id) = cursor.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

#[derive(Debug, Default)]
struct Trial {
    rulings: u64,
    same: u64,
    /// By family, old and new outcome: all, and those that stand.
    outcomes: BTreeMap<(String, String, Option<String>), (u64, u64)>,
    changed: Vec<BacktestChange>,
    not_listed: u64,
    unreadable: Vec<Uuid>,
}

impl Trial {
    fn add(&mut self, row: &RulingRow, policy: &Policy) {
        let stored = serde_json::from_str::<Decision>(&row.facts).ok().zip(serde_json::from_str(&row.reasons).ok());
        let Some((decision, reasons)) = stored else {
            self.unreadable.push(row.id);
            return;
        };
        let reasons: Value = reasons;
        self.rulings += 1;
        let again = decision.replay(policy);
        let new = again.as_ref().and_then(|again| again["outcome"].as_str()).map(str::to_owned);
        let rules = rules_that_differ(&reasons, again.as_ref().map_or(&Value::Null, |again| &again["reasons"]));
        let stands = row.superseded_by.is_none();
        let count = self.outcomes.entry((row.family.clone(), row.outcome.clone(), new.clone())).or_default();
        count.0 += 1;
        count.1 += u64::from(stands);
        if new.as_ref() == Some(&row.outcome) && rules.is_empty() {
            self.same += 1;
        } else if self.changed.len() < LISTED {
            self.changed.push(BacktestChange {
                ruling: row.id,
                subject: row.subject,
                family: row.family.clone(),
                at: Instant(row.at),
                stands,
                old: row.outcome.clone(),
                new,
                rules,
            });
        } else {
            self.not_listed += 1;
        }
    }

    fn answer(self, next_cursor: Option<String>, locale: Locale) -> Backtest {
        let count = |((family, old, new), (count, standing))| BacktestCount { family, old, new, count, standing };
        Backtest {
            rulings: self.rulings,
            same: self.same,
            outcomes: self.outcomes.into_iter().map(count).collect(),
            changed: self.changed,
            not_listed: self.not_listed,
            unreadable: self.unreadable,
            next_cursor,
            limits: LIMITS.iter().map(|text| text.get(locale).to_owned()).collect(),
        }
    }
}

/// Rules with another answer, or in one of the two lists of reasons only.
fn rules_that_differ(old: &Value, new: &Value) -> Vec<String> {
    let answers = |reasons: &Value| -> BTreeSet<(String, String)> {
        let all = reasons.as_array().into_iter().flatten();
        all.map(|reason| (text(&reason["rule"]), text(&reason["answer"]))).collect()
    };
    let differing: BTreeSet<String> =
        answers(old).symmetric_difference(&answers(new)).map(|(rule, _)| rule.clone()).collect();
    differing.into_iter().collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_that_differ_are_those_with_another_answer_or_none() {
        let old = json!([{"rule": "BK-1", "answer": "yes"}, {"rule": "BK-6", "answer": "yes"}]);
        let new = json!([{"rule": "BK-1", "answer": "no"}, {"rule": "BK-6", "answer": "yes"}, {"rule": "BK-7", "answer": "no"}]);
        assert_eq!(rules_that_differ(&old, &new), ["BK-1", "BK-7"]);
        assert_eq!(rules_that_differ(&old, &old), Vec::<String>::new());
        assert_eq!(rules_that_differ(&old, &Value::Null), ["BK-1", "BK-6"]);
    }
}
