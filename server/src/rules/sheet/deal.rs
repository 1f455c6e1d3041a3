//! CF-8: deals, as rulings. A deal makes the protection permanent; cancelled, what was left of the period returns.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use sync_core::words;

use super::Sheet;
use crate::rules::arrival::SheetVerdict;
use crate::rules::calendar::Zone;
use crate::rules::period::{Period, Unit};
use crate::rules::policy::Policy;
use crate::rules::protection::SheetProtection;
use crate::rules::ruling::{Reason, Rule, Ruling};

words! {
    /// How far a deal has come.
    pub enum DealStage {
        /// Subscribed (认购).
        Subscribed = "subscribed",
        /// The contract is signed (签约).
        Signed = "signed",
        /// Cancelled (退订).
        Cancelled = "cancelled",
    }
}

/// The deal on a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// How far it has come.
    pub stage: DealStage,
    /// The project's day of this stage.
    pub on: NaiveDate,
    /// The day it was made: from then on the period did not run.
    pub since: NaiveDate,
    /// The end of the protection (Unix ms): the one that waits while the deal stands; once cancelled, the one that holds again.
    pub until: i64,
}

impl Deal {
    /// Whether the customer has bought.
    pub fn stands(&self) -> bool {
        self.stage != DealStage::Cancelled
    }
}

/// Everything a step of a deal rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The sheet.
    pub sheet: Sheet,
    /// The project's day on which the customer arrived.
    pub arrived_on: NaiveDate,
    /// The deal so far.
    pub deal: Option<Deal>,
    /// The customer's `sheet` protection.
    pub protection: Option<SheetProtection>,
    /// Whether that protection is the one of the sheet's holder.
    pub own: bool,
    /// The step.
    pub stage: DealStage,
    /// Its day.
    pub on: NaiveDate,
    /// When it is entered (Unix ms).
    pub at: i64,
}

/// Why a step of a deal is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DealError {
    /// A deal needs a valid sheet with both signatures.
    #[error("a deal needs a valid signed sheet")]
    NoSheet,
    /// The protection of the sheet has ended: nothing remains of it.
    #[error("the protection has ended")]
    Ended,
    /// The customer is somebody else's.
    #[error("the customer is somebody else's")]
    Others(Reason),
    /// The customer has bought already, and the stage does not follow the present one.
    #[error("the customer has bought already")]
    Bought,
    /// There is no deal that could be cancelled.
    #[error("there is no deal to cancel")]
    NoDeal,
    /// The day lies in the future, before the arrival, or before the stage it follows.
    #[error("a deal's day lies between the arrival, or the stage before, and today")]
    Day,
}

impl DealError {
    /// Why, as a reason of a rule.
    pub fn reason(&self) -> Reason {
        let case = |case: &str| Reason::new(Rule::Cf8, Answer::No, json!({ "case": case }));
        match self {
            Self::NoSheet => case("no_sheet"),
            Self::Ended => Reason::new(Rule::Pr4, Answer::No, json!({})),
            Self::Others(reason) => reason.clone(),
            Self::Bought => Reason::new(Rule::Cf8, Answer::No, json!({})),
            Self::NoDeal => case("no_deal"),
            Self::Day => case("day"),
        }
    }
}

/// Takes a step of a deal: the deal as it stands then, and the ruling.
///
/// # Errors
/// [`DealError`].
pub fn deal(facts: &DealFacts, policy: &Policy) -> Result<(Deal, Ruling<SheetVerdict>), DealError> {
    if !matches!(facts.sheet, Sheet::Confirmed { .. }) {
        return Err(DealError::NoSheet);
    }
    let standing = facts.deal.filter(Deal::stands);
    let earliest = standing.map_or(facts.arrived_on, |deal| deal.on);
    if facts.on < earliest || facts.on > facts.zone.day_of(facts.at) {
        return Err(DealError::Day);
    }
    let made = match (standing, facts.stage) {
        (None, DealStage::Cancelled) => return Err(DealError::NoDeal),
        (None, stage) => Deal { stage, on: facts.on, since: facts.on, until: running_until(facts)? },
        (Some(deal), DealStage::Signed) if deal.stage == DealStage::Subscribed => {
            Deal { stage: DealStage::Signed, on: facts.on, ..deal }
        }
        (Some(deal), DealStage::Cancelled) => {
            let until = rest_until(&deal, facts, policy);
            Deal { stage: DealStage::Cancelled, on: facts.on, until, ..deal }
        }
        (Some(_), _) => return Err(DealError::Bought),
    };
    let known = if made.stands() {
        json!({"case": made.stage, "on": made.on})
    } else {
        json!({"case": made.stage, "on": made.on, "until": made.until})
    };
    let reason = Reason::new(Rule::Cf8, Answer::Yes, known);
    Ok((made, Ruling::because(SheetVerdict::Valid, reason)))
}

/// The end of the protection that stands, when it is the sheet's holder's.
fn running_until(facts: &DealFacts) -> Result<i64, DealError> {
    match &facts.protection {
        None => Err(DealError::Ended),
        Some(SheetProtection::Live { until, .. }) if facts.own => Ok(*until),
        Some(SheetProtection::Deal { .. }) => Err(DealError::Bought),
        Some(other) => Err(DealError::Others(other.refusal(Answer::No))),
    }
}

/// The days that were left on the day of the deal run from the day it is cancelled, to the same time of day; they are at least
/// `deal.cancel_rest_days` from now on.
fn rest_until(deal: &Deal, facts: &DealFacts, policy: &Policy) -> i64 {
    let paused = facts.on.signed_duration_since(deal.since).num_days();
    let later = |at: i64, days: u32| facts.zone.plus(at, Period::new(days, Unit::Days));
    let rest = later(deal.until, u32::try_from(paused).unwrap_or(0));
    rest.max(later(facts.at, policy.deal.cancel_rest_days))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::rules::party::Holder;
    use crate::rules::sheet::{Reserved, Signature};

    const HOLDER: Holder = Holder::User(Uuid::from_u128(1));
    const OTHER: Holder = Holder::User(Uuid::from_u128(2));

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ms(text: &str) -> i64 {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    fn confirmed() -> Sheet {
        let sheet = Reserved { holder: HOLDER, consultant: None, opened_at: 0, follow_up: false };
        let signature = Signature { by: Uuid::nil(), at: 0 };
        Sheet::Confirmed { sheet, consultant: signature, site_lead: signature, protected_until: None }
    }

    fn facts(stage: DealStage, on: &str, at: &str) -> DealFacts {
        DealFacts {
            zone: zone("Asia/Shanghai"),
            sheet: confirmed(),
            arrived_on: day("2026-11-23"),
            deal: None,
            protection: Some(SheetProtection::Live { holder: HOLDER, until: ms("2027-01-23T10:00:00+08:00") }),
            own: true,
            stage,
            on: day(on),
            at: ms(at),
        }
    }

    fn made(since: &str, until: &str) -> Deal {
        Deal { stage: DealStage::Subscribed, on: day(since), since: day(since), until: ms(until) }
    }

    #[test]
    fn cf_8_a_deal_needs_a_valid_signed_sheet_whose_protection_stands() {
        let base = facts(DealStage::Subscribed, "2026-12-01", "2026-12-01T09:00:00+08:00");
        let policy = Policy::default();
        let (deal_made, ruling) = deal(&base, &policy).unwrap();
        assert_eq!((deal_made.until, ruling.outcome), (ms("2027-01-23T10:00:00+08:00"), SheetVerdict::Valid));
        let refused = |facts: DealFacts| deal(&facts, &policy).unwrap_err().reason().rule;
        assert_eq!(refused(DealFacts { sheet: Sheet::WalkIn, ..base.clone() }), Rule::Cf8);
        assert_eq!(refused(DealFacts { protection: None, ..base.clone() }), Rule::Pr4);
        let others = SheetProtection::Live { holder: OTHER, until: 7 };
        assert_eq!(refused(DealFacts { protection: Some(others), own: false, ..base.clone() }), Rule::Pr3);
        let bought = SheetProtection::Deal { holder: HOLDER };
        assert_eq!(refused(DealFacts { protection: Some(bought), ..base.clone() }), Rule::Cf8);
        assert_eq!(deal(&DealFacts { stage: DealStage::Cancelled, ..base }, &policy), Err(DealError::NoDeal));
    }

    #[test]
    fn cf_8_a_deals_day_is_neither_before_the_arrival_nor_in_the_future() {
        for (on, fits) in [("2026-11-22", false), ("2026-11-23", true), ("2026-12-01", true), ("2026-12-02", false)] {
            let step = deal(&facts(DealStage::Signed, on, "2026-12-01T23:59:59+08:00"), &Policy::default());
            assert_eq!(step.is_ok(), fits, "{on}");
        }
    }

    #[test]
    fn cf_8_a_contract_follows_a_subscription_and_nothing_else() {
        let stage = |deal, stage| DealFacts { deal, ..facts(stage, "2026-12-02", "2026-12-02T09:00:00+08:00") };
        let subscribed = Some(made("2026-12-01", "2027-01-23T10:00:00+08:00"));
        let (signed, _) = deal(&stage(subscribed, DealStage::Signed), &Policy::default()).unwrap();
        assert_eq!((signed.stage, signed.since), (DealStage::Signed, day("2026-12-01")));
        for again in [DealStage::Subscribed, DealStage::Signed] {
            assert_eq!(deal(&stage(Some(signed), again), &Policy::default()), Err(DealError::Bought));
        }
    }

    #[test]
    fn cf_8_a_cancelled_deal_gives_the_rest_of_the_period_back_and_at_least_7_days() {
        let rows = [
            // 53 days were left, and are again, over the turn of a month
            (
                "Asia/Shanghai",
                "2026-12-01",
                "2027-01-23T10:00:00+08:00",
                "2027-01-31",
                "2027-01-31T12:00:00+08:00",
                "2027-03-25T10:00:00+08:00",
            ),
            // cancelled on the day it was made: nothing changed
            (
                "Asia/Shanghai",
                "2026-12-01",
                "2027-01-23T10:00:00+08:00",
                "2026-12-01",
                "2026-12-01T18:00:00+08:00",
                "2027-01-23T10:00:00+08:00",
            ),
            // exactly 7 days left to the time of day, then one millisecond less
            (
                "Asia/Shanghai",
                "2027-01-16",
                "2027-01-23T10:00:00+08:00",
                "2027-02-01",
                "2027-02-01T10:00:00+08:00",
                "2027-02-08T10:00:00+08:00",
            ),
            (
                "Asia/Shanghai",
                "2027-01-16",
                "2027-01-23T09:59:59.999+08:00",
                "2027-02-01",
                "2027-02-01T10:00:00+08:00",
                "2027-02-08T10:00:00+08:00",
            ),
            // one day left becomes seven
            (
                "Asia/Shanghai",
                "2027-01-22",
                "2027-01-23T10:00:00+08:00",
                "2027-02-27",
                "2027-02-27T09:00:00+08:00",
                "2027-03-06T09:00:00+08:00",
            ),
            // entered ten days after the day it was cancelled: seven days from now on
            (
                "Asia/Shanghai",
                "2027-01-22",
                "2027-01-23T10:00:00+08:00",
                "2027-02-01",
                "2027-02-11T09:00:00+08:00",
                "2027-02-18T09:00:00+08:00",
            ),
            // clocks change meanwhile: the time of day stays
            (
                "Europe/Berlin",
                "2027-03-20",
                "2027-04-10T10:00:00+02:00",
                "2027-10-20",
                "2027-10-20T12:00:00+02:00",
                "2027-11-10T10:00:00+01:00",
            ),
        ];
        for (name, since, until, on, at, expected) in rows {
            let known =
                DealFacts { zone: zone(name), deal: Some(made(since, until)), ..facts(DealStage::Cancelled, on, at) };
            let (cancelled, ruling) = deal(&known, &Policy::default()).unwrap();
            assert_eq!(cancelled.until, ms(expected), "{since} {on}");
            assert_eq!(ruling.reasons[0].until(), Some(cancelled.until));
        }
    }
}
