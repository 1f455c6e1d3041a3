//! DS-3: which claim ranks before which, and the ruling that a case proposes.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use crate::rules::party::Holder;
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule};
use crate::rules::unclear::{Family, precedes};
use sync_core::words;

words! {
    /// The ranks of claims, the first the highest.
    pub enum Rank {
        /// A sheet that both have signed.
        SignedSheet = "signed_sheet",
        /// An arrival that was registered.
        Arrival = "arrival",
        /// A live booking, certainly earlier than those of every other holder.
        Booking = "booking",
        /// The customer was brought in person.
        Bring = "bring",
        /// A registered number.
        Lead = "lead",
        /// Anything else, such as a booking whose order is open.
        Other = "other",
    }
}

/// A claim on a customer, as the records have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The record or sheet it rests on.
    pub id: Uuid,
    /// Whose claim it is.
    pub holder: Holder,
    /// What it is.
    pub rank: Rank,
    /// When it was made.
    pub moment: Moment,
    /// Whether it met its own rules; one that only fell to somebody else's claim did.
    pub met: bool,
    /// A booking of a day that failed BK-9.
    #[serde(default)]
    pub mass_day: bool,
}

/// One line of a proposal: a claim in its place, and why it has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The record or sheet.
    pub claim: Uuid,
    /// Whose claim it is.
    pub holder: Holder,
    /// Its rank.
    pub rank: Rank,
    /// Why: `yes` ranks first, `no` fell or ranks behind.
    pub reason: Reason,
}

/// The ruling that follows from the records; people may decide otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Whose customer it is; nobody's where no claim is left.
    pub holder: Option<Holder>,
    /// Every claim, the first ranking first, those that fell last.
    pub lines: Vec<Line>,
}

/// Ranks the claims.
pub fn propose(claims: &[Claim], policy: &Policy) -> Proposal {
    let stands = |claim: &&Claim| claim.met && !claim.mass_day;
    let mut standing: Vec<(Rank, &Claim)> =
        claims.iter().filter(stands).map(|claim| (rank(claim, claims, policy), claim)).collect();
    standing.sort_by_key(|(rank, claim)| (*rank, claim.moment.latest, claim.id));
    let first = standing.first().map(|(rank, claim)| (*rank, claim.holder));
    let line = |(rank, claim): (Rank, &Claim), rule, answer| {
        let known = json!({"rank": rank, "recorded": claim.moment});
        Line { claim: claim.id, holder: claim.holder, rank, reason: Reason::new(rule, answer, known) }
    };
    let ranked = standing.into_iter().enumerate().map(|(place, each)| {
        let own = first.is_some_and(|(_, holder)| holder == each.1.holder);
        line(each, Rule::Ds3, Answer::of(place == 0 || own))
    });
    let fallen = claims.iter().filter(|claim| !stands(claim)).map(|claim| {
        let rule = if claim.mass_day { Rule::Ds2 } else { Rule::Ds3 };
        line((claim.rank, claim), rule, Answer::No)
    });
    Proposal { holder: first.map(|(_, holder)| holder), lines: ranked.chain(fallen).collect() }
}

/// A booking has its rank only when it is certainly earlier than every other holder's that stands.
fn rank(claim: &Claim, claims: &[Claim], policy: &Policy) -> Rank {
    let rival =
        |other: &&Claim| other.rank == Rank::Booking && other.holder != claim.holder && other.met && !other.mass_day;
    let mut rivals = claims.iter().filter(rival);
    let certain = rivals.all(|other| precedes(&claim.moment, &other.moment, Family::Ds, policy) == Answer::Yes);
    if claim.rank == Rank::Booking && !certain { Rank::Other } else { claim.rank }
}
