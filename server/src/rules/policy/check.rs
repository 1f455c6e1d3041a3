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
}

pub(super) fn read(document: &Value) -> Result<Policy, Vec<Mistake>> {
    let defaults = serde_json::to_value(Policy::default()).unwrap_or_default();
    let mut mistakes = Vec::new();
    walk(&mut Vec::new(), document, &defaults, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let policy: Policy =
        serde_json::from_value(document.clone()).map_err(|error| vec![mistake("", error.to_string())])?;
    let mistakes = limits(&policy);
    if mistakes.is_empty() { Ok(policy) } else { Err(mistakes) }
}

/// Descends along the defaults' shape and tries every key on its own.
fn walk(path: &mut Vec<String>, given: &Value, default: &Value, mistakes: &mut Vec<Mistake>) {
    let Value::Object(known) = default else {
        let nested = path.iter().rev().fold(given.clone(), |inner, key| json!({ key: inner }));
        if let Err(error) = serde_json::from_value::<Policy>(nested) {
            mistakes.push(mistake(&path.join("."), error.to_string()));
        }
        return;
    };
    let Value::Object(given) = given else {
        mistakes.push(mistake(&path.join("."), format!("write an object with any of {}", keys(known))));
        return;
    };
    for (key, value) in given {
        path.push(key.clone());
        match known.get(key) {
            Some(default) => walk(path, value, default, mistakes),
            None => mistakes.push(mistake(&path.join("."), format!("unknown key; known here are {}", keys(known)))),
        }
        path.pop();
    }
}

fn keys(known: &Map<String, Value>) -> String {
    known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn mistake(path: &str, problem: String) -> Mistake {
    Mistake { path: path.to_owned(), problem }
}

/// What types cannot say: ranges, and keys that must agree.
fn limits(policy: &Policy) -> Vec<Mistake> {
    let Policy { booking, shift, log, calendar, roster, dispute, protection, .. } = policy;
    let sound = [
        ("booking.min_lead_minutes", booking.min_lead_minutes <= 1_440, "at most 1440: a booking is good for one day"),
        ("booking.repeat_max", booking.repeat_max >= 1, "at least 1: the first booking counts"),
        ("booking.repeat_window_days", (1..=3_650).contains(&booking.repeat_window_days), "from 1 to 3650 days"),
        ("booking.daily_cap", booking.daily_cap != Some(0), "at least 1, or null for no limit"),
        ("booking.mass_min_rate", share(booking.mass_min_rate), "a share from 0 to 1, such as 0.5"),
        ("booking.companions_max", booking.companions_max <= 50, "at most 50: a sheet lists no more"),
        ("deal.cancel_rest_days", policy.deal.cancel_rest_days <= 3_650, "at most 3650 days"),
        ("protection.remind_days", protection.remind_days.len() <= 10, "at most 10 reminders"),
        ("dispute.window_hours", (1..=168).contains(&dispute.window_hours), "from 1 to 168 hours"),
        ("dispute.sla_working_days", (1..=60).contains(&dispute.sla_working_days), "from 1 to 60 days"),
        ("dispute.appeal_days", dispute.appeal_days <= 60, "at most 60 days"),
        ("shift.on_site_by", shift.on_site_by.time() <= shift.start.time(), "not after shift.start"),
        ("shift.end", shift.end.time() > shift.start.time(), "after shift.start"),
        (
            "shift.absent_after",
            (shift.start.time()..=shift.end.time()).contains(&shift.absent_after.time()),
            "between shift.start and shift.end",
        ),
        ("roster.off_per_week", roster.off_per_week <= 7, "at most 7: a week has no more days"),
        ("calendar.office_days", !calendar.office_days.is_empty(), "at least one weekday: deadlines count office days"),
        (
            "calendar.makeup_days",
            calendar.makeup_days.iter().all(|day| !calendar.holidays.contains(day)),
            "no day that is in calendar.holidays too",
        ),
        ("spot_check.minutes", policy.spot_check.minutes >= 1, "at least 1 minute"),
        ("travel.max_kmh", policy.travel.max_kmh >= 1, "at least 1 km/h"),
        ("visit.radius_m", (1..=100_000).contains(&policy.visit.radius_m), "from 1 to 100000 metres"),
        ("log.sample", share(log.sample), "a share from 0 to 1, such as 0.1"),
    ];
    sound
        .into_iter()
        .filter(|(_, holds, _)| !holds)
        .map(|(path, _, problem)| mistake(path, format!("write {problem}")))
        .collect()
}

fn share(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
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
                "shift.on_site_by",
                "shift.absent_after",
                "calendar.office_days"
            ]
        );
    }
}
