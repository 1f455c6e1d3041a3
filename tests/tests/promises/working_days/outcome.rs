//! What a script came to: everything that is ruled on days, months, logs and the records behind them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use server::store::{Reader, log_days, outlet_months, person_days, records};
use tests::in_process::InProcess;
use tests::world::{PEOPLE, PROJECT, id};
use uuid::Uuid;

/// One line for each thing, by what it is.
pub(crate) struct Outcome(BTreeMap<String, Value>);

impl Outcome {
    /// Reads it from the server.
    pub(crate) async fn read(server: &InProcess) -> Self {
        let mut db = server.app().db.read().await.unwrap();
        let mut lines = BTreeMap::new();
        days(&mut db, &mut lines).await;
        months(&mut db, &mut lines).await;
        for kind in ["checkin", "visit", "outlet", "daily_log", "request", "assignment", "canvass", "lead"] {
            for row in records::of_kind(&mut db, PROJECT, kind).await.unwrap() {
                let mut wire: Value = serde_json::from_str(&row.wire).unwrap();
                // a lead cannot vouch for what was taken back before: it counts for nothing either way
                if let Some(body) = wire["body"].as_object_mut().filter(|_| row.phase.as_deref() == Some("withdrawn")) {
                    body.remove("witnesses");
                }
                let reasons = wire["verdict"]["reasons"].as_array().into_iter().flatten();
                let reasons: Vec<_> = reasons.map(|reason| json!([reason["rule"], reason["answer"]])).collect();
                let line = json!({
                    "phase": wire["phase"], "outcome": wire["verdict"]["outcome"], "reasons": reasons, "body": wire["body"],
                });
                lines.insert(format!("{kind} {}", row.id), line);
            }
        }
        Self(lines)
    }

    /// The first things that are otherwise there.
    pub(crate) fn differences(&self, other: &Self) -> String {
        let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differs = names.into_iter().filter(|name| self.0.get(*name) != other.0.get(*name));
        let line = |of: &Self, name: &str| of.0.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string);
        let shown = differs.take(5).map(|name| format!("{name}\n  {}\n  {}\n", line(self, name), line(other, name)));
        shown.collect()
    }

    /// What came about, such as `visit counted`, and the rules of the flags.
    pub(crate) fn words(&self) -> BTreeSet<String> {
        let word = |(name, line): (&String, &Value)| {
            let kind = name.split(' ').next().unwrap_or_default();
            let outcome = line["outcome"].as_str().map(|outcome| format!("{kind} {outcome}"));
            let flags = line["flags"].as_array().into_iter().flatten();
            let flags: Vec<String> = flags.filter_map(|flag| flag["rule"].as_str()).map(str::to_owned).collect();
            outcome.into_iter().chain(flags)
        };
        self.0.iter().flat_map(word).collect()
    }
}

async fn days(db: &mut Reader, lines: &mut BTreeMap<String, Value>) {
    let people: Vec<Uuid> = PEOPLE.iter().map(|person| id(person.username)).collect();
    let name = |id: Uuid| PEOPLE.iter().find(|person| self::id(person.username) == id).unwrap().username;
    let always = ("2026-11-01", "2026-12-31");
    for day in person_days::of_subjects(db, PROJECT, &people, always).await.unwrap() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let line = json!({
            "outcome": day.outcome, "minutes": read(&day.minutes), "flags": read(&day.flags),
            "reasons": read(&day.reasons), "absent": day.absent,
        });
        // a day on which nothing but open moments may lie, and which nobody closed, is none
        if day.outcome.is_some() {
            lines.insert(format!("person_day {} {}", day.day, name(day.subject)), line);
        }
    }
    let filter = log_days::Filter {
        project: PROJECT,
        team: None,
        days: always,
        phase: None,
        also_without: true,
        reviewed: None,
        overdue: (0, None),
        flagged: None,
        after: None,
    };
    for day in log_days::list(db, &filter, 1_000).await.unwrap() {
        let line = json!({"outcome": day.outcome, "phase": day.phase, "due": day.review_due, "flagged": day.flagged});
        lines.insert(format!("log_day {} {}", day.day, name(day.subject)), line);
    }
}

async fn months(db: &mut Reader, lines: &mut BTreeMap<String, Value>) {
    for month in ["2026-11", "2026-12"] {
        let filter =
            outlet_months::Filter { project: PROJECT, month, state: None, teams: None, team: None, after: None };
        for (row, _) in outlet_months::list(db, &filter, 1_000).await.unwrap() {
            let line = json!({
                "outcome": row.state, "counted": row.counted, "quota": row.quota, "grade": row.grade,
                "closed": row.closed, "owner": row.owner, "team": row.team,
            });
            lines.insert(format!("outlet_month {month} {}", row.outlet), line);
        }
    }
}
