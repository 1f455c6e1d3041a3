//! Saves what changed, and publishes it last: bucket heads are the last locks of a transaction (P4).

use std::collections::BTreeSet;

use chrono::Days;
use sync_core::op::Digest;
use uuid::Uuid;

use super::directory::bucket;
use super::disputes::CaseBody;
use super::record::Record;
use super::stored;
use super::{Facts, Parked, Unit};
use crate::error::AppError;
use crate::seal::sealing::{Place, Sealer};
use crate::store::attachments::NamedBy;
use crate::store::feed::{self, Gone, News, Publication};
use crate::store::protections::Protection;
use crate::store::secrets::{self, Secret};
use crate::store::{
    Key, StoreError, Tx, attachments, bookings, checkins, confirmations, customers, day_flags, disputes, fates, leads,
    log_days, notices, outlet_months, parked, partner_days, person_days, protections, proxy_days, records, requests,
    roster_days, rulings, spot_checks,
};

/// How far back a check-in bears on days it may lie on.
const OPEN_DAYS: Days = Days::new(31);

impl Facts {
    /// Writes every change.
    ///
    /// # Errors
    /// Those of the store; the transaction is to be given up then.
    pub async fn save(&self, tx: &mut Tx, unit: &Unit) -> Result<(), AppError> {
        self.save_parked(tx).await?;
        let unused: Vec<Key> = self.open.iter().copied().filter(|key| self.records.get(key).is_none()).collect();
        records::release(tx, &unused).await?;
        bookings::save(tx, &owned(self.bookings.changes())).await?;
        leads::save(tx, &owned(self.leads.changes())).await?;
        checkins::save(tx, &owned(self.checkins.changes())).await?;
        checkins::assign_posts(tx, &owned(self.assignments.changes())).await?;
        requests::save(tx, &owned(self.requests.changes())).await?;
        spot_checks::save(tx, &owned(self.spot_checks.changes())).await?;
        day_flags::save(tx, &owned(self.day_flags.changes())).await?;
        roster_days::save(tx, &owned(self.roster_days.changes())).await?;
        self.save_outlets(tx, unit).await?;
        self.save_lead_care(tx, unit).await?;
        let read: Vec<_> = self.receipts.changes().map(|((key, reader), at)| (*key, *reader, *at)).collect();
        notices::read(tx, &read).await?;
        fates::save(tx, &owned(self.fates.changes())).await?;
        rulings::add(tx, &owned(self.rulings.changes())).await?;
        self.save_protections(tx).await?;
        self.save_sheets(tx).await?;
        self.save_disputes(tx).await?;
        customers::rename(tx, self.names.changes()).await?;
        self.save_secrets(tx, unit).await?;
        attachments::name(tx, &self.named_attachments()).await?;
        partner_days::mark(tx, &self.partner_days(unit)).await?;
        person_days::decide(tx, &self.decided_days()).await?;
        person_days::mark(tx, &self.person_days(unit)).await?;
        log_days::mark(tx, &self.log_days(unit)).await?;
        proxy_days::mark(tx, &self.proxy_days()).await?;
        outlet_months::mark(tx, &self.outlet_months(unit)).await?;
        self.publish(tx, unit).await
    }

    /// Stores the changed records and tells their buckets, in one step: what a record remembers of the feed is known only then.
    async fn publish(&self, tx: &mut Tx, unit: &Unit) -> Result<(), AppError> {
        let changed = || self.records.changes().map(|(_, record)| record);
        let zone = |record: &Record| unit.directory.zone(record.key.project);
        let rows =
            changed().map(|record| stored::row(self.org, zone(record), record)).collect::<Result<Vec<_>, _>>()?;
        let publications: Vec<Publication> = changed().map(|record| publication(self.org, unit, record)).collect();
        Ok(feed::store(tx, self.now, rows, &publications).await?)
    }

    /// BK-9: the days of partners on which changed bookings may lie.
    fn partner_days(&self, unit: &Unit) -> Vec<(Uuid, Uuid, String)> {
        let days = |(_, row): (&Key, &bookings::Booking)| {
            let (project, zone) = (row.project, unit.directory.zone(row.project));
            let (first, last) = (zone.day_of(row.moment.earliest), zone.day_of(row.moment.latest));
            let days = first.iter_days().take_while(move |day| *day <= last);
            row.holder_partner
                .into_iter()
                .flat_map(move |partner| days.clone().map(move |day| (project, partner, day.to_string())))
        };
        self.bookings.changes().flat_map(days).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// AT-16: the days whose check-ins changed.
    fn proxy_days(&self) -> Vec<(Uuid, String)> {
        let rows = self.checkins.changes().map(|(_, row)| row);
        let seen = rows.filter(|row| ["phone", "witness"].contains(&row.source.as_str()));
        seen.map(|row| (row.project, row.day.clone())).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// AT: what a person decided that days of persons come to.
    fn decided_days(&self) -> Vec<(Uuid, Uuid, String, String)> {
        let decided = self.decided_days.changes();
        decided
            .map(|((project, subject, day), outcome)| (*project, *subject, day.to_string(), outcome.clone()))
            .collect()
    }

    /// AT: the days of persons that were marked, or on which changed check-ins may lie.
    fn person_days(&self, unit: &Unit) -> Vec<(Uuid, Uuid, String)> {
        let days = |(_, row): (&Key, &checkins::Checkin)| {
            let (project, subject, zone) = (row.project, row.subject, unit.directory.zone(row.project));
            let (first, last) = (zone.day_of(row.moment.earliest), zone.day_of(row.moment.latest));
            // a phone without any evidence leaves all of the past open
            let first = first.max(last.checked_sub_days(OPEN_DAYS).unwrap_or(last));
            first.iter_days().take_while(move |day| *day <= last).map(move |day| (project, subject, day))
        };
        let marked = self.marked_days.changes().map(|(day, ())| *day);
        let all: BTreeSet<_> = self.checkins.changes().flat_map(days).chain(marked).collect();
        all.into_iter().map(|(project, subject, day)| (project, subject, day.to_string())).collect()
    }

    /// Photos and papers that changed records and statements name.
    fn named_attachments(&self) -> Vec<([u8; 32], NamedBy)> {
        let photos = self.records.changes().flat_map(|(key, record)| {
            let by = NamedBy { project: key.project, record: key.id, holder: Uuid::nil() };
            record.photos().into_iter().map(move |digest| (digest.0, by))
        });
        let papers = self.dispute_entries.changes().flat_map(|((key, _), entry)| {
            let by = NamedBy { project: key.project, record: key.id, holder: entry.holder.unwrap_or_default() };
            let digests: Vec<Digest> = serde_json::from_str(&entry.attachments).unwrap_or_default();
            digests.into_iter().map(move |digest| (digest.0, by))
        });
        photos.chain(papers).collect::<BTreeSet<_>>().into_iter().collect()
    }

    async fn save_parked(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let (mut new, mut done) = (Vec::new(), Vec::new());
        for (place, op) in self.parked.changes() {
            let (key, device, seq) = place;
            let row = |received, reason| parked::Parked {
                key: *key,
                device: *device,
                seq: seq.cast_signed(),
                org: self.org,
                received,
                reason,
            };
            match op {
                Parked::Waiting(waiting) => new.push(row(waiting.moment.latest, waiting.reason.as_str().to_owned())),
                Parked::Done if self.parked.was_loaded(place) => done.push(row(0, String::new())),
                // it was parked and adjudicated in this unit of work
                Parked::Done => {}
            }
        }
        parked::add(tx, &new).await?;
        parked::remove(tx, &done).await
    }

    /// Ends before starts, so that the one place per class and customer is free (PR-3).
    async fn save_protections(&self, tx: &mut Tx) -> Result<(), AppError> {
        let is_stored = |row: &&Protection| self.protections.was_loaded(&Key { project: row.project, id: row.id });
        let (ended, standing): (Vec<_>, Vec<_>) =
            self.protections.changes().map(|(_, row)| row).partition(|row| row.ended_at.is_some());
        protections::end(tx, &ended.into_iter().filter(is_stored).collect::<Vec<_>>()).await?;
        let (stored, new): (Vec<_>, Vec<_>) = standing.into_iter().partition(is_stored);
        protections::update(tx, &stored).await?;
        if protections::add(tx, &new).await? == new.len() {
            return Ok(());
        }
        // the customers' rows are locked, so nobody else can have been first
        let customers: Vec<_> = new.iter().map(|row| row.customer.to_string()).collect();
        Err(AppError::Broken(format!("PR-3: one of the customers {} is protected already", customers.join(", "))))
    }

    async fn save_sheets(&self, tx: &mut Tx) -> Result<(), StoreError> {
        for (key, sheet) in self.sheets.changes() {
            if self.sheets.was_loaded(key) {
                confirmations::update(tx, sheet).await?;
            } else {
                confirmations::add(tx, sheet).await?;
            }
        }
        Ok(())
    }

    /// Changes before additions, so that the one place per customer is free.
    async fn save_disputes(&self, tx: &mut Tx) -> Result<(), AppError> {
        let (old, new): (Vec<_>, Vec<_>) = self.disputes.changes().partition(|(key, _)| self.disputes.was_loaded(key));
        for (_, row) in &old {
            disputes::update(tx, row).await?;
        }
        for (_, row) in &new {
            disputes::add(tx, row).await?;
        }
        let mut parties = Vec::new();
        for (_, row) in old.iter().chain(&new) {
            parties.extend(CaseBody::of(row)?.holder_ids().map(|holder| (row.project, row.id, holder)));
        }
        disputes::add_parties(tx, &parties).await?;
        Ok(disputes::add_entries(tx, &owned(self.dispute_entries.changes())).await?)
    }

    async fn save_secrets(&self, tx: &mut Tx, unit: &Unit) -> Result<(), AppError> {
        let seal = |((key, field), clear): (&(Key, &'static str), &String)| {
            let place = Place { purpose: "field", owner: key.id.as_bytes() };
            let sealed = unit.sealer.seal(place, clear.as_bytes())?;
            let key_id = i64::from(Sealer::key_id_of(&sealed));
            Ok::<_, AppError>(Secret { key: *key, field: (*field).to_owned(), sealed, key_id })
        };
        let rows = self.secrets.changes().map(seal).collect::<Result<Vec<_>, _>>()?;
        Ok(secrets::save(tx, &rows).await?)
    }
}

pub(super) fn owned<'a, K: 'a, V: Clone + 'a>(changes: impl Iterator<Item = (&'a K, &'a V)>) -> Vec<V> {
    changes.map(|(_, row)| row.clone()).collect()
}

/// Whom a record's change concerns: those who see it now, and those who saw it before.
fn publication(org: i64, unit: &Unit, record: &Record) -> Publication {
    let audience: BTreeSet<String> =
        if record.deleted { BTreeSet::new() } else { record.audience(&unit.directory, unit.now).into_iter().collect() };
    let gone = |bucket: &str| match record.deleted {
        true => Gone::Deleted,
        false if *bucket == bucket::bookings(record.key.project) => Gone::Expired,
        false => Gone::Moved,
    };
    let left = record.revs.buckets().filter(|bucket| !audience.contains(*bucket));
    let mut news: Vec<(String, News)> = left.map(|bucket| (bucket.to_owned(), News::Gone(gone(bucket)))).collect();
    let live = |bucket: &str| record.wire_for(bucket).map_or(News::Live, News::LiveAs);
    news.extend(audience.into_iter().map(|bucket| {
        let told = live(&bucket);
        (bucket, told)
    }));
    Publication { org, key: record.key, news }
}
