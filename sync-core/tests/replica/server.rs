//! The model server: the op log of every device, and the exchange.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::exchange::{Change, Outcome, Request, Response, Status, What};
use sync_core::op::{Digest, Op, Place};
use sync_core::replica::{Login, Refusal};
use sync_core::time::{Evidence, Moment, Stamp, rfc3339};
use uuid::Uuid;

use crate::feed::Feed;
use crate::judge::{Case, Row};
use crate::people;

/// Ops the model takes in one request: few, so that batches are halved all the time.
const REQUEST_OPS: usize = 6;

#[derive(Clone, Default)]
pub(crate) struct Server {
    pub(crate) now: i64,
    pub(crate) epoch: u32,
    pub(crate) devices: BTreeMap<Uuid, Device>,
    /// Old places that re-chained ops named, with what became of them.
    pub(crate) was: BTreeMap<(Uuid, u64, [u8; 32]), Outcome>,
    pub(crate) rows: BTreeMap<Uuid, Row>,
    pub(crate) feeds: BTreeMap<String, Feed>,
    /// Promoters the lead has no access to.
    pub(crate) hidden: BTreeSet<u8>,
    /// Users who left the project.
    pub(crate) left: BTreeSet<u8>,
    /// Log lengths in the backup that can be restored.
    pub(crate) kept: BTreeMap<Uuid, u64>,
}

#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) user: Uuid,
    pub(crate) log: Vec<Stored>,
    /// What requests said: everything after this seq is younger than this anchor.
    bounds: Vec<(u64, i64)>,
}

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) text: String,
    pub(crate) digest: Digest,
    pub(crate) moment: Moment,
    pub(crate) stamp: Stamp,
    pub(crate) outcome: Outcome,
}

/// The model's anchors say openly what real ones seal: device, server time, acknowledged seq.
fn read_anchor(token: &str, device: Uuid) -> Option<(i64, u64)> {
    let mut parts = token.split('/');
    let own = parts.next()? == device.to_string();
    let (ms, acked) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    own.then_some((ms, acked))
}

impl Server {
    pub(crate) fn login(&mut self, user: Uuid, device: Uuid) -> Login {
        let log = Device { user, log: Vec::new(), bounds: Vec::new() };
        let known = self.devices.entry(device).or_insert(log);
        assert_eq!(known.user, user, "a device belongs to one user");
        let next_seq = known.log.len() as u64 + 1;
        let head = known.log.last().map_or(Digest::ZERO, |stored| stored.digest);
        let standing = people::standing(people::index_of(user));
        Login { user, device, anchor: Some(self.anchor(device)), next_seq, head, standing }
    }

    fn anchor(&self, device: Uuid) -> String {
        format!("{device}/{}/{}", self.now, self.devices[&device].log.len())
    }

    /// One exchange: everything or nothing.
    pub(crate) fn sync(&mut self, device: Uuid, request: &Request) -> Result<Response, Refusal> {
        let user = self.devices.get(&device).ok_or(Refusal::LoggedOut)?.user;
        if request.ops.len() > REQUEST_OPS {
            return Err(Refusal::TooLarge);
        }
        let texts: Vec<&str> = request.ops.iter().map(|op| op.get()).collect();
        let known = self.continuation(device, &texts)?;
        let mut anchors: Vec<String> = request.anchor.clone().into_iter().collect();
        anchors.extend(texts.iter().filter_map(|text| Op::parse(text).unwrap().time.anchor));
        let anchors: Vec<_> = anchors.iter().filter_map(|token| read_anchor(token, device)).collect();
        self.push(device, &texts[known..], &anchors);
        let device_log = self.devices.get_mut(&device).unwrap();
        let held = request.anchor.as_deref().and_then(|token| read_anchor(token, device));
        device_log.bounds.extend(request.recorded.zip(held.map(|(ms, _)| ms)));
        let acked = device_log.log.len() as u64;
        let sent = texts.iter().map(|text| Place::read(text).unwrap().seq);
        let outcomes = sent.filter_map(|seq| {
            let stored = &device_log.log[usize::try_from(seq).unwrap() - 1];
            let again = seq <= acked - (texts.len() - known) as u64;
            let duplicate = Outcome { status: Status::Duplicate, ..stored.outcome.clone() };
            match stored.outcome.status {
                Status::Applied => again.then_some(duplicate),
                _ => Some(stored.outcome.clone()),
            }
        });
        let outcomes = outcomes.collect();
        let keep_from = self.kept.get(&device).copied().unwrap_or(0) + 1;
        let page = Response {
            epoch: format!("e{}", self.epoch),
            server_time: rfc3339::text(self.now),
            anchor: self.anchor(device),
            acked,
            keep_from: keep_from.min(acked + 1),
            sync_after_ms: 30_000,
            outcomes,
            buckets: Vec::new(),
            changes: Vec::new(),
            cursors: BTreeMap::new(),
            more: false,
        };
        Ok(self.pull(user, request, page))
    }

    /// How many of the ops are known already; the digest chain decides.
    fn continuation(&self, device: Uuid, texts: &[&str]) -> Result<usize, Refusal> {
        let log = &self.devices[&device].log;
        let mut head = log.last().map_or(Digest::ZERO, |stored| stored.digest);
        let mut next = log.len() as u64 + 1;
        let mut known = 0;
        for text in texts {
            let (place, digest) = (Place::read(text).unwrap(), Digest::of(text));
            if place.seq > next {
                return Err(Refusal::SeqGap { expected: next, head });
            }
            match log.get(usize::try_from(place.seq).unwrap() - 1) {
                Some(stored) if stored.digest == digest => known += 1,
                None if place.seq == next && place.prev == head => (head, next) = (digest, next + 1),
                _ => return Err(Refusal::Forked { seq: place.seq }),
            }
        }
        Ok(known)
    }

    fn push(&mut self, device: Uuid, texts: &[&str], anchors: &[(i64, u64)]) {
        let mut rest = texts;
        let last_group = self.devices[&device].log.last().and_then(|stored| Op::parse(&stored.text).unwrap().group);
        while let Some(first) = rest.first() {
            let group = Op::parse(first).unwrap().group;
            assert!(group.is_none() || group != last_group, "a group came in two requests");
            let same = |text: &&&str| group.is_some() && Op::parse(text).unwrap().group == group;
            let (unit, others) = rest.split_at(rest.iter().take_while(same).count().max(1));
            rest = others;
            let cases: Vec<Case> =
                unit.iter().enumerate().map(|(at, text)| self.case(device, at, text, anchors)).collect();
            let before = (unit.len() > 1).then(|| self.clone());
            let mut outcomes: Vec<Outcome> = cases.iter().map(|case| self.judge(case)).collect();
            if let Some(before) = before
                && outcomes.iter().any(|outcome| outcome.status == Status::Rejected)
            {
                *self = before;
                for outcome in outcomes.iter_mut().filter(|outcome| outcome.status != Status::Rejected) {
                    (outcome.status, outcome.rule) = (Status::Rejected, Some("group-rejected".into()));
                }
            }
            for (case, outcome) in cases.into_iter().zip(outcomes) {
                self.store(case, outcome);
            }
        }
    }

    /// An op with its moment; `at` others of its group come before it.
    fn case(&self, device: Uuid, at: usize, text: &str, anchors: &[(i64, u64)]) -> Case {
        let op = Op::parse(text).unwrap();
        let seq = op.place.seq;
        let log = &self.devices[&device];
        assert_eq!(seq, log.log.len() as u64 + 1 + at as u64);
        let previous = log.log.last();
        let bounds = log.bounds.iter().filter(|(recorded, _)| *recorded < seq).map(|(_, ms)| *ms);
        let evidence = Evidence {
            anchor: op.time.anchor.as_deref().and_then(|token| read_anchor(token, device)).map(|(ms, _)| ms),
            elapsed_ms: op.time.elapsed_ms,
            previous_earliest: previous.map_or(0, |stored| stored.moment.earliest),
            recorded_bound: bounds.max().unwrap_or(0),
            received: self.now,
            covered_by: anchors.iter().filter(|(_, acked)| *acked >= seq).map(|(ms, _)| *ms).min(),
            rechained: op.was.is_some(),
        };
        let moment = Moment::derive(&evidence);
        let stamp = Stamp::of(&moment, &evidence, previous.map_or(0, |stored| stored.stamp.ms), seq, device);
        Case { user: log.user, device, text: text.to_owned(), op, moment, stamp }
    }

    fn store(&mut self, case: Case, outcome: Outcome) {
        let Case { device, text, op, moment, stamp, .. } = case;
        if let Some(was) = op.was {
            self.was.entry((was.device, was.seq, was.digest.0)).or_insert_with(|| outcome.clone());
        }
        let stored = Stored { digest: Digest::of(&text), text, moment, stamp, outcome };
        self.devices.get_mut(&device).unwrap().log.push(stored);
        self.adjudicate_parked(op.id);
    }

    pub(crate) fn buckets_of(&self, user: Uuid) -> Vec<String> {
        let index = people::index_of(user);
        let mut buckets = vec![format!("user:{user}")];
        buckets.extend((index == people::LEAD).then(|| "team:t".to_owned()));
        buckets.extend((!self.left.contains(&index)).then(|| "project:p".to_owned()));
        buckets
    }

    fn pull(&self, user: Uuid, request: &Request, mut answer: Response) -> Response {
        let same_epoch = request.epoch.as_ref() == Some(&answer.epoch);
        let mut room = request.limit as usize;
        for name in self.buckets_of(user) {
            let empty = Feed::default();
            let feed = self.feeds.get(&name).unwrap_or(&empty);
            let cursor = request.cursors.get(&name).filter(|_| same_epoch);
            let page = feed.page(cursor.map(|mark| mark.parse().unwrap()), room);
            room -= page.rows.len();
            answer.more |= page.more;
            answer.buckets.push(feed.summary(name.clone(), page.reset));
            answer.cursors.extend(page.mark.map(|mark| (name.clone(), mark.to_string())));
            answer.changes.extend(page.rows.into_iter().map(|(id, rev, gone)| {
                let what = match gone {
                    Some(gone) => What::Gone { id, gone },
                    None => What::Live(Box::new(self.rows[&id].record.clone())),
                };
                Change { bucket: name.clone(), rev, what }
            }));
        }
        answer
    }
}
