//! OV-2, OV-9: cards that may be one outlet's, and what leads decide about cards.

use geo::{Distance, Geodesic, Point};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::datum::Position;
use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

/// Cards nearer than this may be one outlet's, in metres.
const NEAR_M: f64 = 30.0;
/// How alike the names of such cards are: of the longer name at most 35 % has to be changed to make it the other.
const ALIKE: f64 = 0.65;
/// Cells to a degree: one is 111 m high, and at least 30 m wide up to 74° of latitude.
const CELLS: f64 = 1_000.0;
/// Cells around the globe.
const AROUND: i64 = 360_000;

words! {
    /// Why two cards may be one outlet's.
    pub enum Likeness {
        /// They have the same name.
        Name = "name",
        /// They lie together and have similar names.
        Place = "place",
    }
}

words! {
    /// What a person decided about a card.
    pub enum CardVerdict {
        /// Its outlet has another card, which takes over.
        Merged = "merged",
        /// It is another outlet than the one it looks like.
        Distinct = "distinct",
        /// Nobody visits the outlet any longer.
        Dropped = "dropped",
        /// It is visited on, though it brings no lead.
        Kept = "kept",
    }
}

/// Everything a decision about a card rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFacts {
    /// What is decided.
    pub verdict: CardVerdict,
    /// By whom.
    pub by: Uuid,
    /// Why, in words.
    pub reason: String,
    /// The other card, where there is one.
    #[serde(default)]
    pub other: Option<Uuid>,
    /// Until when it is kept.
    #[serde(default)]
    pub until: Option<chrono::NaiveDate>,
}

/// Decides as the person decided.
pub fn decide(facts: &CardFacts) -> Ruling<CardVerdict> {
    let (rule, answer) = match facts.verdict {
        CardVerdict::Merged => (Rule::Ov2, Answer::No),
        CardVerdict::Distinct => (Rule::Ov2, Answer::Yes),
        CardVerdict::Dropped => (Rule::Ov9, Answer::No),
        CardVerdict::Kept => (Rule::Ov9, Answer::Yes),
    };
    let known = json!({"case": facts.verdict, "reason": facts.reason, "other": facts.other, "kept_until": facts.until});
    Ruling::because(facts.verdict, Reason::new(rule, answer, known))
}

/// A card as it is compared.
#[derive(Debug, Clone, Copy)]
pub struct Looks<'a> {
    /// Its folded name.
    pub name: &'a str,
    /// Where it is.
    pub position: Option<Position>,
}

/// OV-2: whether two cards may be one outlet's.
pub fn likeness(one: Looks<'_>, other: Looks<'_>) -> Option<Likeness> {
    if !one.name.is_empty() && one.name == other.name {
        return Some(Likeness::Name);
    }
    let (here, there) = (one.position?, other.position?);
    let apart_m = Geodesic.distance(Point::new(here.lng, here.lat), Point::new(there.lng, there.lat));
    let alike = strsim::normalized_levenshtein(one.name, other.name) >= ALIKE;
    (apart_m <= NEAR_M && alike).then_some(Likeness::Place)
}

/// A name without what does not distinguish outlets: width, case, spaces, punctuation. A branch keeps its number: 一店 is not 二店.
pub fn fold(name: &str) -> String {
    name.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The cell of the ground a position lies in.
pub fn cell(position: Position) -> i64 {
    number(row_and_column(position))
}

/// The cells in which everything within 30 m lies.
pub fn cells_around(position: Position) -> Vec<i64> {
    let (row, column) = row_and_column(position);
    (-1..=1).flat_map(|up| (-1..=1).map(move |right| number((row + up, column + right)))).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees times a thousand are far inside of i64; beyond, it saturates"
)]
fn row_and_column(position: Position) -> (i64, i64) {
    ((position.lat * CELLS).floor() as i64, (position.lng * CELLS).floor() as i64)
}

fn number((row, column): (i64, i64)) -> i64 {
    row.saturating_mul(AROUND).saturating_add(column.rem_euclid(AROUND))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(north_m: f64, east_m: f64) -> Position {
        // at 30.5° a degree of longitude has 95,970 m
        Position { lat: 30.50 + north_m / 110_858.0, lng: 104.06 + east_m / 95_970.0 }
    }

    fn alike(one: (&str, Option<Position>), other: (&str, Option<Position>)) -> Option<Likeness> {
        let (first, second) = (fold(one.0), fold(other.0));
        let one = Looks { name: &first, position: one.1 };
        let other = Looks { name: &second, position: other.1 };
        assert_eq!(likeness(one, other), likeness(other, one));
        likeness(one, other)
    }

    #[test]
    fn ov_2_the_same_name_is_suspicious_wherever_it_is() {
        for (one, other) in
            [("链家天府店", "链家 天府店"), ("ＬＩＡＮＪＩＡ", "lianjia"), ("链家（天府店）", "链家·天府店")]
        {
            assert_eq!(alike((one, None), (other, Some(at(5_000.0, 0.0)))), Some(Likeness::Name), "{one} {other}");
        }
        assert_eq!(alike(("链家一店", None), ("链家二店", None)), None);
        assert_eq!(alike(("！", None), ("？", None)), None, "nothing is left of the names");
    }

    #[test]
    fn ov_2_similar_names_within_30_metres_are_suspicious() {
        use Likeness::Place;
        let rows = [
            ("贝壳找房天府店", "贝壳天府店", 29.9, Some(Place)),
            ("贝壳找房天府店", "贝壳天府店", 30.1, None),
            ("链家天府店", "贝壳天府店", 1.0, None),
            ("中原地产一店", "中原地产二店", 1.0, Some(Place)),
            ("红旗超市", "安居门店", 0.0, None),
            // of twenty characters seven are others, which is 35 %, and eight
            ("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午八九十甲乙丙丁戊己庚辛壬癸", 0.0, Some(Place)),
            ("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未九十甲乙丙丁戊己庚辛壬癸", 0.0, None),
        ];
        for (one, other, apart_m, expected) in rows {
            assert_eq!(
                alike((one, Some(at(0.0, 0.0))), (other, Some(at(0.0, apart_m)))),
                expected,
                "{one} {other} {apart_m}"
            );
        }
    }

    #[test]
    fn ov_2_everything_within_30_metres_lies_in_the_cells_around() {
        for (north_m, east_m) in [(0.0, 0.0), (30.0, 0.0), (-30.0, 0.0), (0.0, 30.0), (0.0, -30.0), (21.0, -21.0)] {
            for start in [(0.0, 0.0), (55.0, 60.0), (110.0, 95.0)] {
                let here = at(start.0, start.1);
                let there = at(start.0 + north_m, start.1 + east_m);
                assert!(cells_around(here).contains(&cell(there)), "{north_m} {east_m} from {start:?}");
            }
        }
        let (west, east) = (Position { lat: -16.5, lng: 179.999_9 }, Position { lat: -16.5, lng: -179.999_9 });
        assert!(cells_around(west).contains(&cell(east)), "over the date line");
        assert_eq!(cells_around(east).len(), 9);
    }
}
