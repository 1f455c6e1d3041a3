//! Checksums of buckets.

use serde_json::{Value, json};
use sync_core::checksum::Checksum;
use uuid::Uuid;

use super::file;

pub(super) fn checksums() -> Value {
    let member = |n: u128, rev: u64| (Uuid::from_u128(0x0193_e0a0_0000_7000_8000_0000_0000_0000 + n), rev);
    let cases = [
        vec![],
        vec![member(1, 1)],
        vec![member(1, 2)],
        vec![member(1, 1), member(2, 2)],
        vec![member(2, 2), member(1, 1)],
        (1..=20).map(|n| member(n, u64::try_from(n).unwrap() * 7)).collect(),
        vec![member(3, u64::from(u32::MAX) + 1), (Uuid::max(), (1 << 53) - 1), (Uuid::nil(), 1)],
    ];
    let cases = cases.into_iter().map(|members| {
        let checksum = Checksum::of(members.iter().copied());
        let members: Vec<_> = members.into_iter().map(|(id, rev)| json!({"id": id, "rev": rev})).collect();
        json!({"members": members, "checksum": checksum})
    });
    file(
        "`checksum` of a bucket with these live `members`: the sum mod 2^64 of the first 8 bytes, little-endian, of SHA-256(id as 16 bytes ‖ rev as u64 little-endian), as 16 hex digits.",
        cases,
    )
}
