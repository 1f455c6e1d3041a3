//! FW-8: what every visit says. OV-5, OV-8: what a visit to an outlet is worth.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::calendar::Zone;
use super::datum::Position;
use super::fence::{Area, Location};
use super::party::Party;
use super::policy::{Policy, VisitField};
use super::ruling::{Reason, Rule, Ruling, answered};
use super::unclear::{Family, weighed};
use sync_core::words;

words! {
    /// The verdict of a visit.
    pub enum VisitVerdict {
        /// It counts towards the outlet's month.
        Counted = "counted",
        /// Nothing a visit must say is missing; it was to no outlet, whose month it could count towards.
        Complete = "complete",
        /// Something a visit must say is missing; it is made good once that is filled in.
        Incomplete = "incomplete",
        /// It does not count.
        Void = "void",
        /// The lead decides.
        Review = "review",
    }
}

/// Everything the verdict of a visit rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When it was recorded.
    pub moment: Moment,
    /// Who was there.
    pub party: Party,
    /// Where the outlet is; nothing without a card, or when the card does not say.
    pub outlet: Option<Position>,
    /// Where it was recorded.
    pub location: Option<Location>,
    /// Where it ended.
    pub ended: Option<Location>,
    /// How long it lasted.
    pub minutes: Option<i64>,
    /// What it says of what the project may ask for.
    pub filled: Vec<VisitField>,
    /// Whether the displayed materials were checked; nothing when it does not say.
    pub materials_checked: Option<bool>,
    /// The lead's decision where the rules left it open.
    #[serde(default)]
    pub accepted: Option<bool>,
    /// The visit that counts for the outlet on that day instead.
    #[serde(default)]
    pub first: Option<Uuid>,
}

/// The instant that places a visit among those of its day (Unix ms), and the project's day of it.
pub fn place_in_time(moment: &Moment, zone: Zone, policy: &Policy) -> (i64, NaiveDate) {
    let at = weighed(moment, Family::Ov, policy).by_claim().latest;
    (at, zone.day_of(at))
}

/// Rules on a visit: what certainly fails makes it void, what is missing incomplete, what stays open is for the lead; and of those that are
/// worth counting one counts for each outlet and day. A word about the materials that is missing is flagged (OV-8).
pub fn decide(facts: &VisitFacts, policy: &Policy) -> Ruling<VisitVerdict> {
    let moment = weighed(&facts.moment, Family::Ov, policy);
    let mut reasons = facts.party.gates(&moment, facts.zone);
    reasons.extend(on_one_day(facts, policy));
    reasons.push(near(facts, policy));
    reasons.extend(long_enough(facts, policy));
    let missing = missing(facts, policy);
    let flag = facts.materials_checked.is_none().then(|| Reason::new(Rule::Ov8, Answer::No, json!({})));
    let ruled = |outcome, mut reasons: Vec<Reason>| {
        reasons.extend(flag.clone());
        Ruling { outcome, reasons }
    };
    let failed = answered(&reasons, Answer::No);
    if !failed.is_empty() {
        return ruled(VisitVerdict::Void, failed.into_iter().chain(missing).collect());
    }
    if !missing.is_empty() {
        return ruled(VisitVerdict::Incomplete, missing);
    }
    let doubts = answered(&reasons, Answer::Unclear);
    match facts.accepted {
        _ if doubts.is_empty() => {}
        None => return ruled(VisitVerdict::Review, doubts),
        Some(accepted) => {
            let answer = if accepted { Answer::Yes } else { Answer::No };
            let decided = doubts.into_iter().map(|doubt| Reason { answer, ..doubt });
            if !accepted {
                return ruled(VisitVerdict::Void, decided.collect());
            }
            reasons.retain(|reason| reason.answer == Answer::Yes);
            reasons.extend(decided);
        }
    }
    match facts.first {
        Some(first) => {
            let repeated = Reason::new(Rule::Ov5, Answer::No, json!({"case": "repeated", "first": first}));
            ruled(VisitVerdict::Void, vec![repeated])
        }
        None => ruled(VisitVerdict::Counted, reasons),
    }
}

/// FW-8: rules on a visit to no outlet, by what it says. Materials are displayed at outlets alone.
pub fn decide_elsewhere(filled: &[VisitField], policy: &Policy) -> Ruling<VisitVerdict> {
    let asked = policy.visit.required_fields.iter().filter(|field| **field != VisitField::MaterialsChecked);
    match unsaid(filled, asked) {
        Some(unsaid) => Ruling::because(VisitVerdict::Incomplete, unsaid),
        None => Ruling::because(VisitVerdict::Complete, Reason::new(Rule::Fw8, Answer::Yes, json!({}))),
    }
}

/// Which day it counts for, where that is open.
fn on_one_day(facts: &VisitFacts, policy: &Policy) -> Option<Reason> {
    let moment = weighed(&facts.moment, Family::Ov, policy);
    let (_, day) = place_in_time(&facts.moment, facts.zone, policy);
    let answer = facts.zone.is_on(&moment, day);
    (answer != Answer::Yes).then(|| Reason::new(Rule::Ov5, Answer::Unclear, json!({"case": "day", "at": facts.moment})))
}

/// Inside the radius around the outlet, three-valued like AT-22. Mocked, missing, or nothing to be near to is unclear; so is a visit that
/// certainly ended somewhere else.
fn near(facts: &VisitFacts, policy: &Policy) -> Reason {
    let unclear = |case: &str| Reason::new(Rule::Ov5, Answer::Unclear, json!({"case": case}));
    let Some(location) = &facts.location else { return unclear("missing") };
    let Some(outlet) = facts.outlet else { return unclear("no_card") };
    if location.mocked || facts.ended.as_ref().is_some_and(|ended| ended.mocked) {
        return unclear("mocked");
    }
    let area = Area::Circle { centre: outlet, radius_m: f64::from(policy.visit.radius_m) };
    let answer = area.contains(location);
    let left = facts.ended.as_ref().is_some_and(|ended| area.contains(ended) == Answer::No);
    if answer == Answer::Yes && left {
        return unclear("left");
    }
    let distance_m = area.distance_m(location).round();
    let known = json!({
        "distance_m": distance_m, "accuracy_m": location.accuracy_m, "radius_m": policy.visit.radius_m,
    });
    Reason::new(Rule::Ov5, answer, known)
}

/// From so many minutes on; exactly these count.
fn long_enough(facts: &VisitFacts, policy: &Policy) -> Option<Reason> {
    let min_minutes = policy.visit.min_minutes;
    let minutes = facts.minutes?;
    let too_short = minutes < i64::from(min_minutes);
    too_short.then(|| {
        let known = json!({"case": "too_short", "minutes": minutes, "min_minutes": min_minutes});
        Reason::new(Rule::Ov5, Answer::No, known)
    })
}

/// FW-8: what the visit has to say and does not, and OV-5: how long it lasted.
fn missing(facts: &VisitFacts, policy: &Policy) -> Vec<Reason> {
    let unsaid = unsaid(&facts.filled, policy.visit.required_fields.iter());
    let how_long = facts.minutes.is_none().then(|| Reason::new(Rule::Ov5, Answer::No, json!({"case": "no_minutes"})));
    unsaid.into_iter().chain(how_long).collect()
}

/// FW-8: what is asked for and not filled in, if anything.
fn unsaid<'a>(filled: &[VisitField], asked: impl Iterator<Item = &'a VisitField>) -> Option<Reason> {
    let fields: Vec<VisitField> = asked.filter(|field| !filled.contains(field)).copied().collect();
    (!fields.is_empty()).then(|| Reason::new(Rule::Fw8, Answer::No, json!({"fields": fields})))
}

/// OV-5: of the visits of one outlet and day that are worth counting, the one that counts: the earliest, the lower id among equals.
pub fn first_of_day(worth_counting: impl Iterator<Item = (i64, Uuid)>) -> Option<Uuid> {
    worth_counting.min().map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::datum::Datum;
    use crate::rules::fixtures::{between, claimed, exact, id, zone};

    const HERE: Position = Position { lat: 30.50, lng: 104.06 };

    /// So many metres north of the outlet.
    fn north(metres: f64, accuracy_m: f64) -> Location {
        Location { lat: 30.50 + metres / 110_858.0, lng: 104.06, accuracy_m, mocked: false, datum: Datum::Wgs84 }
    }

    fn facts() -> VisitFacts {
        VisitFacts {
            zone: zone(),
            moment: exact("10:00"),
            party: Party::Staff { user: id(1) },
            outlet: Some(HERE),
            location: Some(north(10.0, 5.0)),
            ended: None,
            minutes: Some(10),
            filled: vec![VisitField::Purpose, VisitField::Result],
            materials_checked: Some(true),
            accepted: None,
            first: None,
        }
    }

    fn brief(facts: &VisitFacts) -> (VisitVerdict, Vec<(Rule, Answer)>) {
        let ruling = decide(facts, &Policy::default());
        (ruling.outcome, ruling.reasons.iter().map(|reason| (reason.rule, reason.answer)).collect())
    }

    #[test]
    fn ov_5_inside_outside_and_unclear_like_the_fence() {
        use VisitVerdict::{Counted, Review, Void};
        let rows = [
            (0.0, 200.0, Counted),
            (0.0, 200.01, Review),
            (190.0, 9.0, Counted),
            (195.0, 10.0, Review),
            (205.0, 10.0, Review),
            (215.0, 10.0, Void),
            (0.0, -1.0, Review),
        ];
        for (metres, accuracy_m, verdict) in rows {
            let facts = VisitFacts { location: Some(north(metres, accuracy_m)), ..facts() };
            assert_eq!(brief(&facts).0, verdict, "{metres} ± {accuracy_m}");
        }
    }

    #[test]
    fn ov_5_mocked_missing_or_no_card_is_for_the_lead() {
        let mocked = || Some(Location { mocked: true, ..north(0.0, 5.0) });
        let rows = [
            VisitFacts { location: mocked(), ..facts() },
            VisitFacts { location: None, ..facts() },
            VisitFacts { outlet: None, ..facts() },
            VisitFacts { ended: Some(north(5_000.0, 5.0)), ..facts() },
            VisitFacts { ended: mocked(), ..facts() },
        ];
        for facts in rows {
            assert_eq!(brief(&facts), (VisitVerdict::Review, vec![(Rule::Ov5, Answer::Unclear)]), "{facts:?}");
            for (accepted, verdict) in [(true, VisitVerdict::Counted), (false, VisitVerdict::Void)] {
                assert_eq!(brief(&VisitFacts { accepted: Some(accepted), ..facts.clone() }).0, verdict);
            }
        }
        let ended_near = VisitFacts { ended: Some(north(205.0, 10.0)), ..facts() };
        assert_eq!(brief(&ended_near).0, VisitVerdict::Counted, "what is not certain raises no doubt");
    }

    #[test]
    fn ov_5_exactly_five_minutes_count() {
        use VisitVerdict::{Counted, Incomplete, Void};
        for (minutes, verdict) in [(Some(4), Void), (Some(5), Counted), (Some(6), Counted), (None, Incomplete)] {
            assert_eq!(brief(&VisitFacts { minutes, ..facts() }).0, verdict, "{minutes:?}");
        }
    }

    #[test]
    fn ov_5_one_visit_counts_an_outlet_and_day() {
        let repeated = VisitFacts { first: Some(id(9)), ..facts() };
        assert_eq!(brief(&repeated), (VisitVerdict::Void, vec![(Rule::Ov5, Answer::No)]));
        assert_eq!(first_of_day([(5, id(2)), (4, id(3)), (4, id(1))].into_iter()), Some(id(1)));
        assert_eq!(first_of_day(std::iter::empty()), None);
    }

    #[test]
    fn ov_5_a_day_that_is_open_is_for_the_lead() {
        let over_midnight = Moment { earliest: exact("00:00").latest - 1, ..between("00:00", "00:10") };
        assert_eq!(brief(&VisitFacts { moment: over_midnight, ..facts() }).0, VisitVerdict::Review);
        let with_claim = Moment { earliest: exact("00:00").latest - 1, ..claimed("00:00", "00:05", "00:10") };
        assert_eq!(brief(&VisitFacts { moment: with_claim, ..facts() }).0, VisitVerdict::Counted);
        assert_eq!(brief(&VisitFacts { moment: between("09:00", "18:00"), ..facts() }).0, VisitVerdict::Counted);
    }

    #[test]
    fn fw_8_what_is_missing_is_named_and_the_visit_is_kept() {
        let lacking = VisitFacts { filled: vec![VisitField::Purpose], minutes: None, ..facts() };
        let ruling = decide(&lacking, &Policy::default());
        assert_eq!(ruling.outcome, VisitVerdict::Incomplete);
        assert_eq!((ruling.reasons[0].rule, &ruling.reasons[0].facts), (Rule::Fw8, &json!({"fields": ["result"]})));
        assert_eq!(ruling.reasons[1].facts, json!({"case": "no_minutes"}));
        let elsewhere = VisitFacts { location: Some(north(900.0, 5.0)), ..lacking };
        assert_eq!(decide(&elsewhere, &Policy::default()).outcome, VisitVerdict::Void, "nothing fills that in");
        let asks = Policy::read(&json!({"visit": {"required_fields": []}})).unwrap();
        assert_eq!(decide(&VisitFacts { filled: Vec::new(), ..facts() }, &asks).outcome, VisitVerdict::Counted);
    }

    #[test]
    fn fw_8_a_visit_to_no_outlet_says_what_is_asked_for_but_nothing_of_materials() {
        use VisitField::{MaterialsChecked, NextStep, Place, Purpose, Result};
        use VisitVerdict::{Complete, Incomplete};
        let asks = json!({"visit": {"required_fields": ["place", "next_step", "materials_checked"]}});
        let (default, more) = (Policy::default(), Policy::read(&asks).unwrap());
        let nothing = Policy::read(&json!({"visit": {"required_fields": []}})).unwrap();
        let rows = [
            (&default, vec![Purpose, Result], Complete, json!({})),
            (&default, vec![Purpose], Incomplete, json!({"fields": ["result"]})),
            (&default, vec![Place, NextStep], Incomplete, json!({"fields": ["purpose", "result"]})),
            (&more, vec![Place, NextStep], Complete, json!({})),
            (&more, vec![Place, MaterialsChecked], Incomplete, json!({"fields": ["next_step"]})),
            (&nothing, vec![], Complete, json!({})),
        ];
        for (policy, filled, verdict, known) in rows {
            let ruling = decide_elsewhere(&filled, policy);
            assert_eq!((ruling.outcome, &ruling.reasons[0].facts), (verdict, &known), "{filled:?}");
            let answer = if verdict == Complete { Answer::Yes } else { Answer::No };
            assert_eq!(
                (ruling.reasons[0].rule, ruling.reasons[0].answer, ruling.reasons.len()),
                (Rule::Fw8, answer, 1)
            );
        }
    }

    #[test]
    fn ov_8_a_visit_that_does_not_speak_of_the_materials_is_flagged_and_counts() {
        for (materials_checked, flagged) in [(None, true), (Some(false), false), (Some(true), false)] {
            let (verdict, reasons) = brief(&VisitFacts { materials_checked, ..facts() });
            assert_eq!(verdict, VisitVerdict::Counted);
            assert_eq!(reasons.contains(&(Rule::Ov8, Answer::No)), flagged, "{materials_checked:?}");
        }
    }

    #[test]
    fn tr_1_a_liaison_without_training_cannot_visit() {
        let party = |trained_on: Option<&str>| Party::Liaison {
            user: id(1),
            trained_on: trained_on.map(|day| day.parse().unwrap()),
        };
        assert_eq!(brief(&VisitFacts { party: party(None), ..facts() }).0, VisitVerdict::Void);
        assert_eq!(brief(&VisitFacts { party: party(Some("2026-11-22")), ..facts() }).0, VisitVerdict::Counted);
    }
}
