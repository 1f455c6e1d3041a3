//! Customers, found by the blind index of their numbers.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

statements! {
    FIND = "WITH input (project, key_id, hmac) AS ({rows blob, bigint, blob})
        SELECT i.project, i.key_id, i.hmac, i.customer FROM input
        JOIN customer_index i ON i.project = input.project AND i.key_id = input.key_id AND i.hmac = input.hmac";
    INDEX = "INSERT INTO customer_index (project, key_id, hmac, customer) {rows blob, bigint, blob, blob}
        ON CONFLICT (project, key_id, hmac) DO NOTHING";
    REINDEX = "INSERT INTO customer_index (project, key_id, hmac, customer) {rows blob, bigint, blob, blob}
        ON CONFLICT (project, key_id, hmac) DO UPDATE SET customer = excluded.customer";
    ADD = "INSERT INTO customers (project, id, sealed, key_id, masked, name, created_at)
        {rows blob, blob, blob, bigint, text, text, bigint} ON CONFLICT (project, id) DO NOTHING";
    LOCK = "WITH input (project, id) AS ({rows blob, blob})
        SELECT c.project, c.id, c.sealed, c.key_id, c.masked, c.name, c.created_at FROM customers c
        WHERE (c.project, c.id) IN (SELECT project, id FROM input) ORDER BY c.project, c.id {for update}";
    RENAME = "WITH input (project, id, name) AS ({rows blob, blob, text})
        UPDATE customers SET name = input.name FROM input
        WHERE customers.project = input.project AND customers.id = input.id";
    LOAD = "SELECT project, id, sealed, key_id, masked, name, created_at FROM customers
        WHERE project = $1 AND id IN {blobs $2} ORDER BY id";
    CALLED = "SELECT project, id, sealed, key_id, masked, name, created_at FROM customers
        WHERE project = $1 AND name = $2 ORDER BY id LIMIT $3";
    WITH_MASKS = "SELECT project, id, sealed, key_id, masked, name, created_at FROM customers
        WHERE project = $1 AND masked IN {texts $2} ORDER BY id";
}

/// A person on a project, known by the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The project.
    pub project: Uuid,
    /// The customer's id.
    pub id: Uuid,
    /// The E.164 number, sealed.
    pub sealed: Vec<u8>,
    /// Key that sealed it.
    pub key_id: i64,
    /// The number as it may be shown.
    pub masked: String,
    /// The name last given at the desk, or before that with a lead; empty until then.
    pub name: String,
    /// Unix ms.
    pub created_at: i64,
}

/// A number as the blind index knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// Key of the index.
    pub key_id: i64,
    /// HMAC of the E.164 number under that key.
    pub hmac: Vec<u8>,
}

/// A number to find or register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its fingerprints, under every key in use.
    pub fingerprints: Vec<Fingerprint>,
    /// The customer to make of it when nobody is known by it.
    pub customer: Customer,
}

/// Customers by fingerprint; unknown numbers are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn find(
    db: &mut Reader,
    project: Uuid,
    fingerprints: &[Fingerprint],
) -> Result<BTreeMap<Fingerprint, Uuid>, StoreError> {
    let rows: Vec<_> = fingerprints.iter().map(|f| args![project, f.key_id, &f.hmac]).collect();
    let found = db.fetch_rows(&FIND, &rows).await?;
    let pair =
        |row: &Row| Ok((Fingerprint { key_id: row.i64("key_id")?, hmac: row.blob("hmac")? }, row.id("customer")?));
    found.iter().map(pair).collect()
}

/// Finds the customers of these numbers of one project, registers the unknown ones and locks all of them until the
/// transaction ends; the answer is in the order of `numbers`. One number has one customer, whoever comes at once.
///
/// # Errors
/// [`StoreError::Inconsistent`] when a number has no fingerprint.
pub async fn resolve(tx: &mut Tx, project: Uuid, numbers: &[Number]) -> Result<Vec<Customer>, StoreError> {
    let all: Vec<Fingerprint> = numbers.iter().flat_map(|number| number.fingerprints.clone()).collect();
    let known = find(tx, project, &all).await?;
    // a key that knows the number tells the others; sorted, so that claims wait in one direction
    let mut claims = BTreeMap::new();
    for number in numbers {
        let owner = number.owner(&known).unwrap_or(number.customer.id);
        for fingerprint in number.fingerprints.iter().filter(|fingerprint| !known.contains_key(fingerprint)) {
            claims.entry(fingerprint).or_insert(owner);
        }
    }
    index(tx, project, &claims.into_iter().collect::<Vec<_>>()).await?;
    // somebody else may have been first, perhaps without knowing the newest key
    let owners_by = find(tx, project, &all).await?;
    let mut owners = BTreeMap::new();
    let mut astray = BTreeMap::new();
    for (place, number) in numbers.iter().enumerate() {
        let owner = number.owner(&owners_by).ok_or_else(no_fingerprint)?;
        owners.insert(place, owner);
        let others = number.fingerprints.iter().filter(|fingerprint| owners_by.get(fingerprint) != Some(&owner));
        astray.extend(others.map(|fingerprint| (fingerprint, owner)));
    }
    let rows: Vec<_> = astray.iter().map(|(f, id)| args![project, f.key_id, &f.hmac, *id]).collect();
    tx.execute_rows(&REINDEX, &rows).await?;
    let new: BTreeMap<Uuid, &Customer> = numbers
        .iter()
        .enumerate()
        .filter(|(place, number)| owners.get(place) == Some(&number.customer.id))
        .map(|(_, number)| (number.customer.id, &number.customer))
        .collect();
    add(tx, &new).await?;
    let keys: Vec<Key> = owners.values().map(|&id| Key { project, id }).collect();
    let locked: BTreeMap<Uuid, Customer> =
        lock(tx, &keys).await?.into_iter().map(|customer| (customer.id, customer)).collect();
    let of = |place: usize| owners.get(&place).and_then(|id| locked.get(id)).cloned();
    (0..numbers.len()).map(|place| of(place).ok_or_else(no_fingerprint)).collect()
}

impl Number {
    /// The customer of this number: the oldest key that knows it decides, because every server knows that one.
    fn owner(&self, known: &BTreeMap<Fingerprint, Uuid>) -> Option<Uuid> {
        let oldest = self.fingerprints.iter().filter(|fingerprint| known.contains_key(fingerprint)).min()?;
        known.get(oldest).copied()
    }
}

/// Adds fingerprints of customers of a project; those that are known stay as they are.
///
/// # Errors
/// [`StoreError`]
pub async fn index(tx: &mut Tx, project: Uuid, fingerprints: &[(&Fingerprint, Uuid)]) -> Result<(), StoreError> {
    let rows: Vec<_> = fingerprints.iter().map(|(f, id)| args![project, f.key_id, &f.hmac, *id]).collect();
    tx.execute_rows(&INDEX, &rows).await.map(drop)
}

/// Locks customers until the transaction ends, in order: after devices, before records.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, keys: &[Key]) -> Result<Vec<Customer>, StoreError> {
    let keys: BTreeSet<&Key> = keys.iter().collect();
    let rows: Vec<_> = keys.into_iter().map(|key| args![key.project, key.id]).collect();
    tx.fetch_rows(&LOCK, &rows).await?.iter().map(customer).collect()
}

/// Customers of a project by id, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, project: Uuid, ids: &[Uuid]) -> Result<Vec<Customer>, StoreError> {
    db.fetch_all(&LOAD, &args![project, ids]).await?.iter().map(customer).collect()
}

/// Customers whose masked number is one of these: whom a masked number may mean (BK-5).
///
/// # Errors
/// [`StoreError`]
pub async fn with_masks(db: &mut Reader, project: Uuid, masks: &[String]) -> Result<Vec<Customer>, StoreError> {
    db.fetch_all(&WITH_MASKS, &args![project, masks]).await?.iter().map(customer).collect()
}

/// At most `limit` customers with this name, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn called(db: &mut Reader, project: Uuid, name: &str, limit: i64) -> Result<Vec<Customer>, StoreError> {
    db.fetch_all(&CALLED, &args![project, name, limit]).await?.iter().map(customer).collect()
}

/// Names customers.
///
/// # Errors
/// [`StoreError`]
pub async fn rename<'a>(tx: &mut Tx, names: impl Iterator<Item = (&'a Key, &'a String)>) -> Result<(), StoreError> {
    let rows: Vec<_> = names.map(|(key, name)| args![key.project, key.id, name]).collect();
    tx.execute_rows(&RENAME, &rows).await.map(drop)
}

async fn add(tx: &mut Tx, customers: &BTreeMap<Uuid, &Customer>) -> Result<(), StoreError> {
    let rows: Vec<_> = customers
        .values()
        .map(|c| args![c.project, c.id, &c.sealed, c.key_id, &c.masked, &c.name, c.created_at])
        .collect();
    tx.execute_rows(&ADD, &rows).await.map(drop)
}

fn no_fingerprint() -> StoreError {
    StoreError::Inconsistent("a number without a fingerprint or a customer".to_owned())
}

fn customer(row: &Row) -> Result<Customer, StoreError> {
    Ok(Customer {
        project: row.id("project")?,
        id: row.id("id")?,
        sealed: row.blob("sealed")?,
        key_id: row.i64("key_id")?,
        masked: row.text("masked")?,
        name: row.text("name")?,
        created_at: row.i64("created_at")?,
    })
}
