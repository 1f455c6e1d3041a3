//! What the software says about each rule of the rulebook, in English and 简体中文.
//!
//! The table is the source of `rulebook.md`. A reason of a ruling names a rule, an answer and facts; [`message`] finds
//! the most particular sentence of that rule: the first whose answer fits, whose case is one of the facts, and whose
//! `{places}` the facts fill.
//!
//! Rule messages are stored and sent in both languages as one text, a line of English and a line of 简体中文
//! ([`Text::both`]): in `verdict.reasons[].message`, in `outcomes[].message`, in rulings and in the answers of the desk.
//! Instants among the facts are Unix ms; people read them in the project's zone.

mod attendance;
mod booking;
mod faults;
mod logs;
mod protection;
mod table;
mod visits;

pub use faults::fault;
pub use table::{Rule, Sentence};

use std::fmt;

use chrono::TimeZone;
use serde_json::{Map, Value};
use sync_core::time::Answer;

use crate::locale::Text;

/// Every rule of part 1, family by family in the order of the rulebook.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules)
}

/// A chapter of the rulebook.
#[derive(Debug)]
pub struct Family {
    /// The heading.
    pub title: Text,
    /// Its rules.
    pub rules: &'static [Rule],
}

/// The chapters of part 1.
pub static FAMILIES: [Family; 8] = [
    Family { title: Text::new("BK · Booking ahead of arrival", "BK · 报备"), rules: booking::BOOKING },
    Family {
        title: Text::new("CF · Arrival and confirmation sheet", "CF · 到访与渠道客户确认单"),
        rules: booking::SHEET,
    },
    Family { title: Text::new("PR · Protection", "PR · 客户保护期"), rules: protection::PROTECTION },
    Family { title: Text::new("DS · Disputes", "DS · 判客"), rules: protection::DISPUTES },
    Family { title: Text::new("AT, MC · Attendance", "AT、MC · 考勤"), rules: attendance::ATTENDANCE },
    Family {
        title: Text::new("FW, OV · Visits, canvassing, outlets", "FW、OV · 拜访、行销与渠道维系"),
        rules: visits::VISITS,
    },
    Family { title: Text::new("WL · Daily log", "WL · 工作日志"), rules: logs::LOGS },
    Family {
        title: Text::new("TR, DP, PT · Gates and privacy", "TR、DP、PT · 准入与隐私"), rules: logs::GATES
    },
];

/// What a decision of a person says.
static DECIDED: Text = Text::new("Decided by a person: {reason}", "人工判定：{reason}");

/// The rule of this id, when part 1 has it.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// What to tell people about one reason of a ruling, in both languages.
///
/// A reason that a person decided (`decided_as`, `reason`) says so, whatever its rule. What a rule refuses to do at once has the fact
/// `case`, the name of the refusal: `message("CF-5", Answer::No, &json!({"case": "same_person"}), zone)`.
///
/// `facts` are the reason's facts (an object; anything else counts as none), `zone` is the project's. A rule outside of
/// the table is named by its id.
pub fn message<Z: TimeZone>(id: &str, answer: Answer, facts: &Value, zone: &Z) -> Text
where
    Z::Offset: fmt::Display,
{
    let none = Map::new();
    let facts = facts.as_object().unwrap_or(&none);
    match rule(id) {
        _ if facts.contains_key("decided_as") && DECIDED.is_filled_by(facts) => DECIDED.fill(facts, zone),
        Some(rule) => rule.message(answer, facts, zone),
        None => Text { en: id.to_owned().into(), zh: id.to_owned().into() },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::Utc;
    use serde_json::json;

    use super::*;
    use crate::locale::placeholders;

    /// The ids of part 1 of the rulebook, and the two partner rules its verdict at arrival names.
    const PART_1: &str = "BK-1 BK-2 BK-3 BK-4 BK-5 BK-6 BK-7 BK-8 BK-9 BK-10 BK-11 BK-12 BK-13 BK-14 BK-15 \
        CF-1 CF-2 CF-3 CF-4 CF-5 CF-6 CF-7 CF-8 CF-9 CF-10 PR-1 PR-2 PR-3 PR-4 PR-5 PR-7 DS-1 DS-2 DS-3 DS-4 DS-7 \
        AT-1 AT-2 AT-3 AT-4 AT-5 AT-8 AT-9 AT-10 AT-11 AT-12 AT-14 AT-15 AT-16 AT-22 MC-1 FW-4 FW-8 FW-9 FW-10 \
        OV-1 OV-2 OV-3 OV-4 OV-5 OV-7 OV-8 OV-9 WL-1 WL-2 WL-4 WL-5 WL-6 WL-7 WL-8 WL-9 WL-12 WL-16 \
        TR-1 DP-1 DP-2 DP-3 DP-6 PT-28 PT-29";

    #[test]
    fn the_table_has_every_rule_of_part_1_once() {
        let table: Vec<&str> = rules().map(|rule| rule.id).collect();
        let wanted: BTreeSet<&str> = PART_1.split_whitespace().collect();
        assert_eq!(table.iter().copied().collect::<BTreeSet<_>>(), wanted);
        assert_eq!(table.len(), wanted.len());
    }

    #[test]
    fn both_languages_of_every_text_say_the_same_facts() {
        for rule in rules() {
            let sentences = rule.sentences.iter().map(|sentence| &sentence.text);
            for text in sentences.chain([&rule.title, &rule.explanation]) {
                let names = |template| placeholders(template).collect::<BTreeSet<_>>();
                assert_eq!(names(&text.en), names(&text.zh), "{}: {text:?}", rule.id);
                assert!(text.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}: {}", rule.id, text.zh);
                assert!(!text.en.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}: {}", rule.id, text.en);
            }
            assert_eq!(placeholders(&rule.explanation.en).count(), 0, "{}", rule.id);
        }
    }

    #[test]
    fn no_sentence_hides_behind_an_earlier_one() {
        for rule in rules() {
            for (index, later) in rule.sentences.iter().enumerate() {
                for earlier in &rule.sentences[..index] {
                    let hides = (earlier.answer.is_none() || earlier.answer == later.answer)
                        && (earlier.case.is_none() || earlier.case == later.case)
                        && placeholders(&earlier.text.en).all(|name| placeholders(&later.text.en).any(|n| n == name));
                    assert!(!hides, "{}: {:?} hides {:?}", rule.id, earlier.text.en, later.text.en);
                }
            }
        }
    }

    #[test]
    fn the_most_particular_sentence_speaks() {
        let at = |answer, facts| message("BK-1", answer, &facts, &Utc).en.into_owned();
        assert_eq!(
            at(Answer::No, json!({"booked": "09:31", "arrived_at": 1_772_445_600_000_i64, "min_lead_minutes": 30})),
            "Booked 09:31, arrived 2026-03-02 10:00: less than 30 minutes."
        );
        assert_eq!(at(Answer::No, json!({})), "The booking came too late before the arrival.");
        let decided = json!({"decided_as": "site_lead", "reason": "same_person"});
        assert_eq!(message("CF-5", Answer::No, &decided, &Utc).en, "Decided by a person: same_person");
        let explanation = rule("BK-2").unwrap().explanation.clone();
        assert_eq!(message("BK-2", Answer::Yes, &json!(null), &Utc), explanation);
        assert_eq!(message("XX-1", Answer::Yes, &json!({}), &Utc).zh, "XX-1");
    }

    #[test]
    fn bk_15_a_protection_tells_its_end_and_never_its_holder() {
        let facts = json!({"until": 1_772_496_000_000_i64, "holder": "王芳", "owner": "王芳"});
        for id in ["PR-2", "PR-3", "BK-14", "CF-8", "DS-3"] {
            for answer in [Answer::Yes, Answer::No, Answer::Unclear] {
                let text = message(id, answer, &facts, &Utc);
                assert!(!format!("{text:?}").contains("王芳"), "{id}");
            }
        }
        assert_eq!(
            message("PR-3", Answer::No, &facts, &Utc).en,
            "The customer is protected for somebody else until 2026-03-03 00:00."
        );
    }
}
