//! How a phone proves that its copy of a bucket equals the server's (P12).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Sum mod 2^64 over the live members of a bucket of the first 8 bytes, little-endian, of SHA-256(id as 16 bytes ‖ rev as u64 LE).
///
/// Written as 16 lower-case hex digits. Order does not matter, and members can be added and taken out one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum(u64);

impl Checksum {
    /// Adds a live member.
    pub fn add(&mut self, id: Uuid, rev: u64) {
        self.0 = self.0.wrapping_add(term(id, rev));
    }

    /// Takes a member out that was added before.
    pub fn remove(&mut self, id: Uuid, rev: u64) {
        self.0 = self.0.wrapping_sub(term(id, rev));
    }

    /// The checksum of a whole bucket.
    pub fn of(members: impl IntoIterator<Item = (Uuid, u64)>) -> Self {
        let mut sum = Self::default();
        for (id, rev) in members {
            sum.add(id, rev);
        }
        sum
    }

    /// The 64 bits as a signed integer, the way databases keep them.
    pub fn to_bits(self) -> i64 {
        i64::from_le_bytes(self.0.to_le_bytes())
    }

    /// The inverse of [`Checksum::to_bits`].
    pub fn from_bits(bits: i64) -> Self {
        Self(u64::from_le_bytes(bits.to_le_bytes()))
    }
}

fn term(id: Uuid, rev: u64) -> u64 {
    let digest = Sha256::new().chain_update(id.as_bytes()).chain_update(rev.to_le_bytes()).finalize();
    digest.iter().take(8).rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Checksum> for String {
    fn from(sum: Checksum) -> Self {
        sum.to_string()
    }
}

impl TryFrom<String> for Checksum {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u64::from_str_radix(&text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn p12_members_come_and_go_in_any_order(members in prop::collection::vec((any::<u128>(), any::<u64>()), 0..20), split in 0usize..20) {
            let members: Vec<_> = members.into_iter().map(|(id, rev)| (Uuid::from_u128(id), rev)).collect();
            let (gone, kept) = members.split_at(split.min(members.len()));
            let mut sum = Checksum::of(members.iter().rev().copied());
            for &(id, rev) in gone {
                sum.remove(id, rev);
            }
            prop_assert_eq!(sum, Checksum::of(kept.iter().copied()));
            prop_assert_eq!(Checksum::from_bits(sum.to_bits()), sum);
            prop_assert_eq!(Checksum::try_from(sum.to_string()).unwrap(), sum);
        }
    }
}
