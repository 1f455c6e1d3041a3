//! AT-5 and AT-22: the verdict of one check-in.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::calendar::Zone;
use super::fence::{Area, Location, inside_any};
use super::party::Party;
use super::policy::{OnAt, Policy};
use super::ruling::{Reason, Rule, Ruling, all, answered};
use super::unclear::{Family, weighed};
use sync_core::words;

words! {
    /// What a check-in marks.
    pub enum CheckInType {
        /// The start of the working day.
        On = "on",
        /// Its end.
        Off = "off",
        /// The start of a break.
        BreakStart = "break_start",
        /// Its end.
        BreakEnd = "break_end",
        /// The answer to a spot check.
        Spot = "spot",
    }
}

words! {
    /// The verdict of a check-in.
    pub enum CheckInVerdict {
        /// An `on` in time.
        OnTime = "on_time",
        /// An `on` after the minute it was due.
        Late = "late",
        /// Any other check-in that counts.
        Counted = "counted",
        /// It does not count.
        Void = "void",
        /// A human decides.
        Review = "review",
    }
}

/// Everything the verdict of a check-in rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckInFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// What it marks.
    #[serde(rename = "type")]
    pub kind: CheckInType,
    /// When it was recorded.
    pub moment: Moment,
    /// Whose attendance it is.
    pub party: Party,
    /// Where it was recorded.
    pub location: Option<Location>,
    /// The project's site.
    pub site: Option<Area>,
    /// The posts assigned to the person that day.
    pub posts: Vec<Area>,
    /// Who vouches for the place, instead of a location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Vouched>,
}

/// Who vouches that somebody was where they had to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vouched {
    /// A lead or delegate saw a whole post (AT-10).
    Witness {
        /// Who.
        by: Uuid,
    },
    /// The back office entered it by hand (AT-9).
    Manual {
        /// Why, in words.
        reason: String,
        /// Who saw it.
        witness: Uuid,
    },
}

impl Vouched {
    fn reason(&self) -> Reason {
        match self {
            Self::Witness { .. } => Reason::new(Rule::At10, Answer::Yes, json!({})),
            Self::Manual { reason, .. } => Reason::new(Rule::At9, Answer::Yes, json!({ "reason": reason })),
        }
    }
}

/// The verdict of a check-in with its minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckInRuling {
    /// The verdict and its reasons.
    #[serde(flatten)]
    pub ruling: Ruling<CheckInVerdict>,
    /// Whole minutes after the minute it was due, for a late `on`.
    pub minutes_late: Option<i64>,
}

/// Rules on a check-in: the gates and the fence decide whether it counts, the time whether an `on` is late.
pub fn decide(facts: &CheckInFacts, policy: &Policy) -> CheckInRuling {
    let moment = weighed(&facts.moment, Family::At, policy);
    let mut reasons = facts.party.gates(&moment, facts.zone);
    if let Some(vouched) = &facts.vouched {
        reasons.push(vouched.reason());
    } else if matches!(facts.kind, CheckInType::On | CheckInType::Off) {
        reasons.push(inside_any(&areas(facts, policy), facts.location.as_ref()));
    }
    if all(&reasons) == Answer::No {
        return ruling(CheckInVerdict::Void, answered(&reasons, Answer::No), None);
    }
    let punctual = (facts.kind == CheckInType::On).then(|| punctual(facts.zone, &moment, policy));
    reasons.extend(punctual.clone());
    let doubts = answered(&reasons, Answer::Unclear);
    if !doubts.is_empty() {
        return ruling(CheckInVerdict::Review, doubts, None);
    }
    match punctual.map(|reason| reason.answer) {
        None => ruling(CheckInVerdict::Counted, reasons, None),
        Some(Answer::Yes | Answer::Unclear) => ruling(CheckInVerdict::OnTime, reasons, None),
        Some(Answer::No) => ruling(CheckInVerdict::Late, reasons, Some(minutes_late(facts.zone, &moment, policy))),
    }
}

/// AT-22: where `on` and `off` count.
fn areas(facts: &CheckInFacts, policy: &Policy) -> Vec<Area> {
    let site = facts.site.iter().filter(|_| policy.attendance.on_at != OnAt::Post);
    let posts = facts.posts.iter().filter(|_| policy.attendance.on_at != OnAt::Site);
    site.chain(posts).cloned().collect()
}

/// AT-5: on site by 09:20, late from 09:21:00 of the day of the moment.
fn punctual(zone: Zone, moment: &Moment, policy: &Policy) -> Reason {
    let day = zone.day_of(moment.latest);
    let in_time = moment.is_before(zone.after(day, policy.shift.on_site_by));
    // a check-in that may be of the day before is not in time for certain
    let answer = if zone.is_on(moment, day) == Answer::Yes { in_time } else { Answer::Unclear };
    Reason::new(Rule::At5, answer, json!({"at": moment, "on_site_by": policy.shift.on_site_by}))
}

/// Whole minutes after the minute an `on` was due.
pub fn minutes_late(zone: Zone, moment: &Moment, policy: &Policy) -> i64 {
    let at = moment.by_claim().latest;
    (at - zone.at(zone.day_of(at), policy.shift.on_site_by)) / 60_000
}

fn ruling(outcome: CheckInVerdict, reasons: Vec<Reason>, minutes_late: Option<i64>) -> CheckInRuling {
    CheckInRuling { ruling: Ruling { outcome, reasons }, minutes_late }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::datum::{Datum, Position};
    use crate::rules::fixtures::{at, between, claimed, exact, id, zone};

    const SITE: Area = Area::Circle { centre: Position { lat: 30.50, lng: 104.06 }, radius_m: 200.0 };
    const POST: Area = Area::Circle { centre: Position { lat: 30.51, lng: 104.07 }, radius_m: 150.0 };

    fn at_lat_lng(lat: f64, lng: f64) -> Location {
        Location { lat, lng, accuracy_m: 10.0, mocked: false, datum: Datum::Wgs84 }
    }

    fn on(moment: Moment) -> CheckInFacts {
        CheckInFacts {
            zone: zone(),
            kind: CheckInType::On,
            moment,
            party: Party::Staff { user: id(1) },
            location: Some(at_lat_lng(30.50, 104.06)),
            site: Some(SITE),
            posts: Vec::new(),
            vouched: None,
        }
    }

    fn brief(facts: &CheckInFacts, policy: &Policy) -> (CheckInVerdict, Option<i64>) {
        let ruling = decide(facts, policy);
        (ruling.ruling.outcome, ruling.minutes_late)
    }

    #[test]
    fn at_5_late_from_09_21_on() {
        let rows = [
            (exact("08:00"), CheckInVerdict::OnTime, None),
            (exact("09:20"), CheckInVerdict::OnTime, None),
            (exact("09:20:59"), CheckInVerdict::OnTime, None),
            (Moment::exact(at("09:21") - 1), CheckInVerdict::OnTime, None),
            (exact("09:21"), CheckInVerdict::Late, Some(1)),
            (exact("09:21:59"), CheckInVerdict::Late, Some(1)),
            (exact("10:20"), CheckInVerdict::Late, Some(60)),
            (between("09:00", "09:20"), CheckInVerdict::OnTime, None),
            (between("09:00", "09:21"), CheckInVerdict::Review, None),
            (between("09:21", "09:40"), CheckInVerdict::Late, Some(20)),
            (claimed("09:00", "09:19", "11:00"), CheckInVerdict::OnTime, None),
            (claimed("09:00", "09:25", "11:00"), CheckInVerdict::Late, Some(5)),
        ];
        for (moment, verdict, minutes) in rows {
            assert_eq!(brief(&on(moment), &Policy::default()), (verdict, minutes), "{moment:?}");
        }
    }

    #[test]
    fn at_5_follows_the_policy() {
        let policy =
            Policy::read(&json!({"shift": {"on_site_by": "08:50"}, "time": {"unclear": {"at": "received"}}})).unwrap();
        let rows = [
            (exact("08:50:59"), CheckInVerdict::OnTime, None),
            (exact("08:51"), CheckInVerdict::Late, Some(1)),
            (claimed("08:40", "08:45", "08:55"), CheckInVerdict::Late, Some(5)),
        ];
        for (moment, verdict, minutes) in rows {
            assert_eq!(brief(&on(moment), &policy), (verdict, minutes), "{moment:?}");
        }
    }

    #[test]
    fn at_5_a_moment_across_midnight_is_reviewed() {
        let night = Moment { earliest: at("00:00") - 1, ..between("00:00", "08:00") };
        assert_eq!(brief(&on(night), &Policy::default()), (CheckInVerdict::Review, None));
    }

    #[test]
    fn at_22_on_and_off_count_at_the_site_or_an_assigned_post() {
        let (site, post, away) = (at_lat_lng(30.50, 104.06), at_lat_lng(30.51, 104.07), at_lat_lng(30.60, 104.06));
        let rows = [
            ("site_or_post", &site, true),
            ("site_or_post", &post, true),
            ("site_or_post", &away, false),
            ("site", &site, true),
            ("site", &post, false),
            ("post", &site, false),
            ("post", &post, true),
        ];
        for (on_at, location, counts) in rows {
            let policy = Policy::read(&json!({"attendance": {"on_at": on_at}})).unwrap();
            for (kind, verdict) in
                [(CheckInType::On, CheckInVerdict::OnTime), (CheckInType::Off, CheckInVerdict::Counted)]
            {
                let facts =
                    CheckInFacts { kind, location: Some(location.clone()), posts: vec![POST], ..on(exact("09:00")) };
                let expected = if counts { verdict } else { CheckInVerdict::Void };
                assert_eq!(brief(&facts, &policy).0, expected, "{on_at} {location:?}");
            }
        }
    }

    #[test]
    fn at_22_what_the_location_cannot_tell_is_reviewed_late_or_not() {
        let mocked = Location { mocked: true, ..at_lat_lng(30.50, 104.06) };
        let blurred = Location { accuracy_m: 500.0, ..at_lat_lng(30.50, 104.06) };
        for location in [None, Some(mocked), Some(blurred)] {
            for time in ["09:00", "11:00"] {
                let facts = CheckInFacts { location: location.clone(), ..on(exact(time)) };
                let ruling = decide(&facts, &Policy::default()).ruling;
                assert_eq!(ruling.outcome, CheckInVerdict::Review);
                assert_eq!(ruling.reasons.iter().map(|reason| reason.rule).collect::<Vec<_>>(), [Rule::At22]);
            }
        }
    }

    #[test]
    fn at_9_at_10_who_vouches_stands_for_the_location_and_not_for_the_time() {
        for vouched in
            [Vouched::Witness { by: id(2) }, Vouched::Manual { reason: "a broken phone".to_owned(), witness: id(2) }]
        {
            for (time, verdict) in [("09:20:59", CheckInVerdict::OnTime), ("09:21", CheckInVerdict::Late)] {
                let facts = CheckInFacts { location: None, vouched: Some(vouched.clone()), ..on(exact(time)) };
                assert_eq!(brief(&facts, &Policy::default()).0, verdict, "{vouched:?} {time}");
            }
        }
    }

    #[test]
    fn at_22_breaks_and_spot_checks_have_no_fence() {
        for kind in [CheckInType::BreakStart, CheckInType::BreakEnd, CheckInType::Spot] {
            let facts = CheckInFacts { kind, location: None, ..on(exact("12:00")) };
            assert_eq!(brief(&facts, &Policy::default()).0, CheckInVerdict::Counted);
        }
    }

    #[test]
    fn tr_1_a_liaison_without_training_cannot_check_in() {
        let rows = [(None, CheckInVerdict::Void), ("2026-11-22".parse().ok(), CheckInVerdict::OnTime)];
        for (trained_on, verdict) in rows {
            let facts = CheckInFacts { party: Party::Liaison { user: id(1), trained_on }, ..on(exact("09:00")) };
            assert_eq!(brief(&facts, &Policy::default()).0, verdict);
        }
    }
}
