//! Reading a policy document so that all of its mistakes are told at once.

use serde_json::{Map, Value, json};

use super::Policy;

/// Something wrong in a policy document.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Mistake {
    /// Where, in dotted keys; empty for the document itself.
    pub path: String,
    /// What is wrong and what to do.
    pub problem: String,
    /// The same in Chinese.
    pub problem_zh: String,
}

pub(super) fn read(document: &Value) -> Result<Policy, Vec<Mistake>> {
    let defaults = serde_json::to_value(Policy::default()).unwrap_or_default();
    let mut mistakes = Vec::new();
    walk(&mut Vec::new(), document, &defaults, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let policy: Policy = serde_json::from_value(document.clone()).map_err(|error| vec![unreadable("", &error)])?;
    let mistakes = limits(&policy);
    if mistakes.is_empty() { Ok(policy) } else { Err(mistakes) }
}

/// Descends along the defaults' shape and tries every key on its own.
fn walk(path: &mut Vec<String>, given: &Value, default: &Value, mistakes: &mut Vec<Mistake>) {
    let Value::Object(known) = default else {
        let nested = path.iter().rev().fold(given.clone(), |inner, key| json!({ key: inner }));
        if let Err(error) = serde_json::from_value::<Policy>(nested) {
            mistakes.push(unreadable(&path.join("."), &error));
        }
        return;
    };
    let Value::Object(given) = given else {
        let known = keys(known);
        let (en, zh) = (format!("write an object with any of {known}"), format!("须为对象，可含 {known}"));
        mistakes.push(mistake(&path.join("."), en, zh));
        return;
    };
    for (key, value) in given {
        path.push(key.clone());
        if let Some(default) = known.get(key) {
            walk(path, value, default, mistakes);
        } else {
            let known = keys(known);
            let (en, zh) = (format!("unknown key; known here are {known}"), format!("未知的键；此处可用 {known}"));
            mistakes.push(mistake(&path.join("."), en, zh));
        }
        path.pop();
    }
}

fn keys(known: &Map<String, Value>) -> String {
    known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn mistake(path: &str, problem: String, problem_zh: String) -> Mistake {
    Mistake { path: path.to_owned(), problem, problem_zh }
}

/// What serde says.
fn unreadable(path: &str, error: &serde_json::Error) -> Mistake {
    mistake(path, error.to_string(), format!("取值无效：{error}"))
}

/// The smallest and the largest value of a key, or of the length of a list; what has no largest one ends at the type's.
/// The JSON schema says the same.
pub(super) const RANGES: [(&str, u32, u32); 18] = [
    ("booking.min_lead_minutes", 0, 1_440),
    ("booking.repeat_max", 1, u32::MAX),
    ("booking.repeat_window_days", 1, 3_650),
    ("booking.daily_cap", 1, u32::MAX),
    ("booking.mass_min_rate", 0, 1),
    ("booking.companions_max", 0, 50),
    ("deal.cancel_rest_days", 0, 3_650),
    ("protection.remind_days", 0, 10),
    ("reveal.daily_flag_at", 1, u32::MAX),
    ("dispute.window_hours", 1, 168),
    ("dispute.sla_working_days", 1, 60),
    ("dispute.appeal_days", 0, 60),
    ("roster.off_per_week", 0, 7),
    ("calendar.office_days", 1, 7),
    ("spot_check.minutes", 1, u32::MAX),
    ("travel.max_kmh", 1, u32::MAX),
    ("visit.radius_m", 1, 100_000),
    ("log.sample", 0, 1),
];

/// What types cannot say: ranges, and keys that must agree.
fn limits(policy: &Policy) -> Vec<Mistake> {
    let document = serde_json::to_value(policy).unwrap_or_default();
    let outside = RANGES.into_iter().filter_map(|(path, min, max)| {
        let value = path.split('.').try_fold(&document, |value, key| value.get(key))?;
        let number = value
            .as_array()
            .map_or_else(|| value.as_f64(), |list| Some(f64::from(u32::try_from(list.len()).unwrap_or(u32::MAX))))?;
        let holds = (f64::from(min)..=f64::from(max)).contains(&number);
        let (of, of_zh) = if value.is_array() { ("as many entries as ", "项数须") } else { ("", "须") };
        let (en, zh) = if max == u32::MAX {
            (format!("write {of}{min} or more"), format!("{of_zh}不小于 {min}"))
        } else {
            (format!("write {of}{min} to {max}"), format!("{of_zh}为 {min} 至 {max}"))
        };
        (!holds).then(|| mistake(path, en, zh))
    });
    let Policy { shift, calendar, .. } = policy;
    let agree = [
        (
            "shift.on_site_by",
            shift.on_site_by.time() <= shift.start.time(),
            "not after shift.start",
            "须不晚于 shift.start",
        ),
        ("shift.end", shift.end.time() > shift.start.time(), "after shift.start", "须晚于 shift.start"),
        (
            "shift.absent_after",
            (shift.start.time()..=shift.end.time()).contains(&shift.absent_after.time()),
            "between shift.start and shift.end",
            "须介于 shift.start 与 shift.end 之间",
        ),
        (
            "calendar.makeup_days",
            calendar.makeup_days.iter().all(|day| !calendar.holidays.contains(day)),
            "no day that is in calendar.holidays too",
            "不得与 calendar.holidays 重复",
        ),
    ];
    let apart = agree.into_iter().filter(|(_, holds, ..)| !holds);
    outside.chain(apart.map(|(path, _, en, zh)| mistake(path, format!("write {en}"), zh.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(document: &Value) -> Vec<String> {
        read(document).unwrap_err().into_iter().map(|mistake| mistake.path).collect()
    }

    #[test]
    fn an_empty_document_is_the_rulebook() {
        assert_eq!(read(&json!({})), Ok(Policy::default()));
        let defaults = serde_json::to_value(Policy::default()).unwrap();
        assert_eq!(read(&defaults), Ok(Policy::default()), "what is printed can be read");
    }

    #[test]
    fn every_key_of_part_1_has_the_rulebooks_default() {
        let expected = json!({
            "project": {"mode": "visit_decides"},
            "booking": {
                "min_lead_minutes": 30, "required_fields": [], "validity": "calendar_day", "repeat_max": 3,
                "repeat_window_days": 30, "daily_cap": null, "daily_review_at": 100, "mass_threshold": 10,
                "mass_min_rate": 0.5, "companions_max": 5, "allow_direct_bring": true
            },
            "conflict": {"bring_vs_booking": "review"},
            "newness": {"require": "both"},
            "sheet": {"entry_minutes": 15, "sign_hours": 24, "retention_years": 3},
            "deal": {"cancel_rest_days": 7},
            "protection": {"period": "2 months", "extensions_max": 1, "extension": "1 month", "remind_days": [7, 1]},
            "lead_protection": {"period": "2 months", "daily_max": 30},
            "reveal": {"daily_flag_at": 100},
            "dispute": {"window_hours": 48, "sla_working_days": 2, "appeal_days": 3},
            "shift": {"on_site_by": "09:20", "start": "09:30", "end": "18:00", "absent_after": "13:30"},
            "roster": {"off_days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "off_per_week": 1, "max_days_in_row": 6},
            "calendar": {
                "office_days": ["Mon", "Tue", "Wed", "Thu", "Fri"],
                "field_days": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "holidays": [], "makeup_days": []
            },
            "spot_check": {"minutes": 15},
            "break": {"minutes": 30},
            "absence": {"severe_days": 3},
            "travel": {"max_kmh": 150},
            "attendance": {"on_at": "site_or_post"},
            "visit": {"required_fields": ["purpose", "result"], "radius_m": 200, "min_minutes": 5},
            "lead": {"followup_days": 7},
            "outlet": {"visits": {"A": 5, "B": 5, "C": 2, "D": 2}, "idle_days": 60},
            "notice": {"hours": 24},
            "log": {"cutoff": "23:59:59", "review_by": "12:00", "sample": 0.1, "weekly_due": "Mon 12:00"},
            "time": {
                "unclear": {
                    "bk": "review", "pr": "review", "ds": "review", "at": "claimed_else_review",
                    "wl": "claimed_else_review", "fw": "claimed_else_review", "ov": "claimed_else_review"
                },
                "max_width_minutes": 240
            }
        });
        assert_eq!(serde_json::to_value(Policy::default()).unwrap(), expected);
    }

    #[test]
    fn one_key_is_changed_and_the_rest_stays() {
        let policy =
            read(&json!({"booking": {"min_lead_minutes": 45}, "time": {"unclear": {"bk": "received"}}})).unwrap();
        assert_eq!(policy.booking.min_lead_minutes, 45);
        assert_eq!(policy.booking.repeat_max, 3);
        assert_eq!(policy.time.unclear.bk, super::super::Unclear::Received);
        assert_eq!(policy.time.unclear.pr, super::super::Unclear::Review);
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_places() {
        let document = json!({
            "booking": {"min_lead_minutes": -1, "validity": "for_ever", "minimum": 3, "repeat_max": 2},
            "protection": {"period": "soon"},
            "shift": [],
            "time": {"unclear": {"bk": "guess"}},
            "tiem": {},
        });
        assert_eq!(
            paths(&document),
            [
                "booking.min_lead_minutes",
                "booking.minimum",
                "booking.validity",
                "protection.period",
                "shift",
                "tiem",
                "time.unclear.bk"
            ]
        );
        let mistakes = read(&json!({"protection": {"period": "soon"}})).unwrap_err();
        assert_eq!(
            mistakes[0].to_string(),
            "protection.period: `soon` is not understood; write a count and days, weeks, months or years"
        );
        assert_eq!(paths(&json!("x")), [""]);
    }

    #[test]
    fn every_range_is_of_a_key_and_holds_at_its_ends() {
        for (path, min, max) in RANGES {
            let set = |value: u32| {
                let keys: Vec<&str> = path.split('.').collect();
                let defaults = serde_json::to_value(Policy::default()).unwrap();
                let known = keys.iter().fold(&defaults, |value, key| &value[key]);
                let value = if known.is_array() {
                    json!(vec![if path.ends_with("office_days") { json!("Mon") } else { json!(1) }; value as usize])
                } else {
                    json!(value)
                };
                read(&keys.iter().rev().fold(value, |inner, key| json!({ *key: inner })))
            };
            assert!(set(min).is_ok(), "{path}");
            assert!(max == u32::MAX || set(max).is_ok(), "{path}");
            assert!(min == 0 || set(min - 1).is_err(), "{path}");
            assert!(max == u32::MAX || set(max + 1).is_err(), "{path}");
        }
    }

    #[test]
    fn values_must_make_sense_together() {
        let document = json!({
            "booking": {"mass_min_rate": 50, "repeat_max": 0},
            "shift": {"on_site_by": "09:40", "absent_after": "19:00"},
            "calendar": {"office_days": []},
        });
        assert_eq!(
            paths(&document),
            [
                "booking.repeat_max",
                "booking.mass_min_rate",
                "calendar.office_days",
                "shift.on_site_by",
                "shift.absent_after"
            ]
        );
    }
}
