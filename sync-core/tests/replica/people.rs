//! Who lives in the model world, and what they write about.

use std::collections::BTreeSet;

use sync_core::kind::Who;
use uuid::Uuid;

/// Two promoters of one team and its lead.
pub(crate) const USERS: u8 = 3;
/// The lead.
pub(crate) const LEAD: u8 = 2;

pub(crate) fn user(index: u8) -> Uuid {
    Uuid::from_u128(0xA000 + u128::from(index))
}

pub(crate) fn index_of(id: Uuid) -> u8 {
    (0..USERS).find(|index| user(*index) == id).unwrap()
}

pub(crate) fn project() -> Uuid {
    Uuid::from_u128(0xB000)
}

/// A record: few of each, so that ops meet.
pub(crate) fn record(kind: u8, owner: u8, index: u8) -> Uuid {
    Uuid::from_u128(0xC000 + (u128::from(kind) << 8) + (u128::from(owner) << 4) + u128::from(index))
}

pub(crate) fn standing(of: u8) -> BTreeSet<Who> {
    let mut standing = BTreeSet::from([Who::Colleague, Who::Project]);
    if of == LEAD {
        standing.insert(Who::Lead);
    }
    standing
}
