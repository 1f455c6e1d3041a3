//! Rows for tests, with plain ids.

use server::store::devices::Device;
use server::store::feed::{News, Publication};
use server::store::oplog::{Segment, SegmentIndex};
use server::store::protections::Protection;
use server::store::records::Record;
use server::store::{Key, StoreError, feed, records, run_tx};
use sync_core::time::{Grade, Moment};
use uuid::Uuid;

use crate::world::World;

pub(crate) const ORG: i64 = 1;
pub(crate) const PROJECT: Uuid = Uuid::from_u128(0xA0);

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn key(n: u128) -> Key {
    Key { project: PROJECT, id: id(n) }
}

pub(crate) fn record(n: u128) -> Record {
    Record {
        project: PROJECT,
        id: id(n),
        org: ORG,
        kind: "visit".to_owned(),
        v: 1,
        owner: Some(id(1)),
        team: None,
        device: Some(id(2)),
        seq: Some(7),
        at: 1_000,
        day: "2026-11-22".to_owned(),
        created: "{}".to_owned(),
        phase: None,
        version: 1,
        deleted: false,
        state: r#"{"exact": 1e2}"#.to_owned(),
        wire: format!(r#"{{"id":"{}"}}"#, id(n)),
        revs: feed::Revs::default(),
        verdict: None,
    }
}

pub(crate) fn device(n: u128, user: u128) -> Device {
    Device {
        org: ORG,
        id: id(n),
        user: id(user),
        name: "Xiaomi".to_owned(),
        platform: "android".to_owned(),
        hardware: None,
        created_at: 1,
        forked_from: None,
        forked_seq: None,
        revoked_at: None,
        revocation: None,
        head_seq: 0,
        head_digest: [0; 32],
        earliest: 0,
        stamp_ms: 0,
        bounds: "[]".to_owned(),
        last_seen: 1,
        delivered: "{}".to_owned(),
    }
}

pub(crate) fn segment(device: u128, first_seq: i64, count: u8) -> Segment {
    Segment {
        index: SegmentIndex {
            org: ORG,
            device: id(device),
            first_seq,
            count: i64::from(count),
            received: 5,
            digests: (0..count).flat_map(|op| [op; 32]).collect(),
            moments: "[]".to_owned(),
            outcomes: "[]".to_owned(),
        },
        key_id: 1,
        texts: vec![0, 255, 0],
    }
}

pub(crate) fn protection(n: u128, class: &str, customer: u128) -> Protection {
    Protection {
        project: PROJECT,
        id: id(n),
        class: class.to_owned(),
        customer: id(customer),
        holder_user: Some(id(n)),
        holder_partner: None,
        state: "live".to_owned(),
        from_at: 10,
        until_at: Some(20),
        source: id(n),
        ruling: None,
        ended_at: None,
    }
}

pub(crate) fn moment() -> Moment {
    Moment { earliest: 10, latest: 20, claimed: Some(15), grade: Grade::Anchored }
}

/// Stores records and tells one bucket of each.
pub(crate) async fn publish(world: &World, news: &[(u128, &str, News)]) {
    run_tx(world, "publish", async |mut tx| {
        let keys: Vec<_> = news.iter().map(|&(n, _, _)| (ORG, key(n))).collect();
        records::claim(&mut tx, &keys).await?;
        let mut rows: Vec<Record> = news.iter().map(|&(n, _, _)| record(n)).collect();
        rows.sort_by_key(|record| record.id);
        rows.dedup_by_key(|record| record.id);
        records::save(&mut tx, &rows).await?;
        let publications: Vec<_> = news
            .iter()
            .map(|(n, bucket, news)| Publication {
                org: ORG,
                key: key(*n),
                news: vec![((*bucket).to_owned(), news.clone())],
            })
            .collect();
        feed::publish(&mut tx, 100, &publications).await?;
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}
