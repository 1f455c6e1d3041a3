//! A case as its reader sees it.

use api_spec::desk::MaskedVisitor;
use api_spec::disputes::{
    Dispute, DisputeEntry, DisputeLevel, DisputeOutcome, DisputeParty, DisputeRole, DisputeSettlement, DisputeState,
    PartyShare,
};
use api_spec::primitives::{self, Instant};
use sync_core::op::Digest;
use uuid::Uuid;

use super::Reader;
use crate::app::rotation::person;
use crate::facts::claims::id_of;
use crate::facts::directory::Directory;
use crate::facts::disputes::{CaseBody, Role};
use crate::facts::holding::split;
use crate::rules::dispute::{About, Case, CaseState, Level};
use crate::rules::party::Holder;
use crate::store::disputes::{self, Entry};

/// A case as its reader sees it; without `entries` as lists have it.
pub(in crate::app) fn describe(
    directory: &Directory,
    reader: &Reader,
    row: &disputes::Dispute,
    body: &CaseBody,
    entries: &[Entry],
    now: i64,
) -> Dispute {
    let letter = |holder: Holder| letter_of(body, id_of(holder));
    let own = body.parties.iter().find(|party| reader.parties.contains(&party.holder)).filter(|_| !reader.office);
    let settlement = body.case.settlement().map(|settlement| DisputeSettlement {
        at: Instant(settlement.at),
        party: settlement.holder.and_then(letter),
        split: settlement
            .split
            .iter()
            .filter_map(|share| Some(PartyShare { party: letter(share.holder)?, percent: share.percent }))
            .collect(),
        reason: settlement.reason.clone(),
        by: reader.office.then(|| person(directory, settlement.by)),
    });
    let outcome = own.and_then(|party| {
        let won = body.case.settlement()?.holder == Some(party.holder);
        Some(if won { DisputeOutcome::Won } else { DisputeOutcome::Lost })
    });
    let entry = |entry: &Entry| DisputeEntry {
        version: entry.version.cast_unsigned(),
        at: Instant(entry.at),
        act: entry.act.clone(),
        party: entry.holder.and_then(|holder| letter_of(body, holder)),
        author: entry.author.filter(|_| reader.office).map(|author| person(directory, author)),
        text: reads(reader, entry).then(|| entry.text.clone()).filter(|text| !text.is_empty()),
        attachments: attachments_of(entry).filter(|_| reads(reader, entry)).unwrap_or_default(),
    };
    let is_sheet = row.about_kind == About::Sheet.as_str();
    Dispute {
        id: row.id,
        project: row.project,
        version: row.version.cast_unsigned(),
        confirmation: is_sheet.then_some(row.about),
        lead: (!is_sheet).then_some(row.about),
        state: state(body.case.state()),
        level: match body.case.level() {
            _ if body.outside => DisputeLevel::Outside,
            Level::Office => DisputeLevel::Office,
            Level::Appeal => DisputeLevel::Appeal,
            Level::Outside => DisputeLevel::Outside,
        },
        customer: MaskedVisitor { name: body.customer_name.clone(), phone_masked: body.phone_masked.clone() },
        ruling: body.ruling,
        opened_at: Instant(row.opened_at),
        due: body.case.due().filter(|_| body.case.is_pending()).map(Instant),
        overdue: body.case.is_pending() && body.case.due().is_some_and(|due| due <= now),
        appeal_until: match body.case {
            Case::Settled { appeal_until, .. } => Some(Instant(appeal_until)),
            _ => None,
        },
        role: own.map(|party| role(party.role)),
        outcome,
        parties: body
            .parties
            .iter()
            .filter_map(|party| {
                let (user, partner) = split(Some(party.holder));
                Some(DisputeParty {
                    party: letter(party.holder)?,
                    role: role(party.role),
                    you: reader.parties.contains(&party.holder),
                    withdrawn: party.withdrawn,
                    holder: reader.office.then_some(primitives::Holder { user, partner }),
                    name: reader.office.then(|| name_of(directory, party.holder)),
                })
            })
            .collect(),
        settlement,
        proposal: None,
        entries: entries.iter().map(entry).collect(),
    }
}

fn attachments_of(entry: &Entry) -> Option<Vec<Digest>> {
    serde_json::from_str(&entry.attachments).ok()
}

/// A party reads what was said for it, and what the office says.
fn reads(reader: &Reader, entry: &Entry) -> bool {
    let own = entry.holder.is_some_and(|holder| reader.parties.iter().any(|party| id_of(*party) == holder));
    reader.office || own || entry.author == Some(reader.user) || entry.holder.is_none()
}

/// The letter of a party: A, B … in the order in which they came.
pub(in crate::app) fn letter_of(body: &CaseBody, holder: Uuid) -> Option<String> {
    let place = body.holder_ids().position(|id| id == holder)?;
    let letter = char::from(b'A' + u8::try_from(place % 26).unwrap_or_default());
    Some(std::iter::repeat_n(letter, place / 26 + 1).collect())
}

/// The name of a person or a company.
fn name_of(directory: &Directory, holder: Holder) -> String {
    match holder {
        Holder::User(user) => person(directory, user).name,
        Holder::Partner(id) => directory.partners.get(&id).map(|partner| partner.name.clone()).unwrap_or_default(),
    }
}

fn role(role: Role) -> DisputeRole {
    match role {
        Role::Claimant => DisputeRole::Claimant,
        Role::Respondent => DisputeRole::Respondent,
    }
}

fn state(state: CaseState) -> DisputeState {
    match state {
        CaseState::Open => DisputeState::Open,
        CaseState::Settled => DisputeState::Settled,
        CaseState::Appealed => DisputeState::Appealed,
        CaseState::Final => DisputeState::Final,
        CaseState::Withdrawn => DisputeState::Withdrawn,
    }
}
