//! Rulings on check-ins, and the posts that leads give out (AT).

use api_spec::problem::Code;
use serde_json::{Map, Value, json};
use sync_core::time::Moment;
use uuid::Uuid;

use super::Judge;
use crate::facts::holding::party;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::attendance::{self, CheckInFacts, CheckInType, CheckInVerdict, Vouched};
use crate::rules::fence::{Area, Location};
use crate::rules::person_day::CheckSource;
use crate::rules::replay::Decision;
use crate::store::checkins::Checkin;
use crate::store::spot_checks::SpotCheck;
use crate::sync::claim::{Claim, Fate, Refusal};

impl Judge<'_> {
    /// AT-5, AT-22: somebody checked in.
    pub fn rule_on_checkin(&mut self, record: &mut Record, moment: Moment, vouched: Option<Vouched>) {
        let Some(owner) = record.owner else { return };
        let Some(kind) = record.state.text("type").and_then(|word| word.parse::<CheckInType>().ok()) else { return };
        let project = record.key.project;
        let zone = self.directory.zone(project);
        let subject = record.id_of("subject").unwrap_or(owner);
        let location = record.state.value("location").cloned();
        let day = zone.day_of(moment.claimed.unwrap_or(moment.latest)).to_string();
        let source = match (&vouched, subject == owner) {
            (Some(Vouched::Manual { .. }), _) => CheckSource::Manual,
            (_, true) => CheckSource::Phone,
            (_, false) => CheckSource::Witness,
        };
        let facts = CheckInFacts {
            zone,
            kind,
            moment,
            party: party(self.directory, subject),
            location: location.clone().and_then(|value| serde_json::from_value::<Location>(value).ok()),
            site: self.directory.projects.get(&project).and_then(|project| project.site.clone()),
            posts: self.posts((project, &day, subject), &moment),
            vouched,
        };
        let ruling = attendance::decide(&facts, &self.policy(project));
        let decision = Decision::CheckIn(facts);
        let verdict = self.facts.rule(self.directory, &Subject::record(record, "checkin"), &ruling.ruling, &decision);
        let row = Checkin {
            project,
            id: record.key.id,
            owner,
            subject,
            kind: kind.to_string(),
            day,
            moment,
            location: location.map(|value| value.to_string()),
            verdict: verdict.outcome.clone(),
            source: source.to_string(),
            witnessed: false,
            decided: false,
        };
        self.tell_untrained(project, subject, &verdict);
        if kind == CheckInType::Spot && verdict.outcome != CheckInVerdict::Void.as_str() {
            self.answer_spot_checks(&row);
        }
        self.facts.checkins.put(record.key, row);
        record.verdict = Some(verdict);
    }

    /// AT-11: the spot checks that a check-in may answer.
    fn answer_spot_checks(&mut self, answer: &Checkin) {
        let theirs = |row: &&SpotCheck| row.project == answer.project && row.subject == answer.subject;
        let open: Vec<SpotCheck> = self.facts.spot_checks.values().filter(theirs).cloned().collect();
        for row in open {
            self.facts.settle_spot_check(self.directory, &row, Some((answer.id, answer.moment)));
        }
    }

    /// AT-22: where somebody's posts are, of those they have on a day at a moment.
    pub(super) fn posts(&self, day: (Uuid, &str, Uuid), moment: &Moment) -> Vec<Area> {
        let posts = self.facts.posts_of(day, moment.claimed.unwrap_or(moment.latest));
        let area = |post: &Uuid| self.directory.posts.get(&(day.0, *post)).and_then(|post| post.area.clone());
        posts.iter().filter_map(area).collect()
    }

    /// A witness confirms a check-in, or its owner withdraws it; both are kept as evidence (AT-8).
    pub(super) fn command_checkin(
        &mut self,
        mut record: Record,
        name: &str,
        args: &Map<String, Value>,
        claim: &Claim<'_>,
    ) -> Result<Fate, Refusal> {
        let zone = self.directory.zone(record.key.project);
        if name == "witness" {
            self.witness(record, claim.author, claim.moment, args.get("seen_at"));
            return Ok(Fate::Applied);
        }
        let day = zone.day_of(record.created.claimed.unwrap_or(record.created.latest));
        if zone.is_on(&claim.moment, day) == sync_core::time::Answer::No {
            return Err(Code::NotDeletable.into());
        }
        let region = self.directory.region(record.key.project);
        let reason = args.get("reason").map(|reason| super::fields::masked(reason, region));
        record.ruled.insert("withdrawn".to_owned(), json!({ "moment": claim.moment, "reason": reason }));
        "withdrawn".clone_into(&mut record.phase);
        if let Some(row) = self.facts.checkins.get(&record.key).cloned() {
            self.facts.checkins.put(record.key, Checkin { verdict: "withdrawn".to_owned(), ..row });
        }
        record.version += 1;
        self.facts.records.put(record.key, record);
        Ok(Fate::Applied)
    }

    /// AT-8: somebody saw it.
    pub fn witness(&mut self, mut record: Record, by: Uuid, moment: Moment, seen_at: Option<&Value>) {
        let mut witnesses = record.ruled.get("witnesses").and_then(Value::as_array).cloned().unwrap_or_default();
        witnesses.push(json!({ "by": by, "moment": moment, "seen_at": seen_at }));
        record.ruled.insert("witnesses".to_owned(), witnesses.into());
        record.version += 1;
        if let Some(row) = self.facts.checkins.get(&record.key).cloned() {
            self.facts.checkins.put(record.key, Checkin { witnessed: true, ..row });
        }
        self.facts.records.put(record.key, record);
    }
}
