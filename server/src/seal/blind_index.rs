//! The blind index: finds a customer by phone number without keeping the number readable.
//!
//! `customer_index (project, key_id, hmac)` holds HMAC-SHA-256 over project and E.164 number, under every key there is. While a
//! rotation lasts, servers that know the new key and those that do not meet under the old one.

use std::fmt;

use hmac::Mac;
use uuid::Uuid;

use super::keys::{Key, KeyRing};
use super::phone::PhoneNumber;

/// Makes index entries; cheap to clone.
#[derive(Debug, Clone)]
pub struct BlindIndex(KeyRing);

/// A row's key: which index key, and what the number is under it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexEntry {
    /// The generation of the index key.
    pub key_id: u32,
    /// HMAC-SHA-256 of project and number.
    pub hmac: [u8; 32],
}

impl fmt::Debug for IndexEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexEntry({}, {}…)", self.key_id, hex::encode(&self.hmac[..4]))
    }
}

impl BlindIndex {
    /// An index under these keys.
    pub fn new(ring: KeyRing) -> Self {
        Self(ring)
    }

    /// The entry to store, under the newest key.
    pub fn entry(&self, project: Uuid, phone: &PhoneNumber) -> IndexEntry {
        let (key_id, key) = self.0.newest();
        entry(key_id, &key, project, phone)
    }

    /// The entries to search for, one for each key, the newest first; all of them are stored.
    pub fn entries(&self, project: Uuid, phone: &PhoneNumber) -> Vec<IndexEntry> {
        self.0.all().into_iter().map(|(key_id, key)| entry(key_id, &key, project, phone)).collect()
    }

    /// The id of the key that new entries use.
    pub fn newest_key_id(&self) -> u32 {
        self.0.newest().0
    }
}

fn entry(key_id: u32, key: &Key, project: Uuid, phone: &PhoneNumber) -> IndexEntry {
    let mac = key.hmac().chain_update(project.as_bytes()).chain_update(phone.e164().as_bytes());
    IndexEntry { key_id, hmac: mac.finalize().into_bytes().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::phone::Region;

    fn phone(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text, Region::CN).unwrap()
    }

    #[test]
    fn one_number_has_one_entry_a_project_however_it_was_written() {
        let index = BlindIndex::new(KeyRing::of_bytes(&[7]));
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let entry = index.entry(here, &phone("13812345678"));
        assert_eq!(entry, index.entry(here, &phone("+86 138-1234-5678")));
        assert_ne!(entry, index.entry(here, &phone("13812345679")));
        assert_ne!(entry, index.entry(there, &phone("13812345678")), "projects cannot be joined");
        assert!(!format!("{entry:?}").contains("13812345678"));
    }

    #[test]
    fn after_a_rotation_old_rows_are_still_found() {
        let (before, after) = (BlindIndex::new(KeyRing::of_bytes(&[7])), BlindIndex::new(KeyRing::of_bytes(&[7, 8])));
        let (project, number) = (Uuid::from_u128(1), phone("13812345678"));
        let entries = after.entries(project, &number);
        assert_eq!(entries, [after.entry(project, &number), before.entry(project, &number)]);
        assert_eq!((after.newest_key_id(), entries[1].key_id), (2, 1));
    }
}
