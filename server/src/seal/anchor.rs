//! Anchors: tokens that prove when an op was recorded at the earliest.
//!
//! An anchor tells a device what time it was on the server, and which op of its log was acknowledged then. Opaque to
//! phones, it is base64url of 101 bytes, all integers little-endian:
//!
//! | bytes | |
//! |---|---|
//! | 1 | format, 1 |
//! | 4 | key id |
//! | 8 | org |
//! | 16 | device |
//! | 8 | server time, Unix ms |
//! | 8 | acknowledged seq |
//! | 32 | digest of that op, zeros for seq 0 |
//! | 8 | nonce |
//! | 16 | the first half of HMAC-SHA-256 over all before |

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use subtle::ConstantTimeEq;
use sync_core::op::Digest;
use uuid::Uuid;

use super::keys::{Key, KeyRing};
use crate::random::Random;

const FORMAT: u8 = 1;
const BODY: usize = 1 + 4 + 8 + 16 + 8 + 8 + 32 + 8;
const MAC: usize = 16;

/// What an anchor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The company.
    pub org: i64,
    /// The device it was handed to.
    pub device: Uuid,
    /// The server's time then, Unix ms.
    pub at: i64,
    /// The device's last acknowledged seq then; 0 for none.
    pub acked: i64,
    /// The digest of that op.
    pub digest: Digest,
}

/// Why a token is no anchor of this server. Nothing inside an op's time rejects the op: the anchor counts as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// Not the form of an anchor.
    #[error("not an anchor")]
    Malformed,
    /// Made with a key that is not in the keys folder.
    #[error("made with unknown key {0}")]
    UnknownKey(u32),
    /// Not made by this server.
    #[error("not made by this server")]
    Forged,
}

/// Makes and checks anchors; cheap to clone.
#[derive(Debug, Clone)]
pub struct Anchors {
    ring: KeyRing,
    random: Random,
}

impl Anchors {
    /// Anchors under these keys.
    pub fn new(ring: KeyRing, random: Random) -> Self {
        Self { ring, random }
    }

    /// A token that says so, made with the newest key.
    pub fn issue(&self, anchor: &Anchor) -> String {
        let (id, key) = self.ring.newest();
        let mut token = Vec::with_capacity(BODY + MAC);
        token.push(FORMAT);
        token.extend_from_slice(&id.to_le_bytes());
        token.extend_from_slice(&anchor.org.to_le_bytes());
        token.extend_from_slice(anchor.device.as_bytes());
        token.extend_from_slice(&anchor.at.to_le_bytes());
        token.extend_from_slice(&anchor.acked.to_le_bytes());
        token.extend_from_slice(&anchor.digest.0);
        token.extend_from_slice(&self.random.bytes::<8>());
        let mac = mac(&key, &token);
        token.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token says, if this server made it.
    ///
    /// # Errors
    /// [`AnchorError`].
    pub fn open(&self, token: &str) -> Result<Anchor, AnchorError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| AnchorError::Malformed)?;
        let bytes: [u8; BODY + MAC] = bytes.try_into().map_err(|_| AnchorError::Malformed)?;
        let (body, sent_mac) = bytes.split_at(BODY);
        let mut fields = Fields(body);
        if fields.take::<1>()? != [FORMAT] {
            return Err(AnchorError::Malformed);
        }
        let id = u32::from_le_bytes(fields.take()?);
        let key = self.ring.get(id).ok_or(AnchorError::UnknownKey(id))?;
        if !bool::from(mac(&key, body).ct_eq(sent_mac)) {
            return Err(AnchorError::Forged);
        }
        Ok(Anchor {
            org: i64::from_le_bytes(fields.take()?),
            device: Uuid::from_bytes(fields.take()?),
            at: i64::from_le_bytes(fields.take()?),
            acked: i64::from_le_bytes(fields.take()?),
            digest: Digest(fields.take()?),
        })
    }
}

fn mac(key: &Key, body: &[u8]) -> [u8; MAC] {
    let full: [u8; 32] = key.hmac().chain_update(body).finalize().into_bytes().into();
    let (half, _) = full.split_at(MAC);
    let mut mac = [0; MAC];
    mac.copy_from_slice(half);
    mac
}

/// The rest of the bytes to read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], AnchorError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(AnchorError::Malformed)?;
        self.0 = rest;
        Ok(*field)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn anchors(keys: &[u8]) -> Anchors {
        Anchors::new(KeyRing::of_bytes(keys), Random::seeded(1))
    }

    fn example() -> Anchor {
        Anchor {
            org: 3,
            device: Uuid::from_u128(7),
            at: 1_795_312_267_120,
            acked: 42,
            digest: Digest::of("{\"seq\":42}"),
        }
    }

    #[test]
    fn an_anchor_says_what_was_put_in_and_no_two_are_equal() {
        let anchors = anchors(&[7]);
        let token = anchors.issue(&example());
        assert_eq!(anchors.open(&token), Ok(example()));
        assert_eq!(token.len(), 135, "compact: every op carries one");
        assert_ne!(token, anchors.issue(&example()));
    }

    #[test]
    fn an_anchor_of_another_server_is_none() {
        let token = anchors(&[7]).issue(&example());
        assert_eq!(anchors(&[8]).open(&token), Err(AnchorError::Forged));
        assert_eq!(anchors(&[8, 7]).open(&token), Err(AnchorError::Forged));
        for text in ["", "a", "…", &token[1..], &format!("{token}AAAA"), &"A".repeat(token.len())] {
            assert_eq!(anchors(&[7]).open(text), Err(AnchorError::Malformed), "{text}");
        }
    }

    #[test]
    fn anchors_outlive_a_rotation() {
        let (before, after) = (anchors(&[7]), anchors(&[7, 8]));
        assert_eq!(after.open(&before.issue(&example())), Ok(example()));
        assert_eq!(before.open(&after.issue(&example())), Err(AnchorError::UnknownKey(2)));
    }

    proptest! {
        #[test]
        fn any_anchor_is_read_back_and_any_changed_byte_is_noticed(
            (org, device, at, acked) in any::<(i64, u128, i64, i64)>(),
            at_byte in 0..BODY + MAC,
            flip in 1_u8..,
        ) {
            let anchors = anchors(&[7]);
            let anchor = Anchor { org, device: Uuid::from_u128(device), at, acked, digest: Digest::ZERO };
            let token = anchors.issue(&anchor);
            prop_assert_eq!(anchors.open(&token), Ok(anchor));
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            bytes[at_byte] ^= flip;
            prop_assert!(anchors.open(&URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }
    }
}
