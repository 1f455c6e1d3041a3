//! AT-22: whether somebody was inside an area, as far as the location can tell.

use geo::{Distance, Geodesic, Point};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;

use super::datum::{Datum, Position};
use super::ruling::{Reason, Rule};

/// A location as the phone sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lng: f64,
    /// How far off it may be, in metres.
    pub accuracy_m: f64,
    /// The phone says that the location was set by a program.
    #[serde(default)]
    pub mocked: bool,
    /// The datum of the coordinates.
    #[serde(default = "wgs84")]
    pub datum: Datum,
}

const fn wgs84() -> Datum {
    Datum::Wgs84
}

impl Location {
    /// Where it is in WGS-84.
    pub fn position(&self) -> Position {
        Position { lat: self.lat, lng: self.lng }.to_wgs84(self.datum)
    }
}

/// An area on the ground, in WGS-84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Area {
    /// Everything within a distance of a point.
    Circle {
        /// The point.
        centre: Position,
        /// The distance in metres.
        radius_m: f64,
    },
}

impl Area {
    /// Inside when distance + accuracy ≤ radius, outside when distance − accuracy > radius, else unclear.
    pub fn contains(&self, location: &Location) -> Answer {
        let Self::Circle { radius_m, .. } = self;
        // phones write a negative accuracy for a position they do not trust
        let accuracy = if location.accuracy_m >= 0.0 { location.accuracy_m } else { f64::INFINITY };
        let distance = self.distance_m(location);
        if distance + accuracy <= *radius_m {
            Answer::Yes
        } else if distance - accuracy > *radius_m {
            Answer::No
        } else {
            Answer::Unclear
        }
    }

    /// The distance to the area's centre over the ellipsoid, in metres.
    pub fn distance_m(&self, location: &Location) -> f64 {
        let Self::Circle { centre, .. } = self;
        let position = location.position();
        Geodesic.distance(Point::new(centre.lng, centre.lat), Point::new(position.lng, position.lat))
    }
}

/// AT-22: whether a location is inside one of the areas. Mocked, missing, or nothing to be inside of is unclear.
pub fn inside_any(areas: &[Area], location: Option<&Location>) -> Reason {
    let Some(location) = location else {
        return Reason::new(Rule::At22, Answer::Unclear, json!({"location": "missing"}));
    };
    if location.mocked {
        return Reason::new(Rule::At22, Answer::Unclear, json!({"location": "mocked"}));
    }
    let answer = areas.iter().map(|area| area.contains(location)).reduce(Answer::or).unwrap_or(Answer::Unclear);
    let nearest = areas.iter().map(|area| area.distance_m(location)).min_by(f64::total_cmp);
    let known = json!({"distance_m": nearest.map(f64::round), "accuracy_m": location.accuracy_m});
    Reason::new(Rule::At22, answer, known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: Area = Area::Circle { centre: Position { lat: 30.50, lng: 104.06 }, radius_m: 200.0 };

    /// A location so many metres north of the site; a degree of latitude there has 110,858 m.
    fn north(metres: f64, accuracy_m: f64) -> Location {
        Location { lat: 30.50 + metres / 110_858.0, lng: 104.06, accuracy_m, mocked: false, datum: Datum::Wgs84 }
    }

    #[test]
    fn distances_follow_the_ellipsoid() {
        for metres in [1.0, 200.0, 5_000.0] {
            assert!((SITE.distance_m(&north(metres, 0.0)) - metres).abs() < metres * 0.001 + 0.01, "{metres}");
        }
    }

    #[test]
    fn at_22_inside_outside_and_unclear() {
        let rows = [
            (0.0, 200.0, Answer::Yes),
            (0.0, 200.01, Answer::Unclear),
            (190.0, 9.0, Answer::Yes),
            (190.0, 11.0, Answer::Unclear),
            (209.0, 10.0, Answer::Unclear),
            (211.0, 10.0, Answer::No),
            (199.0, 0.0, Answer::Yes),
            (201.0, 0.0, Answer::No),
            (0.0, -1.0, Answer::Unclear),
            (0.0, f64::NAN, Answer::Unclear),
            (f64::NAN, 5.0, Answer::Unclear),
            (5_000.0, f64::INFINITY, Answer::Unclear),
        ];
        for (metres, accuracy_m, answer) in rows {
            assert_eq!(SITE.contains(&north(metres, accuracy_m)), answer, "{metres} ± {accuracy_m}");
        }
    }

    #[test]
    fn at_22_mocked_or_missing_is_unclear_wherever_it_says_to_be() {
        let mocked = Location { mocked: true, ..north(0.0, 1.0) };
        assert_eq!(inside_any(&[SITE], Some(&mocked)).answer, Answer::Unclear);
        assert_eq!(inside_any(&[SITE], None).answer, Answer::Unclear);
        assert_eq!(inside_any(&[], Some(&north(0.0, 1.0))).answer, Answer::Unclear);
    }

    #[test]
    fn at_22_one_area_of_several_is_enough() {
        let post = Area::Circle { centre: Position { lat: 30.60, lng: 104.06 }, radius_m: 150.0 };
        assert_eq!(inside_any(&[SITE, post], Some(&north(10.0, 5.0))).answer, Answer::Yes);
        assert_eq!(inside_any(&[post], Some(&north(10.0, 5.0))).answer, Answer::No);
        assert_eq!(inside_any(&[SITE, post], Some(&north(210.0, 20.0))).answer, Answer::Unclear);
    }

    #[test]
    fn at_22_map_coordinates_are_converted_before_they_are_measured() {
        let on_site =
            Location { lat: 30.497_549, lng: 104.062_477, accuracy_m: 5.0, mocked: false, datum: Datum::Gcj02 };
        let as_wgs84 = Location { datum: Datum::Wgs84, ..on_site.clone() };
        assert_eq!(SITE.contains(&on_site), Answer::Yes);
        assert_eq!(SITE.contains(&as_wgs84), Answer::No);
    }

    #[test]
    fn a_location_reads_as_phones_send_it() {
        let sent: Location = serde_json::from_str(r#"{"lat":30.5,"lng":104.06,"accuracy_m":12}"#).unwrap();
        assert_eq!(sent, north(0.0, 12.0));
    }
}
