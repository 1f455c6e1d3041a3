//! Records: the merged claims, and ids claimed for records that do not exist yet.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::arg::{Arg, args};
use super::feed::Revs;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "r.project, r.id, r.org, r.kind, r.v, r.owner, r.team, r.device, r.seq, r.at, r.day, r.created, r.phase, \
         r.version, r.deleted, r.state, r.wire, r.revs, r.verdict"
    };
}

macro_rules! save {
    () => {
        "INSERT INTO records (project, id, org, kind, v, owner, team, device, seq, at, day, created, phase, version,
            deleted, state, wire, revs, verdict)
        {rows blob, blob, bigint, text, bigint, blob, blob, blob, bigint, bigint, text, text, text, bigint, boolean,
            text, text, text, text}
        ON CONFLICT (project, id) DO UPDATE SET org = excluded.org, kind = excluded.kind, v = excluded.v,
            owner = excluded.owner, team = excluded.team, device = excluded.device, seq = excluded.seq,
            at = excluded.at, day = excluded.day, created = excluded.created, phase = excluded.phase,
            version = excluded.version, deleted = excluded.deleted, state = excluded.state, wire = excluded.wire, "
    };
}

statements! {
    CLAIM = "INSERT INTO records (project, id, org, v, at, day, created, version, deleted, state, wire, revs)
        {rows blob, blob, bigint, bigint, bigint, text, text, bigint, boolean, text, text, text}
        ON CONFLICT (project, id) DO NOTHING";
    RELEASE = "WITH input (project, id) AS ({rows blob, blob})
        DELETE FROM records WHERE (project, id) IN (SELECT project, id FROM input) AND kind IS NULL
            AND NOT EXISTS (SELECT 1 FROM parked_ops p WHERE p.project = records.project AND p.record = records.id)";
    LOCK = concat!(
        "WITH input (project, id) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM records r WHERE (r.project, r.id) IN (SELECT project, id FROM input)
        ORDER BY r.project, r.id {for update}"
    );
    LOAD = concat!(
        "WITH input (project, id) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM input JOIN records r ON r.project = input.project AND r.id = input.id WHERE r.kind IS NOT NULL"
    );
    SAVE = concat!(save!(), "verdict = excluded.verdict");
    SAVE_WITH_REVS = concat!(save!(), "verdict = excluded.verdict, revs = excluded.revs");
    FIND = concat!(
        "SELECT ", columns!(), " FROM records r
        WHERE r.project IN {blobs $1} AND r.id = $2 AND r.kind IS NOT NULL"
    );
    LIST = concat!(
        "SELECT ", columns!(), " FROM records r
        WHERE r.project = $1 AND r.kind = $2 AND r.day >= $3 AND r.day <= $4
            AND (r.owner = $5 OR $5 IS NULL) AND (r.team = $6 OR $6 IS NULL) AND (r.phase = $7 OR $7 IS NULL)
            AND ($8 OR r.owner = $9 OR r.team IN {blobs $10})
            AND (r.day < $11 OR (r.day = $11 AND r.id < $12)) AND NOT r.deleted
        ORDER BY r.day DESC, r.id DESC LIMIT $13"
    );
    OF_OWNER = concat!(
        "SELECT ", columns!(), " FROM records r
        WHERE r.project = $1 AND r.owner = $2 AND r.day >= $3 AND r.day <= $4 AND r.kind IS NOT NULL
        ORDER BY r.day, r.at, r.id"
    );
    OF_OWNERS = concat!(
        "SELECT ", columns!(), " FROM records r
        WHERE r.project = $1 AND r.owner IN {blobs $2} AND r.day = $3 AND r.kind IN {texts $4} AND NOT r.deleted
        ORDER BY r.owner, r.id"
    );
    OF_KIND = concat!(
        "SELECT ", columns!(), " FROM records r WHERE r.project = $1 AND r.kind = $2 AND NOT r.deleted ORDER BY r.id"
    );
}

/// A record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its project.
    pub project: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Its organisation.
    pub org: i64,
    /// Its kind.
    pub kind: String,
    /// Version of the kind's shape.
    pub v: i64,
    /// Who recorded it; nobody for server-made ones.
    pub owner: Option<Uuid>,
    /// The owner's team at the record's moment.
    pub team: Option<Uuid>,
    /// The device that created it.
    pub device: Option<Uuid>,
    /// The op that created it.
    pub seq: Option<i64>,
    /// `created.latest`, Unix ms.
    pub at: i64,
    /// The project's day it belongs to.
    pub day: String,
    /// The moment of its creation, JSON.
    pub created: String,
    /// Such as `draft` or `approved`.
    pub phase: Option<String>,
    /// Counts accepted changes of the body.
    pub version: i64,
    /// Whether its owner deleted it.
    pub deleted: bool,
    /// State of the merge, JSON.
    pub state: String,
    /// The feed change, ready to send but for bucket and rev.
    pub wire: String,
    /// Where it stands in which bucket. Written by [`feed::publish`](super::feed::publish) alone.
    pub revs: Revs,
    /// The verdict, JSON.
    pub verdict: Option<String>,
}

/// What stands behind a locked id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// No record yet: the id is only claimed.
    Claimed,
    /// A record.
    Held(Box<Record>),
}

/// Locks ids until the transaction ends, in order; those without a record are claimed for one, so that every key has a
/// slot in the answer. On SQLite the one writer holds them all, and nothing is written.
///
/// # Errors
/// [`StoreError::Inconsistent`] when ids keep vanishing.
pub async fn claim(tx: &mut Tx, keys: &[(i64, Key)]) -> Result<BTreeMap<Key, Slot>, StoreError> {
    // sorted, so that two groups that claim the same new ids wait for each other in one direction
    let orgs: BTreeMap<Key, i64> = keys.iter().map(|&(org, key)| (key, org)).collect();
    let rows: Vec<_> =
        orgs.iter().map(|(key, &org)| args![key.project, key.id, org, 0, 0, "", "", 0, false, "", "", "{}"]).collect();
    let keys: Vec<Key> = orgs.into_keys().collect();
    if tx.is_only_writer() {
        // there is one writer: nobody makes a record of these ids meanwhile
        let mut slots = lock(tx, &keys).await?;
        for key in keys {
            slots.entry(key).or_insert(Slot::Claimed);
        }
        return Ok(slots);
    }
    // a claimed id that somebody gives back between the two statements is claimed again
    for _ in 0..3 {
        tx.execute_rows(&CLAIM, &rows).await?;
        let slots = lock(tx, &keys).await?;
        if slots.len() == keys.len() {
            return Ok(slots);
        }
    }
    Err(StoreError::Inconsistent("claimed ids keep vanishing".to_owned()))
}

/// Gives claimed ids back that got neither a record nor a parked op.
///
/// # Errors
/// [`StoreError`]
pub async fn release(tx: &mut Tx, keys: &[Key]) -> Result<(), StoreError> {
    if tx.is_only_writer() {
        return Ok(());
    }
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    tx.execute_rows(&RELEASE, &rows).await.map(drop)
}

/// Locks ids until the transaction ends, in order; those neither claimed nor held are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, keys: &[Key]) -> Result<BTreeMap<Key, Slot>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    let slot = |row: &Row| {
        let key = Key { project: row.id("project")?, id: row.id("id")? };
        Ok((key, if row.opt_text("kind")?.is_some() { Slot::Held(Box::new(record(row)?)) } else { Slot::Claimed }))
    };
    tx.fetch_rows(&LOCK, &rows).await?.iter().map(slot).collect()
}

/// Records by id; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn load(db: &mut Reader, keys: &[Key]) -> Result<BTreeMap<Key, Record>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    let records = db.fetch_rows(&LOAD, &rows).await?;
    records
        .iter()
        .map(|row| record(row).map(|record| (Key { project: record.project, id: record.id }, record)))
        .collect()
}

/// The record with this id on one of these projects.
///
/// # Errors
/// [`StoreError::RowCount`] when several projects have one.
pub async fn find(db: &mut Reader, projects: &[Uuid], id: Uuid) -> Result<Option<Record>, StoreError> {
    db.fetch_optional(&FIND, &args![projects, id]).await?.as_ref().map(record).transpose()
}

/// Stores records, each once, new ones and changed ones. `revs` is left to [`feed::publish`](super::feed::publish).
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, records: &[Record]) -> Result<(), StoreError> {
    let rows: Vec<_> = records.iter().map(|record| saved(record, "{}")).collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Stores records with the revs that the feed has just assigned; for [`feed::store`](super::feed::store) alone.
pub(super) async fn save_with_revs(tx: &mut Tx, records: &[Record]) -> Result<(), StoreError> {
    let revs = records.iter().map(|record| record.revs.to_json()).collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<_> = records.iter().zip(&revs).map(|(record, revs)| saved(record, revs)).collect();
    tx.execute_each(&SAVE_WITH_REVS, &rows).await
}

fn saved<'a>(r: &'a Record, revs: &'a str) -> [Arg<'a>; 19] {
    args![
        r.project, r.id, r.org, &r.kind, r.v, r.owner, r.team, r.device, r.seq, r.at, &r.day, &r.created, &r.phase,
        r.version, r.deleted, &r.state, &r.wire, revs, &r.verdict
    ]
}

/// What a list of records is filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter<'a> {
    /// The project.
    pub project: Uuid,
    /// The kind.
    pub kind: &'a str,
    /// First and last day.
    pub days: (&'a str, &'a str),
    /// Only this owner's.
    pub owner: Option<Uuid>,
    /// Only this team's.
    pub team: Option<Uuid>,
    /// Only in this phase.
    pub phase: Option<&'a str>,
    /// Whose records may be shown at all.
    pub whose: Whose<'a>,
    /// Day and id of the last record of the page before.
    pub after: Option<(&'a str, Uuid)>,
}

/// Whose records somebody may see in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Everybody's.
    Everybody,
    /// One's own, and those of the members of some teams.
    OwnAndTeams(Uuid, &'a [Uuid]),
}

/// A page of at most `limit` records that are not deleted, the newest day first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<Record>, StoreError> {
    let f = filter;
    let (after_day, after_id) = f.after.unwrap_or(("9999-12-31", Uuid::max()));
    let (everybody, user, teams) = match f.whose {
        Whose::Everybody => (true, None, &[][..]),
        Whose::OwnAndTeams(user, teams) => (false, Some(user), teams),
    };
    let args = args![
        f.project, f.kind, f.days.0, f.days.1, f.owner, f.team, f.phase, everybody, user, teams, after_day, after_id,
        limit
    ];
    db.fetch_all(&LIST, &args).await?.iter().map(record).collect()
}

/// Everything an owner recorded from one day to another, deleted records included, in the order it was received.
///
/// # Errors
/// [`StoreError`]
pub async fn of_owner(
    db: &mut Reader,
    project: Uuid,
    owner: Uuid,
    days: (&str, &str),
) -> Result<Vec<Record>, StoreError> {
    db.fetch_all(&OF_OWNER, &args![project, owner, days.0, days.1]).await?.iter().map(record).collect()
}

/// What some owners recorded on a day of these kinds, deleted records left out.
///
/// # Errors
/// [`StoreError`]
pub async fn of_owners(
    db: &mut Reader,
    project: Uuid,
    owners: &[Uuid],
    day: &str,
    kinds: &[String],
) -> Result<Vec<Record>, StoreError> {
    db.fetch_all(&OF_OWNERS, &args![project, owners, day, kinds]).await?.iter().map(record).collect()
}

/// All records of a kind that are not deleted, such as the outlets of a project.
///
/// # Errors
/// [`StoreError`]
pub async fn of_kind(db: &mut Reader, project: Uuid, kind: &str) -> Result<Vec<Record>, StoreError> {
    db.fetch_all(&OF_KIND, &args![project, kind]).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<Record, StoreError> {
    Ok(Record {
        project: row.id("project")?,
        id: row.id("id")?,
        org: row.i64("org")?,
        kind: row.text("kind")?,
        v: row.i64("v")?,
        owner: row.opt_id("owner")?,
        team: row.opt_id("team")?,
        device: row.opt_id("device")?,
        seq: row.opt_i64("seq")?,
        at: row.i64("at")?,
        day: row.text("day")?,
        created: row.text("created")?,
        phase: row.opt_text("phase")?,
        version: row.i64("version")?,
        deleted: row.bool("deleted")?,
        state: row.text("state")?,
        wire: row.text("wire")?,
        revs: Revs::parse(&row.text("revs")?)?,
        verdict: row.opt_text("verdict")?,
    })
}
