//! A record in memory: the merged claims, what was ruled about them, and who may see it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sync_core::exchange::{self, Verdict};
use sync_core::kind::Kind;
use sync_core::op::Digest;
use sync_core::record::State;
use sync_core::time::Moment;
use uuid::Uuid;

use super::audience;
use super::directory::{Directory, bucket};
use crate::store::Key;
use crate::store::feed::Revs;

/// Where a record keeps what only some of its readers see, by bucket.
pub(super) const VIEWS: &str = "views";
/// Where a daily log keeps what its author did, which is weighed together and shown to nobody.
pub(crate) const ROUND: &str = "round";

/// One record with its server-owned part.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Project and id.
    pub key: Key,
    /// The kind's name.
    pub kind: String,
    /// The version of the kind's declaration.
    pub v: u32,
    /// Whose it is; the nil UUID for what the server made for everybody.
    pub owner: Option<Uuid>,
    /// The owner's team at the record's moment.
    pub team: Option<Uuid>,
    /// When it was recorded.
    pub created: Moment,
    /// Where it stands in its kind's phases.
    pub phase: String,
    /// Counts accepted changes of the body.
    pub version: i64,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The merged claims.
    pub state: State,
    /// What rulings wrote, for kinds the server makes; merged over the claims.
    pub ruled: Map<String, Value>,
    /// The ruling that stands.
    pub verdict: Option<Verdict>,
    /// The op that created it: device and seq; none for what the server made.
    pub origin: Option<(Uuid, u64)>,
    /// The ops that took effect after the one that created it, by device: where its history is found.
    pub ops: BTreeMap<Uuid, Vec<u64>>,
    /// Where it stands in the buckets that hold it now.
    pub revs: Revs,
}

impl Record {
    /// The record as people see it.
    pub fn body(&self) -> Map<String, Value> {
        let mut body = self.state.body();
        body.extend(self.ruled.clone());
        body.remove(VIEWS);
        body.remove(ROUND);
        if self.kind == "lead" {
            // the claim's mask is shown as `phone_masked`
            body.remove("phone");
        }
        body
    }

    /// The JSON object of a change, without `bucket` and `rev`.
    pub fn wire(&self) -> String {
        self.wire_with(self.body())
    }

    /// The same as the readers of one bucket see it, where they see more than others.
    pub fn wire_for(&self, bucket: &str) -> Option<String> {
        let view = self.ruled.get(VIEWS)?.get(bucket)?.as_object()?;
        let mut body = self.body();
        body.extend(view.clone());
        Some(self.wire_with(body))
    }

    fn wire_with(&self, body: Map<String, Value>) -> String {
        let record = exchange::Record {
            kind: self.kind.clone(),
            id: self.key.id,
            v: self.v,
            project: self.key.project,
            version: u64::try_from(self.version).unwrap_or_default(),
            body,
            phase: self.phase.clone(),
            verdict: self.verdict.clone(),
            owner: self.owner,
            created: self.created,
        };
        serde_json::to_string(&record).unwrap_or_default()
    }

    /// The kind's declaration, if this build knows it.
    pub fn declaration(&self) -> Option<&'static Kind> {
        sync_core::kinds::find(&self.kind, self.v)
    }

    /// An id among the body's values.
    pub fn id_of(&self, field: &str) -> Option<Uuid> {
        let text = self.ruled.get(field).and_then(Value::as_str).or_else(|| self.state.text(field));
        text.and_then(|text| text.parse().ok())
    }

    /// The photos that the record names.
    pub fn photos(&self) -> Vec<Digest> {
        let photos = self.state.body().remove("photos");
        photos.and_then(|photos| serde_json::from_value(photos).ok()).unwrap_or_default()
    }

    /// Every bucket whose readers may see the record at an instant (Unix ms), sorted.
    pub fn audience(&self, directory: &Directory, now: i64) -> Vec<String> {
        let project = self.key.project;
        let subject = self.id_of("subject");
        let company = |user: Uuid| directory.people.get(&user)?.partner;
        let companies = self.owner.into_iter().chain(subject).filter_map(company);
        let mut buckets: Vec<String> = self.owner.iter().copied().map(bucket::user).collect();
        buckets.extend(subject.map(bucket::user));
        match self.kind.as_str() {
            "outlet" | "member" | "post" | "project" | "roster" => buckets.push(bucket::project(project)),
            "booking" => {
                let zone = directory.zone(project);
                if zone.day_of(self.created.latest) >= zone.day_of(now) {
                    buckets.push(bucket::bookings(project));
                }
                buckets.extend(self.team.map(bucket::team));
                buckets.extend(companies.map(|partner| bucket::partner(partner, project)));
            }
            "confirmation" => {
                buckets.push(bucket::desk(project));
                buckets.extend(self.holders());
                let consultant = self.ruled.get("consultant").and_then(|consultant| consultant.get("id"));
                buckets.extend(consultant.and_then(Value::as_str).and_then(|id| id.parse().ok()).map(bucket::user));
            }
            "assignment" => {
                buckets.extend(self.team.map(bucket::team));
                let theirs = subject.and_then(|subject| directory.team_at(subject, project, &self.created));
                buckets.extend(theirs.map(bucket::team));
            }
            "protection" => buckets.extend(self.holders()),
            "notice" => {
                if let Some(audience) = audience::of(self) {
                    buckets.extend(audience::buckets(directory, project, audience, now));
                }
                buckets.extend(self.team.map(bucket::team));
                let holders = self.holders();
                let for_office = self.ruled.get("office").and_then(Value::as_bool).unwrap_or_default();
                if for_office || (holders.is_empty() && buckets.is_empty()) {
                    buckets.push(bucket::office(project));
                }
                buckets.extend(holders);
            }
            "dispute" => {
                let views = self.ruled.get(VIEWS).and_then(Value::as_object);
                buckets.extend(views.into_iter().flat_map(Map::keys).cloned());
            }
            "op_outcome" => buckets.push(bucket::office(project)),
            _ => buckets.extend(self.team.map(bucket::team)),
        }
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    /// The buckets of whoever holds the customer.
    fn holders(&self) -> Vec<String> {
        let of = |member: &str| self.ruled.get("holder")?.get(member)?.as_str()?.parse().ok();
        let user = of("user").map(bucket::user);
        user.into_iter().chain(of("partner").map(|partner| bucket::partner(partner, self.key.project))).collect()
    }
}
