//! PR-2: the protection of a lead's number for its promoter.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::calendar::Zone;
use super::party::Holder;
use super::policy::Policy;
use super::protection::{LeadProtection, SheetProtection, lead_protected_until};
use super::ruling::{Reason, Rule, Ruling};
use super::unclear::{Family, instant, precedes};
use sync_core::words;

/// After this many `contested` answers in a day further ones are withheld (PR-2, DP-2).
const CONTESTED_PER_DAY: u32 = 5;

words! {
    /// The verdict of a number that was set on a lead.
    pub enum LeadVerdict {
        /// The number is protected for its promoter.
        Protected = "protected",
        /// A protection of somebody else stands; the lead is kept, and its owner may open a case.
        Contested = "contested",
        /// The lead accepts it first, or the answer is withheld.
        Review = "review",
    }
}

/// Everything the ruling on a number rests on. Lapsed protections are ended before these are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When the number was set.
    pub moment: Moment,
    /// For whom.
    pub holder: Holder,
    /// The live `lead` protection of the number.
    pub standing: Option<LeadProtection>,
    /// The `sheet` protection of the customer with this number.
    pub sheet: Option<SheetProtection>,
    /// The protection this lead holds on the number it had before, when that is another one.
    pub former: Option<Uuid>,
    /// How many new numbers this person set before it on that day.
    pub numbers_that_day: u32,
    /// How many `contested` answers this person was given before it on that day.
    pub contested_that_day: u32,
}

/// What follows for the protection of the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Grant {
    /// A new protection starts.
    Starts {
        /// When (Unix ms).
        since: i64,
        /// The first instant at which nothing of it remains (Unix ms).
        until: i64,
        /// The one that stands was set certainly later, and ends: its lead becomes `contested`.
        displaces: bool,
    },
    /// What stands stays as it is.
    Stays,
}

/// The ruling on a number that was set on a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberRuling {
    /// The verdict and its reasons; `until` of a reason is what the owner is told.
    #[serde(flatten)]
    pub ruling: Ruling<LeadVerdict>,
    /// What follows for the number's protection.
    pub grant: Grant,
    /// The protection of the former number, which ends at once.
    pub releases: Option<Uuid>,
}

/// Rules on a number that was set on a lead.
pub fn decide(facts: &NumberFacts, policy: &Policy) -> NumberRuling {
    let (ruling, grant) = match obstacle(facts, policy) {
        Obstacle::Own(until) => (protected(until), Grant::Stays),
        Obstacle::Others(notice) => (contested(facts, notice), Grant::Stays),
        Obstacle::None if facts.numbers_that_day >= policy.lead_protection.daily_max => {
            let known = json!({"numbers": facts.numbers_that_day + 1, "daily_max": policy.lead_protection.daily_max});
            (Ruling::because(LeadVerdict::Review, Reason::new(Rule::Pr2, Answer::Unclear, known)), Grant::Stays)
        }
        Obstacle::None => {
            let since = instant(&facts.moment, Family::Pr, policy);
            let until = lead_protected_until(since, facts.zone, policy);
            (protected(Some(until)), Grant::Starts { since, until, displaces: facts.standing.is_some() })
        }
    };
    NumberRuling { ruling, grant, releases: facts.former }
}

/// CF-9: rules on the number of a lead that a confirmed sheet made for the holder. The sheet's protection is the lead's.
pub fn of_sheet(facts: &NumberFacts, policy: &Policy) -> NumberRuling {
    let mut ruling = decide(facts, policy);
    ruling.ruling.reasons.push(Reason::new(Rule::Cf9, Answer::Yes, json!({})));
    ruling
}

/// What stands in the way of a new protection.
enum Obstacle {
    /// Nothing.
    None,
    /// The holder's own protection, which keeps its end (Unix ms).
    Own(Option<i64>),
    /// Somebody else's.
    Others(Reason),
}

fn obstacle(facts: &NumberFacts, policy: &Policy) -> Obstacle {
    match &facts.sheet {
        Some(sheet) if sheet.holder() == Some(facts.holder) => return Obstacle::Own(sheet.until()),
        Some(sheet) => return Obstacle::Others(sheet.refusal(Answer::No)),
        None => {}
    }
    let Some(standing) = &facts.standing else {
        return Obstacle::None;
    };
    if standing.holder == facts.holder {
        return Obstacle::Own(Some(standing.until));
    }
    // received later, so only a phone that sends again what a restored server lost can be certainly earlier
    match precedes(&facts.moment, &standing.since, Family::Pr, policy) {
        Answer::Yes => Obstacle::None,
        Answer::No => Obstacle::Others(standing.notice(Answer::No)),
        Answer::Unclear => Obstacle::Others(standing.notice(Answer::Unclear)),
    }
}

fn protected(until: Option<i64>) -> Ruling<LeadVerdict> {
    Ruling::because(LeadVerdict::Protected, Reason::new(Rule::Pr2, Answer::Yes, json!({"until": until})))
}

/// "Protected until …", unless the person has asked too often on that day (DP-2).
fn contested(facts: &NumberFacts, notice: Reason) -> Ruling<LeadVerdict> {
    if facts.contested_that_day < CONTESTED_PER_DAY {
        return Ruling::because(LeadVerdict::Contested, notice);
    }
    let known = json!({"contested": facts.contested_that_day, "contested_max": CONTESTED_PER_DAY});
    Ruling::because(LeadVerdict::Review, Reason::new(Rule::Dp2, Answer::Unclear, known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{at, between, claimed, exact, id, zone};

    const DAY: i64 = 86_400_000;

    fn facts() -> NumberFacts {
        NumberFacts {
            zone: zone(),
            moment: exact("10:00"),
            holder: Holder::User(id(1)),
            standing: None,
            sheet: None,
            former: None,
            numbers_that_day: 0,
            contested_that_day: 0,
        }
    }

    fn standing(holder: u128, since: Moment) -> LeadProtection {
        LeadProtection { holder: Holder::User(id(holder)), since, until: at("12:00") + DAY }
    }

    #[test]
    fn pr_2_a_new_number_is_protected_from_the_instant_it_was_set() {
        let rows = [
            (exact("10:00"), "10:00"),
            (claimed("09:00", "09:30", "10:00"), "09:30"),
            (between("09:00", "10:00"), "10:00"),
            (claimed("03:00", "09:30", "10:00"), "10:00"),
        ];
        for (moment, since) in rows {
            let ruling = decide(&NumberFacts { moment, ..facts() }, &Policy::default());
            let until = at(since) + 61 * DAY;
            assert_eq!(ruling.ruling.outcome, LeadVerdict::Protected);
            assert_eq!(ruling.grant, Grant::Starts { since: at(since), until, displaces: false }, "{moment:?}");
            assert_eq!(ruling.ruling.reasons[0].until(), Some(until));
        }
    }

    #[test]
    fn pr_2_the_first_received_stands_unless_the_order_is_certain() {
        let rows = [
            // (standing since, set at, verdict, answer)
            (exact("09:00"), exact("10:00"), LeadVerdict::Contested, Answer::No),
            (exact("10:00"), exact("10:00"), LeadVerdict::Contested, Answer::Unclear),
            (between("09:00", "09:30"), between("08:00", "11:00"), LeadVerdict::Contested, Answer::Unclear),
            (between("09:00", "09:30"), claimed("08:00", "08:30", "11:00"), LeadVerdict::Contested, Answer::Unclear),
            (between("09:00", "09:30"), between("09:31", "11:00"), LeadVerdict::Contested, Answer::No),
            (exact("10:00"), exact("09:59:59"), LeadVerdict::Protected, Answer::Yes),
        ];
        for (since, moment, verdict, answer) in rows {
            let ruling =
                decide(&NumberFacts { moment, standing: Some(standing(2, since)), ..facts() }, &Policy::default());
            assert_eq!(ruling.ruling.outcome, verdict, "{since:?} {moment:?}");
            assert_eq!((ruling.ruling.reasons[0].rule, ruling.ruling.reasons[0].answer), (Rule::Pr2, answer));
            let displaces = matches!(ruling.grant, Grant::Starts { displaces: true, .. });
            assert_eq!(displaces, verdict == LeadVerdict::Protected);
        }
    }

    #[test]
    fn pr_2_contested_tells_the_end_and_nothing_about_the_owner() {
        let ruling =
            decide(&NumberFacts { standing: Some(standing(2, exact("09:00"))), ..facts() }, &Policy::default());
        assert_eq!(ruling.ruling.reasons[0].until(), Some(at("12:00") + DAY));
        assert!(!serde_json::to_string(&ruling).unwrap().contains(&id(2).to_string()));
    }

    #[test]
    fn pr_2_ones_own_protection_keeps_its_end() {
        let ruling =
            decide(&NumberFacts { standing: Some(standing(1, exact("09:00"))), ..facts() }, &Policy::default());
        assert_eq!((ruling.ruling.outcome, ruling.grant), (LeadVerdict::Protected, Grant::Stays));
        assert_eq!(ruling.ruling.reasons[0].until(), Some(at("12:00") + DAY));
    }

    #[test]
    fn pr_3_pr_5_a_visited_customer_starts_no_lead_protection() {
        let (own, other) = (Holder::User(id(1)), Holder::Partner(id(2)));
        let rows = [
            (SheetProtection::Live { holder: other, until: 7 }, LeadVerdict::Contested, Rule::Pr3),
            (SheetProtection::Reserved { holder: Some(other) }, LeadVerdict::Contested, Rule::Pr3),
            (SheetProtection::Reserved { holder: None }, LeadVerdict::Contested, Rule::Pr3),
            (SheetProtection::Deal { holder: other }, LeadVerdict::Contested, Rule::Cf8),
            (SheetProtection::Site { since: 3, until: 7 }, LeadVerdict::Contested, Rule::Bk14),
            (SheetProtection::Live { holder: own, until: 7 }, LeadVerdict::Protected, Rule::Pr2),
        ];
        for (sheet, verdict, rule) in rows {
            let ruling = decide(&NumberFacts { sheet: Some(sheet.clone()), ..facts() }, &Policy::default());
            assert_eq!((ruling.ruling.outcome, ruling.ruling.reasons[0].rule), (verdict, rule), "{sheet:?}");
            assert_eq!(ruling.grant, Grant::Stays);
        }
    }

    #[test]
    fn pr_2_a_corrected_number_releases_the_old_one_at_once() {
        for standing in [None, Some(standing(2, exact("09:00")))] {
            let ruling = decide(&NumberFacts { former: Some(id(7)), standing, ..facts() }, &Policy::default());
            assert_eq!(ruling.releases, Some(id(7)));
        }
    }

    #[test]
    fn pr_2_more_than_30_numbers_a_day_wait_for_the_lead() {
        for (before, verdict) in [(29, LeadVerdict::Protected), (30, LeadVerdict::Review)] {
            let ruling = decide(&NumberFacts { numbers_that_day: before, ..facts() }, &Policy::default());
            assert_eq!(ruling.ruling.outcome, verdict);
        }
    }

    #[test]
    fn dp_2_the_sixth_contested_answer_of_a_day_is_withheld() {
        for (before, verdict) in [(4, LeadVerdict::Contested), (5, LeadVerdict::Review)] {
            let facts =
                NumberFacts { contested_that_day: before, standing: Some(standing(2, exact("09:00"))), ..facts() };
            let ruling = decide(&facts, &Policy::default());
            assert_eq!(ruling.ruling.outcome, verdict);
            assert_eq!(ruling.ruling.reasons[0].until().is_some(), verdict == LeadVerdict::Contested);
        }
    }
}
