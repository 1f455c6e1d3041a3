//! A case as its readers see it: the parties their own side, the office everything.

use serde_json::{Map, Value, json};
use sync_core::time::rfc3339;

use super::{CaseBody, CaseParty};
use crate::facts::directory::bucket;
use crate::facts::holding::split;
use crate::facts::record::VIEWS;
use crate::rules::dispute::{Case, Level};
use crate::rules::party::Holder;
use crate::store::disputes::Dispute;

/// What a case came to for one of its parties.
fn outcome_for(case: &Case, holder: Holder) -> Option<&'static str> {
    let settlement = case.settlement()?;
    Some(if settlement.holder == Some(holder) { "won" } else { "lost" })
}

/// The body of a case's record. Who the others are no party learns from it.
pub(super) fn ruled(row: &Dispute, body: &CaseBody) -> Map<String, Value> {
    let appeal_until = match body.case {
        Case::Settled { appeal_until, .. } => Some(rfc3339::text(appeal_until)),
        _ => None,
    };
    let due = body.case.due().filter(|_| body.case.is_pending()).map(rfc3339::text);
    let level = if body.outside { Level::Outside } else { body.case.level() };
    let shown = json!({
        "about": row.about,
        "about_kind": row.about_kind,
        "state": row.state,
        "level": level,
        "customer_name": body.customer_name,
        "phone_masked": body.phone_masked,
        "opened_at": rfc3339::text(row.opened_at),
        "due": due,
        "appeal_until": appeal_until,
    });
    let settlement = body.case.settlement();
    let mut views = Map::new();
    for party in &body.parties {
        let share =
            settlement.and_then(|settlement| settlement.split.iter().find(|share| share.holder == party.holder));
        let view = json!({
            "role": party.role,
            "withdrawn": party.withdrawn,
            "outcome": outcome_for(&body.case, party.holder),
            "percent": share.map(|share| share.percent),
        });
        let bucket = match party.holder {
            Holder::User(user) => bucket::user(user),
            Holder::Partner(partner) => bucket::partner(partner, row.project),
        };
        views.insert(bucket, view);
    }
    let holder = |holder: Option<Holder>| {
        let (user, partner) = split(holder);
        json!({ "user": user, "partner": partner })
    };
    let party = |party: &CaseParty| json!({ "holder": holder(Some(party.holder)), "role": party.role, "withdrawn": party.withdrawn });
    let office = json!({
        "parties": body.parties.iter().map(party).collect::<Vec<_>>(),
        "overdue": row.overdue,
        "holder": settlement.map(|settlement| holder(settlement.holder)),
    });
    views.insert(bucket::office(row.project), office);
    let mut shown = if let Value::Object(shown) = shown { shown } else { Map::new() };
    shown.insert(VIEWS.to_owned(), Value::Object(views));
    shown
}
