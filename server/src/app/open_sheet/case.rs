//! DS-4: a sheet in review opens a case by itself.

use std::collections::BTreeSet;

use sync_core::time::Answer;
use uuid::Uuid;

use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::arrivals::Visitor;
use crate::facts::directory::Directory;
use crate::facts::disputes::{CaseParty, Opening, Role, Said};
use crate::rules::arrival::ArrivalRuling;
use crate::rules::dispute::About;
use crate::rules::party::Holder;
use crate::store::Key;

/// Opens the case of a sheet in review; the parties are those whose claims stand.
pub(in crate::app) fn open_case(
    facts: &mut Facts,
    directory: &Directory,
    sheet: Key,
    visitor: &Visitor,
    claimants: Vec<Holder>,
) -> Result<(), AppError> {
    let party = |holder| CaseParty { holder, role: Role::Claimant, speaker: None, withdrawn: false };
    let opening = Opening {
        id: None,
        subject: sheet,
        about: About::Sheet,
        customer: visitor.customer,
        shown: (&visitor.name, &visitor.phone_masked),
        parties: claimants.into_iter().map(party).collect(),
        window: None,
        said: Said { act: "opened", author: None, holder: None, text: "", attachments: &[] },
        request_digest: [0; 32],
    };
    // by itself it is never too late
    facts.open_case(directory, opening)?.map_or_else(|error| Err(AppError::Broken(error.to_string())), |_| Ok(()))
}

/// Whose claims on somebody at the desk stand.
pub(in crate::app) fn claimants(facts: &Facts, project: Uuid, customer: Uuid, ruling: &ArrivalRuling) -> Vec<Holder> {
    let standing = ruling.claims.iter().filter(|claim| claim.answer != Answer::No).map(|claim| claim.holder);
    let lead = facts.lead_protection(project, customer).map(|(_, lead)| lead.holder);
    let all: BTreeSet<Holder> = standing.chain(ruling.holder).chain(lead).collect();
    all.into_iter().collect()
}
