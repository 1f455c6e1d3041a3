//! Protections of a customer: what stands, whose it is, and until when (PR-1 to PR-5).

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};

use super::calendar::Zone;
use super::party::Holder;
use super::policy::Policy;
use super::ruling::{Reason, Rule};

/// The `sheet` protection of a visited customer; at most one stands per customer and project (PR-3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SheetProtection {
    /// From the arrival until both have signed (CF-5).
    Reserved {
        /// For whom; nobody yet while the sheet is in review.
        holder: Option<Holder>,
    },
    /// From the site lead's signature on (PR-1).
    Live {
        /// Whose customer it is.
        holder: Holder,
        /// The first instant at which nothing of it remains (Unix ms).
        until: i64,
    },
    /// For ever, by a deal (CF-8).
    Deal {
        /// Whose customer it is.
        holder: Holder,
    },
    /// The site's own: a walk-in registered first (PR-5).
    Site {
        /// When the walk-in arrived (Unix ms).
        since: i64,
        /// The first instant at which nothing of it remains (Unix ms).
        until: i64,
    },
}

impl SheetProtection {
    /// Whose customer it is; `None` for the site's and for a sheet in review.
    pub fn holder(&self) -> Option<Holder> {
        match self {
            Self::Reserved { holder } => *holder,
            Self::Live { holder, .. } | Self::Deal { holder } => Some(*holder),
            Self::Site { .. } => None,
        }
    }

    /// When it ends (Unix ms); `None` while reserved and for deals.
    pub fn until(&self) -> Option<i64> {
        match self {
            Self::Reserved { .. } | Self::Deal { .. } => None,
            Self::Live { until, .. } | Self::Site { until, .. } => Some(*until),
        }
    }

    /// Why somebody else's claim does not pass: CF-8 for a deal, BK-14 for a walk-in registered first, else PR-3. Tells the end, never the holder (BK-15).
    pub fn refusal(&self, answer: Answer) -> Reason {
        let rule = match self {
            Self::Reserved { .. } | Self::Live { .. } => Rule::Pr3,
            Self::Deal { .. } => Rule::Cf8,
            Self::Site { .. } => Rule::Bk14,
        };
        Reason::new(rule, answer, json!({"until": self.until()}))
    }
}

/// The `lead` protection of a registered number (PR-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadProtection {
    /// Its promoter, or that one's company.
    pub holder: Holder,
    /// When the number was set.
    pub since: Moment,
    /// The first instant at which nothing of it remains (Unix ms).
    pub until: i64,
}

impl LeadProtection {
    /// What others are told: a protection stands, and until when, never whose (PR-2).
    pub fn notice(&self, answer: Answer) -> Reason {
        Reason::new(Rule::Pr2, answer, json!({"until": self.until}))
    }
}

/// PR-1: the end of a protection that starts with the site lead's signature (Unix ms, half-open).
pub fn protected_until(signed_at: i64, zone: Zone, policy: &Policy) -> i64 {
    zone.plus(signed_at, policy.protection.period)
}

/// PR-5: the end of the block that a walk-in starts with the arrival (Unix ms, half-open).
pub fn blocked_until(arrived_at: i64, zone: Zone, policy: &Policy) -> i64 {
    zone.plus(arrived_at, policy.protection.period)
}

/// PR-2: the end of a lead's protection, counted from the instant its number was set (Unix ms, half-open).
pub fn lead_protected_until(set_at: i64, zone: Zone, policy: &Policy) -> i64 {
    zone.plus(set_at, policy.lead_protection.period)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixtures::{at, id, zone};

    #[test]
    fn pr_1_pr_2_pr_5_periods_come_from_the_policy_and_keep_the_time_of_day() {
        let policy = Policy::read(&json!({
            "protection": {"period": "1 month"}, "lead_protection": {"period": "7 days"}
        }))
        .unwrap();
        let start = at("15:30");
        let day = 86_400_000;
        assert_eq!(protected_until(start, zone(), &policy), start + 30 * day);
        assert_eq!(blocked_until(start, zone(), &policy), start + 30 * day);
        assert_eq!(lead_protected_until(start, zone(), &policy), start + 7 * day);
        assert_eq!(protected_until(start, zone(), &Policy::default()), start + 61 * day);
    }

    #[test]
    fn bk_15_a_refusal_tells_the_end_and_never_the_holder() {
        let holder = Holder::User(id(1));
        let rows = [
            (SheetProtection::Reserved { holder: Some(holder) }, Rule::Pr3, None),
            (SheetProtection::Live { holder, until: 7 }, Rule::Pr3, Some(7)),
            (SheetProtection::Deal { holder }, Rule::Cf8, None),
            (SheetProtection::Site { since: 3, until: 7 }, Rule::Bk14, Some(7)),
        ];
        for (protection, rule, until) in rows {
            let refusal = protection.refusal(Answer::No);
            assert_eq!((refusal.rule, refusal.until()), (rule, until));
            assert!(!refusal.facts.to_string().contains(&id(1).to_string()));
        }
    }
}
