//! Chinese map datums to WGS-84: GCJ-02, hundreds of metres off inside mainland China, and BD-09 on top of it.
//!
//! The forward formulas are the published approximations; the way back is found by iterating them, to well below a millimetre.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use sync_core::words;

words! {
    /// The datum of a location's coordinates.
    pub enum Datum {
        /// What satellites deliver.
        Wgs84 = "wgs84",
        /// What Chinese map services must use.
        Gcj02 = "gcj02",
        /// GCJ-02 shifted once more.
        Bd09 = "bd09",
    }
}

/// A position in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Latitude, north positive.
    pub lat: f64,
    /// Longitude, east positive.
    pub lng: f64,
}

impl Position {
    /// The position in WGS-84.
    pub fn to_wgs84(self, datum: Datum) -> Self {
        match datum {
            Datum::Wgs84 => self,
            Datum::Gcj02 => self.undo(Self::wgs84_to_gcj02),
            Datum::Bd09 => self.undo(Self::gcj02_to_bd09).undo(Self::wgs84_to_gcj02),
        }
    }

    /// The position that `shift` moves here.
    fn undo(self, shift: fn(Self) -> Self) -> Self {
        let mut guess = self;
        // the shifts are nearly constant over their own length: every round gains two digits or more
        for _ in 0..12 {
            let moved = shift(guess);
            let (lat, lng) = (self.lat - moved.lat, self.lng - moved.lng);
            guess = Self { lat: guess.lat + lat, lng: guess.lng + lng };
            if lat.abs().max(lng.abs()) < 1e-12 {
                break;
            }
        }
        guess
    }

    /// The obfuscation applied inside mainland China; elsewhere nothing.
    fn wgs84_to_gcj02(self) -> Self {
        if !(0.8293..=55.8271).contains(&self.lat) || !(72.004..=137.8347).contains(&self.lng) {
            return self;
        }
        // the Krasovsky 1940 ellipsoid
        let (semi_major, eccentricity2) = (6_378_245.0, 0.006_693_421_622_965_943);
        let (x, y) = (self.lng - 105.0, self.lat - 35.0);
        let latitude = self.lat.to_radians();
        let curvature = 1.0 - eccentricity2 * latitude.sin().powi(2);
        let meridian = semi_major * (1.0 - eccentricity2) / curvature.powf(1.5);
        let parallel = semi_major / curvature.sqrt() * latitude.cos();
        Self {
            lat: self.lat + (north_m(x, y) / meridian).to_degrees(),
            lng: self.lng + (east_m(x, y) / parallel).to_degrees(),
        }
    }

    fn gcj02_to_bd09(self) -> Self {
        let turns = PI * 3_000.0 / 180.0;
        let radius = self.lng.hypot(self.lat) + 0.000_02 * (self.lat * turns).sin();
        let angle = self.lat.atan2(self.lng) + 0.000_003 * (self.lng * turns).cos();
        Self { lat: radius * angle.sin() + 0.006, lng: radius * angle.cos() + 0.006_5 }
    }
}

/// How far GCJ-02 moves a position north, in metres.
fn north_m(x: f64, y: f64) -> f64 {
    -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + waves(&[(20.0, 6.0 * x), (20.0, 2.0 * x), (20.0, y), (40.0, y / 3.0), (160.0, y / 12.0), (320.0, y / 30.0)])
}

/// How far GCJ-02 moves a position east, in metres.
fn east_m(x: f64, y: f64) -> f64 {
    300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + waves(&[(20.0, 6.0 * x), (20.0, 2.0 * x), (20.0, x), (40.0, x / 3.0), (150.0, x / 12.0), (300.0, x / 30.0)])
}

fn waves(waves: &[(f64, f64)]) -> f64 {
    waves.iter().map(|(amplitude, turns)| amplitude * (turns * PI).sin()).sum::<f64>() * 2.0 / 3.0
}

#[cfg(test)]
mod tests {
    use geo::{Distance, Geodesic, Point};

    use super::*;

    const PLACES: [(f64, f64); 6] = [
        (30.50, 104.06),
        (39.908_823, 116.397_470),
        (31.230_416, 121.473_701),
        (22.543, 114.057),
        (45.80, 126.53),
        (43.82, 87.61),
    ];

    fn metres(one: Position, other: Position) -> f64 {
        Geodesic.distance(Point::new(one.lng, one.lat), Point::new(other.lng, other.lat))
    }

    #[test]
    fn what_a_map_shifts_comes_back_to_the_millimetre() {
        for (lat, lng) in PLACES {
            let true_position = Position { lat, lng };
            let gcj02 = true_position.wgs84_to_gcj02();
            let bd09 = gcj02.gcj02_to_bd09();
            assert!(metres(true_position, gcj02) > 100.0 && metres(gcj02, bd09) > 500.0);
            assert!(metres(gcj02.to_wgs84(Datum::Gcj02), true_position) < 0.001, "{lat} {lng}");
            assert!(metres(bd09.to_wgs84(Datum::Bd09), true_position) < 0.001, "{lat} {lng}");
            assert_eq!(true_position.to_wgs84(Datum::Wgs84), true_position);
        }
    }

    #[test]
    fn known_positions_agree_with_the_published_conversion() {
        // the gate of Tiananmen as map services show it
        let gcj02 = Position { lat: 39.908_823, lng: 116.397_470 }.wgs84_to_gcj02();
        assert!(metres(gcj02, Position { lat: 39.910_226_8, lng: 116.403_713_2 }) < 1.0, "{gcj02:?}");
        let chengdu = Position { lat: 30.50, lng: 104.06 };
        let shift = metres(chengdu, chengdu.wgs84_to_gcj02());
        assert!((shift - 366.0).abs() < 2.0, "{shift}");
    }

    #[test]
    fn outside_china_nothing_is_shifted() {
        let berlin = Position { lat: 52.52, lng: 13.40 };
        assert_eq!(berlin.to_wgs84(Datum::Gcj02), berlin);
    }
}
