//! AT-16: signing in for another, as far as the evidence of a day can show it. A person decides about every suspicion.
//!
//! Three things are looked for: one phone under two accounts, one user on two phones at once, and journeys that nobody makes. The order in
//! which the check-ins of the day came in makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use geo::{Distance, Geodesic, Point};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use sync_core::words;
use uuid::Uuid;

use super::datum::Position;
use super::fence::Location;
use super::policy::Policy;
use super::ruling::{Reason, Rule, Ruling};

words! {
    /// What the day of a person looks like.
    pub enum ProxyVerdict {
        /// Nothing is suspicious.
        Clear = "clear",
        /// A person decides.
        Review = "review",
    }
}

/// A check-in as it was seen: who, on which phone, when and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The check-in.
    pub id: Uuid,
    /// Who recorded it.
    pub user: Uuid,
    /// The phone: its hardware where it is known, else the device.
    pub phone: String,
    /// Whether the hardware is known.
    pub hardware: bool,
    /// When.
    pub moment: Moment,
    /// Where; nothing for those without a location, and for mocked ones.
    pub location: Option<Location>,
    /// Whether it speaks for the whereabouts of its user; not when it was recorded for somebody else.
    pub own: bool,
}

/// The day of one person, and of those who share a phone with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxyFacts {
    /// Whose day it is.
    pub user: Uuid,
    /// The sightings, by id.
    pub sightings: Vec<Sighting>,
}

/// What each person's day is judged on: the own sightings, and those on the own phones.
pub fn days(sightings: &[Sighting]) -> BTreeMap<Uuid, ProxyFacts> {
    let mut phones: BTreeMap<Uuid, BTreeSet<&str>> = BTreeMap::new();
    for sighting in sightings {
        phones.entry(sighting.user).or_default().insert(&sighting.phone);
    }
    let facts = |(user, phones): (Uuid, BTreeSet<&str>)| {
        let bears = |each: &&Sighting| each.user == user || (each.hardware && phones.contains(each.phone.as_str()));
        let mut sightings: Vec<Sighting> = sightings.iter().filter(bears).cloned().collect();
        sightings.sort_by_key(|each| each.id);
        (user, ProxyFacts { user, sightings })
    };
    phones.into_iter().map(facts).collect()
}

/// Rules on a person's day. No reason names anybody else.
pub fn decide(facts: &ProxyFacts, policy: &Policy) -> Ruling<ProxyVerdict> {
    let own: Vec<&Sighting> = facts.sightings.iter().filter(|each| each.user == facts.user).collect();
    let mut reasons = Vec::new();
    let mut suspect = |known| reasons.push(Reason::new(Rule::At16, Answer::Unclear, known));
    if facts.sightings.iter().any(|each| each.user != facts.user) {
        suspect(json!({"case": "shared_phone"}));
    }
    if own.iter().any(|middle| interleaves(middle, &own)) {
        suspect(json!({"case": "two_phones"}));
    }
    let places: Vec<Spot> = own.iter().filter_map(|each| Spot::of(each)).collect();
    let pairs =
        places.iter().enumerate().flat_map(|(index, one)| places[index + 1..].iter().map(move |other| (one, other)));
    // the exact distance of two places is dear, and matters only for who may have been too fast
    let limit = f64::from(policy.travel.max_kmh);
    let fastest = pairs.fold(0.0_f64, |fastest, (one, other)| {
        if one.speed_kmh(other, Spot::at_most_metres) > fastest.max(limit) {
            fastest.max(one.speed_kmh(other, Spot::metres))
        } else {
            fastest
        }
    });
    if fastest > f64::from(policy.travel.max_kmh) {
        suspect(json!({"case": "travel", "kmh": fastest.min(1_000_000.0).round(), "max": policy.travel.max_kmh}));
    }
    let outcome = if reasons.is_empty() { ProxyVerdict::Clear } else { ProxyVerdict::Review };
    Ruling { outcome, reasons }
}

/// Whether a check-in on one phone certainly lies between two on another: whoever changes phones does not go back and forth.
fn interleaves(middle: &Sighting, all: &[&Sighting]) -> bool {
    let others = || all.iter().filter(|each| each.phone != middle.phone);
    let before = others().filter(|each| each.moment.precedes(&middle.moment) == Answer::Yes);
    let after: BTreeSet<&str> = others()
        .filter(|each| middle.moment.precedes(&each.moment) == Answer::Yes)
        .map(|each| each.phone.as_str())
        .collect();
    before.into_iter().any(|each| after.contains(each.phone.as_str()))
}

/// Where and when somebody was seen, as far as the location can be believed.
struct Spot {
    position: Position,
    accuracy_m: f64,
    moment: Moment,
}

impl Spot {
    fn of(sighting: &Sighting) -> Option<Self> {
        let credible = |location: &&Location| sighting.own && !location.mocked && location.accuracy_m >= 0.0;
        let location = sighting.location.as_ref().filter(credible)?;
        Some(Self { position: location.position(), accuracy_m: location.accuracy_m, moment: sighting.moment })
    }

    /// How fast somebody travelled at least: the distance less both accuracies over the longest time that can lie between, in km/h.
    fn speed_kmh(&self, other: &Self, metres: impl Fn(&Self, &Self) -> f64) -> f64 {
        let metres = metres(self, other) - self.accuracy_m - other.accuracy_m;
        if metres <= 0.0 {
            return 0.0;
        }
        let (a, b) = (self.moment, other.moment);
        let longest_ms = (a.latest - b.earliest).abs().max((b.latest - a.earliest).abs());
        // at the same instant in two places: as fast as can be
        let hours = f64::from(i32::try_from(longest_ms).unwrap_or(i32::MAX)).max(1.0) / 3_600_000.0;
        metres / 1_000.0 / hours
    }

    fn metres(&self, other: &Self) -> f64 {
        let point = |spot: &Self| Point::new(spot.position.lng, spot.position.lat);
        Geodesic.distance(point(self), point(other))
    }

    /// No geodesic is longer: along a meridian and a parallel of the equator's size, by degrees of 111.7 km, the longest on WGS-84.
    fn at_most_metres(&self, other: &Self) -> f64 {
        let lng = (self.position.lng - other.position.lng).abs();
        111_700.0 * ((self.position.lat - other.position.lat).abs() + lng.min(360.0 - lng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::datum::Datum;
    use crate::rules::fixtures::{between, exact, id};

    fn at_km(km: f64, accuracy_m: f64) -> Location {
        // a degree of latitude is 110.858 km at 30.5°
        Location { lat: 30.5 + km / 110.858, lng: 104.06, accuracy_m, mocked: false, datum: Datum::Wgs84 }
    }

    fn seen(number: u128, user: u128, phone: &str, moment: Moment, location: Option<Location>) -> Sighting {
        Sighting {
            id: id(number),
            user: id(user),
            phone: phone.to_owned(),
            hardware: true,
            moment,
            location,
            own: true,
        }
    }

    fn cases(sightings: &[Sighting], user: u128) -> Vec<String> {
        let facts = days(sightings).remove(&id(user)).unwrap();
        let ruling = decide(&facts, &Policy::default());
        assert_eq!(ruling.outcome == ProxyVerdict::Clear, ruling.reasons.is_empty());
        ruling.reasons.iter().map(|reason| reason.facts["case"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn at_16_one_phone_under_two_accounts_flags_both_and_nobody_else() {
        let day = [
            seen(1, 1, "a", exact("09:00"), None),
            seen(2, 2, "a", exact("09:01"), None),
            seen(3, 3, "b", exact("09:02"), None),
        ];
        assert_eq!(cases(&day, 1), ["shared_phone"]);
        assert_eq!(cases(&day, 2), ["shared_phone"]);
        assert_eq!(cases(&day, 3), [] as [String; 0]);
        // a device without known hardware is one account's by itself
        let unknown = day.clone().map(|each| Sighting { hardware: false, ..each });
        assert_eq!(cases(&unknown, 1), [] as [String; 0]);
    }

    #[test]
    fn at_16_one_user_on_two_phones_at_once_goes_back_and_forth() {
        let day = |times: [(&'static str, &'static str); 3]| -> Vec<Sighting> {
            let row = |(n, (phone, time)): (usize, (&str, &str))| seen(n as u128, 1, phone, exact(time), None);
            times.into_iter().enumerate().map(row).collect()
        };
        assert_eq!(cases(&day([("a", "09:00"), ("b", "09:05"), ("a", "09:10")]), 1), ["two_phones"]);
        assert_eq!(cases(&day([("a", "09:00"), ("a", "09:05"), ("b", "09:10")]), 1), [] as [String; 0], "a new phone");
        assert_eq!(cases(&day([("a", "09:00"), ("b", "09:05"), ("c", "09:10")]), 1), [] as [String; 0], "nor back");
        let unclear = [
            seen(1, 1, "a", exact("09:00"), None),
            seen(2, 1, "b", between("08:00", "10:00"), None),
            seen(3, 1, "a", exact("09:10"), None),
        ];
        assert_eq!(cases(&unclear, 1), [] as [String; 0], "not for certain");
    }

    #[test]
    fn at_16_impossible_travel_is_the_distance_less_both_accuracies_over_the_longest_time() {
        let pair = |km, accuracy, later| {
            [
                seen(1, 1, "a", exact("09:00"), Some(at_km(0.0, accuracy))),
                seen(2, 1, "a", later, Some(at_km(km, accuracy))),
            ]
        };
        let rows = [
            (pair(149.0, 0.0, exact("10:00")), false),
            (pair(151.0, 0.0, exact("10:00")), true),
            (pair(151.0, 600.0, exact("10:00")), false),
            (pair(151.0, 400.0, exact("10:00")), true),
            (pair(151.0, 0.0, between("10:00", "10:02")), false),
            (pair(1.0, 10.0, exact("09:00")), true),
            (pair(0.01, 10.0, exact("09:00")), false),
        ];
        for (day, flagged) in rows {
            assert_eq!(cases(&day, 1) == ["travel"], flagged, "{day:?}");
        }
    }

    #[test]
    fn at_16_mocked_and_missing_locations_and_those_of_others_say_nothing_about_travel() {
        let day = |change: fn(Sighting) -> Sighting| {
            [
                seen(1, 1, "a", exact("09:00"), Some(at_km(0.0, 10.0))),
                change(seen(2, 1, "a", exact("09:01"), Some(at_km(300.0, 10.0)))),
            ]
        };
        assert_eq!(cases(&day(|each| each), 1), ["travel"]);
        let mocked =
            |each: Sighting| Sighting { location: each.location.map(|at| Location { mocked: true, ..at }), ..each };
        assert_eq!(cases(&day(mocked), 1), [] as [String; 0]);
        assert_eq!(cases(&day(|each| Sighting { location: None, ..each }), 1), [] as [String; 0]);
        assert_eq!(cases(&day(|each| Sighting { own: false, ..each }), 1), [] as [String; 0]);
    }

    #[test]
    fn at_16_the_order_of_arrival_changes_nothing() {
        let mut day = vec![
            seen(1, 1, "a", exact("09:00"), Some(at_km(0.0, 10.0))),
            seen(2, 1, "b", exact("09:01"), Some(at_km(300.0, 10.0))),
            seen(3, 1, "a", exact("09:02"), None),
            seen(4, 2, "a", exact("09:03"), None),
        ];
        let expected = days(&day);
        for _ in 0..4 {
            day.rotate_left(1);
            assert_eq!(days(&day), expected);
        }
        assert_eq!(cases(&day, 1), ["shared_phone", "two_phones", "travel"]);
    }
}
