//! What a month came to, without the ids that chance gave.

use std::collections::BTreeMap;

use serde_json::Value;
use server::store::rulings::{self, RulingRow};
use server::store::{Reader, customers, protections};
use tests::in_process::InProcess;
use tests::world::PROJECT;
use uuid::Uuid;

/// Every ruling of a month, and the protections that stand at its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    rulings: Vec<Line>,
    protections: Vec<String>,
}

/// One ruling; ids that the server drew are left out.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    at: i64,
    family: String,
    subject: Option<Uuid>,
    outcome: String,
    reasons: String,
    policy_version: i64,
}

impl Outcome {
    /// Reads it from the server. `named` are the ids that phones and desks gave, `masks` those of all customers.
    pub(crate) async fn read(server: &InProcess, named: &dyn Fn(Uuid) -> bool, masks: &[String]) -> Self {
        let mut db = server.app().db.read().await.unwrap();
        let mut lines: Vec<Line> = all(&mut db).await.into_iter().map(|row| line(row, named)).collect();
        lines.sort_by_key(|line| format!("{line:?}"));
        let mut held: Vec<String> = Vec::new();
        for masks in masks.chunks(500) {
            let each = customers::with_masks(&mut db, PROJECT, masks).await.unwrap();
            let ids: Vec<Uuid> = each.iter().map(|customer| customer.id).collect();
            let masks: BTreeMap<Uuid, &str> = each.iter().map(|each| (each.id, each.masked.as_str())).collect();
            for row in protections::standing(&mut db, PROJECT, &ids).await.unwrap() {
                let holder = (row.holder_user, row.holder_partner);
                let mask = masks[&row.customer];
                held.push(format!("{} {mask} {} {holder:?} {} {:?}", row.class, row.state, row.from_at, row.until_at));
            }
        }
        held.sort();
        Self { rulings: lines, protections: held }
    }

    /// How many rulings there are by family and outcome.
    pub(crate) fn counts(&self) -> BTreeMap<(&str, &str), usize> {
        self.outcomes().fold(BTreeMap::new(), |mut counts, each| {
            *counts.entry(each).or_default() += 1;
            counts
        })
    }

    /// How many rulings of a family there are.
    pub(crate) fn count(&self, family: &str) -> usize {
        self.rulings.iter().filter(|line| line.family == family).count()
    }

    /// Family and outcome of each ruling.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rulings.iter().map(|line| (line.family.as_str(), line.outcome.as_str()))
    }

    /// That another month came to the same.
    pub(crate) fn assert_same(&self, other: &Self) {
        for (one, another) in self.rulings.iter().zip(&other.rulings) {
            assert_eq!(one, another);
        }
        assert_eq!(self.rulings.len(), other.rulings.len());
        assert_eq!(self.protections, other.protections);
    }
}

async fn all(db: &mut Reader) -> Vec<RulingRow> {
    let mut rows: Vec<RulingRow> = Vec::new();
    loop {
        let after = rows.last().map(|row| (row.at, row.id));
        let page = rulings::of_project(db, PROJECT, after, 1_000).await.unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

fn line(row: RulingRow, named: &dyn Fn(Uuid) -> bool) -> Line {
    let reasons: Value = serde_json::from_str(&row.reasons).unwrap();
    Line {
        at: row.at,
        family: row.family,
        subject: Some(row.subject).filter(|id| named(*id)),
        outcome: row.outcome,
        reasons: reasons.to_string(),
        policy_version: row.policy_version,
    }
}
