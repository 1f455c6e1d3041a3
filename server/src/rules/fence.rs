//! AT-22: whether somebody was inside an area, as far as the location can tell.

use geo::{Centroid, Distance, Geodesic, Intersects, Line, Point, Polygon};
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Everything inside a line of corners, the last one joined to the first.
    Polygon {
        /// The corners, in order.
        corners: Vec<Position>,
    },
}

/// Why corners enclose no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolygonFault {
    /// Fewer than three of them differ.
    #[error("has fewer than three different corners")]
    FewCorners,
    /// Two sides cross or touch; they begin at the corners of these indices.
    #[error("crosses itself: the side after corner {0} meets the one after corner {1}")]
    Crosses(usize, usize),
}

impl Area {
    /// Inside when the edge is at least the accuracy away, outside when it is further away than the accuracy, else unclear. For a circle:
    /// distance + accuracy ≤ radius, and distance − accuracy > radius.
    pub fn contains(&self, location: &Location) -> Answer {
        // phones write a negative accuracy for a position they do not trust
        let accuracy = if location.accuracy_m >= 0.0 { location.accuracy_m } else { f64::INFINITY };
        let room = self.room_m(location);
        if room >= accuracy {
            Answer::Yes
        } else if -room > accuracy {
            Answer::No
        } else {
            Answer::Unclear
        }
    }

    /// The distance to the area's centre over the ellipsoid, in metres.
    pub fn distance_m(&self, location: &Location) -> f64 {
        let centre = match self {
            Self::Circle { centre, .. } => point(centre),
            Self::Polygon { corners } => ring(corners).centroid().unwrap_or_default(),
        };
        Geodesic.distance(centre, point(&location.position()))
    }

    /// How far the edge is away over the ellipsoid, in metres: positive inside, negative outside.
    fn room_m(&self, location: &Location) -> f64 {
        match self {
            Self::Circle { radius_m, .. } => radius_m - self.distance_m(location),
            Self::Polygon { corners } => {
                let position = point(&location.position());
                let (ring, edge) = (ring(corners), to_edge_m(corners, position));
                if ring.intersects(&position) { edge } else { -edge }
            }
        }
    }

    /// A polygon; a last corner that repeats the first is left out.
    ///
    /// # Errors
    /// [`PolygonFault`]
    pub fn polygon(mut corners: Vec<Position>) -> Result<Self, PolygonFault> {
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        let different = |(index, corner): &(usize, &Position)| !corners[..*index].contains(corner);
        if corners.iter().enumerate().filter(different).count() < 3 {
            return Err(PolygonFault::FewCorners);
        }
        let sides: Vec<Line> = sides(&corners).collect();
        for (first, one) in sides.iter().enumerate() {
            for (second, other) in sides.iter().enumerate().skip(first + 1) {
                let adjacent = second == first + 1 || (first == 0 && second == sides.len() - 1);
                // neighbours share a corner, and nothing else
                let folded =
                    || one.start == other.end && one.end == other.start || one.start == one.end || on_both(one, other);
                if if adjacent { folded() } else { one.intersects(other) } {
                    return Err(PolygonFault::Crosses(first, second));
                }
            }
        }
        Ok(Self::Polygon { corners })
    }
}

/// Whether two sides that share a corner run over each other.
fn on_both(one: &Line, other: &Line) -> bool {
    let far = |line: &Line, than: &Line| {
        if than.start == line.start || than.end == line.start { line.end } else { line.start }
    };
    one.intersects(&far(other, one)) || other.intersects(&far(one, other))
}

fn point(position: &Position) -> Point {
    Point::new(position.lng, position.lat)
}

fn ring(corners: &[Position]) -> Polygon {
    Polygon::new(corners.iter().map(point).collect(), Vec::new())
}

fn sides(corners: &[Position]) -> impl Iterator<Item = Line> {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(from, to)| Line::new(point(from), point(to)))
}

/// The geodesic distance to the nearest point of the edge. Which point that is, is found on a plane that is true around the position.
fn to_edge_m(corners: &[Position], position: Point) -> f64 {
    let narrow = position.y().to_radians().cos();
    let flat = |at: geo::Coord| ((at.x - position.x()) * narrow, at.y - position.y());
    let distance = |side: Line| {
        let ((x1, y1), (x2, y2)) = (flat(side.start), flat(side.end));
        let (dx, dy) = (x2 - x1, y2 - y1);
        let along = -(x1 * dx + y1 * dy) / (dx * dx + dy * dy);
        let along = along.clamp(0.0, 1.0);
        let nearest = side.start + side.delta() * along;
        Geodesic.distance(position, Point::from(nearest))
    };
    // not f64::min, which would pass over what is no number
    sides(corners).map(distance).fold(f64::INFINITY, |least, each| if each >= least { least } else { each })
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

    fn square(half_m: f64) -> Area {
        let (north, east) = (half_m / 110_858.0, half_m / 95_993.0);
        let corner = |lat: f64, lng: f64| Position { lat: 30.50 + lat * north, lng: 104.06 + lng * east };
        Area::polygon(vec![corner(-1.0, -1.0), corner(-1.0, 1.0), corner(1.0, 1.0), corner(1.0, -1.0)]).unwrap()
    }

    #[test]
    fn distances_follow_the_ellipsoid() {
        for metres in [1.0, 200.0, 5_000.0] {
            assert!((SITE.distance_m(&north(metres, 0.0)) - metres).abs() < metres * 0.001 + 0.01, "{metres}");
        }
    }

    #[test]
    fn at_22_a_circle_and_a_polygon_are_three_valued_alike() {
        let rows = [
            (0.0, 199.0, Answer::Yes),
            (0.0, 201.0, Answer::Unclear),
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
        for area in [SITE, square(200.0)] {
            for (metres, accuracy_m, answer) in rows {
                assert_eq!(area.contains(&north(metres, accuracy_m)), answer, "{metres} ± {accuracy_m}: {area:?}");
            }
        }
        // to the centimetre where nothing is rounded
        for (accuracy_m, answer) in [(200.0, Answer::Yes), (200.01, Answer::Unclear)] {
            assert_eq!(SITE.contains(&north(0.0, accuracy_m)), answer, "± {accuracy_m}");
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
        assert_eq!(inside_any(&[SITE, post.clone()], Some(&north(10.0, 5.0))).answer, Answer::Yes);
        assert_eq!(inside_any(std::slice::from_ref(&post), Some(&north(10.0, 5.0))).answer, Answer::No);
        assert_eq!(inside_any(&[SITE, post], Some(&north(210.0, 20.0))).answer, Answer::Unclear);
    }

    #[test]
    fn at_22_a_polygon_may_be_hollowed_out_on_one_side() {
        let at = |lat: f64, lng: f64| Position { lat, lng };
        // a U, open to the north
        let corners = [
            (0.0, 0.0),
            (0.0, 0.03),
            (0.03, 0.03),
            (0.03, 0.02),
            (0.01, 0.02),
            (0.01, 0.01),
            (0.03, 0.01),
            (0.03, 0.0),
        ];
        let area = Area::polygon(corners.iter().map(|(lat, lng)| at(*lat, *lng)).collect()).unwrap();
        let here = |lat, lng| Location { lat, lng, accuracy_m: 10.0, mocked: false, datum: Datum::Wgs84 };
        for (lat, lng, answer) in [
            (0.02, 0.005, Answer::Yes),
            (0.02, 0.015, Answer::No),
            (0.005, 0.015, Answer::Yes),
            (0.01, 0.015, Answer::Unclear),
        ] {
            assert_eq!(area.contains(&here(lat, lng)), answer, "{lat} {lng}");
        }
    }

    #[test]
    fn corners_that_enclose_nothing_are_refused() {
        use PolygonFault::{Crosses, FewCorners};
        type Row<'a> = (&'a [(f64, f64)], Option<PolygonFault>);
        let read = |corners: &[(f64, f64)]| {
            Area::polygon(corners.iter().map(|(lat, lng)| Position { lat: *lat, lng: *lng }).collect())
        };
        let rows: [Row<'_>; 8] = [
            (&[], Some(FewCorners)),
            (&[(0.0, 0.0), (0.0, 1.0)], Some(FewCorners)),
            (&[(0.0, 0.0), (0.0, 1.0), (0.0, 0.0)], Some(FewCorners)),
            (&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)], None),
            (&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)], None),
            (&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)], Some(Crosses(0, 2))),
            (&[(0.0, 0.0), (0.0, 1.0), (0.0, 2.0)], Some(Crosses(0, 2))),
            (&[(0.0, 0.0), (0.0, 2.0), (0.0, 1.0), (1.0, 1.0)], Some(Crosses(0, 1))),
        ];
        for (corners, fault) in rows {
            assert_eq!(read(corners).err(), fault, "{corners:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn at_22_a_polygon_of_many_corners_answers_like_the_circle_around_it(
            turn in 0.0..std::f64::consts::TAU, metres in 0.0..500.0_f64, accuracy_m in 0.0..120.0_f64,
        ) {
            // a circle's edge lies within 0.3 m of that of 64 corners on it
            let (lat_m, lng_m) = (110_858.0, 95_993.0);
            let around = |n: i32| f64::from(n) * std::f64::consts::TAU / 64.0;
            let corner = |n| Position { lat: 30.50 + 200.0 * around(n).cos() / lat_m, lng: 104.06 + 200.0 * around(n).sin() / lng_m };
            let polygon = Area::polygon((0..64).map(corner).collect()).unwrap();
            let location = Location {
                lat: 30.50 + metres * turn.cos() / lat_m, lng: 104.06 + metres * turn.sin() / lng_m,
                accuracy_m, mocked: false, datum: Datum::Wgs84,
            };
            let near_the_edge = ((metres - 200.0).abs() - accuracy_m).abs() < 1.0;
            if !near_the_edge {
                proptest::prop_assert_eq!(polygon.contains(&location), SITE.contains(&location));
            }
        }

        #[test]
        fn at_22_a_square_knows_its_inside_by_its_sides(
            north_m in -400.0..400.0_f64, east_m in -400.0..400.0_f64, accuracy_m in 0.0..50.0_f64,
        ) {
            let location = Location {
                lat: 30.50 + north_m / 110_858.0, lng: 104.06 + east_m / 95_993.0,
                accuracy_m, mocked: false, datum: Datum::Wgs84,
            };
            let (dx, dy) = (east_m.abs() - 200.0, north_m.abs() - 200.0);
            let room = if dx <= 0.0 && dy <= 0.0 { -dx.max(dy) } else { -dx.max(0.0).hypot(dy.max(0.0)) };
            if (room.abs() - accuracy_m).abs() > 1.0 {
                let expected = if room >= accuracy_m { Answer::Yes } else if -room > accuracy_m { Answer::No } else { Answer::Unclear };
                proptest::prop_assert_eq!(square(200.0).contains(&location), expected);
            }
        }
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
