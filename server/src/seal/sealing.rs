//! Sealing: XChaCha20-Poly1305 over texts and numbers that the database keeps but must not tell.
//!
//! A sealed value is `1 ‖ key id (u32 LE) ‖ nonce (24) ‖ ciphertext with tag`. What it is and whose it is are
//! authenticated with it, so that a sealed value cannot be moved to another place in the database.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::keys::{Key, KeyRing};
use crate::random::Random;

const FORMAT: u8 = 1;
const HEAD: usize = 1 + 4;
const NONCE: usize = 24;

/// Seals and opens; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sealer {
    ring: KeyRing,
    random: Random,
}

/// What a sealed value is and whose it is; the same to seal and to open.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Such as `op-segment` or `customer-phone`.
    pub purpose: &'static str,
    /// The bytes of the owner's key.
    pub owner: &'a [u8],
}

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealing: beyond what one nonce may cover (256 GiB).
    #[error("the value is too long to be sealed")]
    TooLong,
    /// Opening: not a sealed value.
    #[error("this is not a sealed value")]
    Malformed,
    /// Opening: the key it was sealed with is not in the folder.
    #[error("sealed with key {0}, which is not in the keys folder")]
    UnknownKey(u32),
    /// Opening: changed, sealed with another key of that id, or taken from another place.
    #[error("the sealed value is damaged or belongs elsewhere")]
    Damaged,
}

impl Sealer {
    /// A sealer with these keys.
    pub fn new(ring: KeyRing, random: Random) -> Self {
        Self { ring, random }
    }

    /// The id of the key that new values are sealed with.
    pub fn newest_key_id(&self) -> u32 {
        self.ring.newest().0
    }

    /// The id of the key that sealed a value; 0 for what is none.
    pub fn key_id_of(sealed: &[u8]) -> u32 {
        let head = sealed.first_chunk::<HEAD>();
        head.map_or(0, |&[_, ref id @ ..]| u32::from_le_bytes(*id))
    }

    /// The same value in the same place, sealed with the newest key.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn reseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal(place, &zeroize::Zeroizing::new(self.open(place, sealed)?))
    }

    /// `plaintext`, sealed with the newest key; 45 bytes longer.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, key) = self.ring.newest();
        let nonce: [u8; NONCE] = self.random.bytes();
        let aad = place.aad();
        let ciphertext = cipher(&key)
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &aad })
            .map_err(|_| SealError::TooLong)?;
        let mut sealed = Vec::with_capacity(HEAD + NONCE + ciphertext.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&id.to_le_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// What was sealed in that place.
    ///
    /// # Errors
    /// [`SealError`], except `TooLong`.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&[format, ref id @ ..], rest) = sealed.split_first_chunk::<HEAD>().ok_or(SealError::Malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Malformed)?;
        if format != FORMAT {
            return Err(SealError::Malformed);
        }
        let id = u32::from_le_bytes(*id);
        let key = self.ring.get(id).ok_or(SealError::UnknownKey(id))?;
        let aad = place.aad();
        cipher(&key)
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
            .map_err(|_| SealError::Damaged)
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

impl Place<'_> {
    /// The purpose is ended by a zero byte, which no purpose contains.
    fn aad(&self) -> Vec<u8> {
        [self.purpose.as_bytes(), &[0], self.owner].concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Place<'_> = Place { purpose: "customer-phone", owner: b"c-1" };

    fn sealer(keys: &[u8]) -> Sealer {
        Sealer::new(KeyRing::of_bytes(keys), Random::seeded(1))
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_only() {
        let sealer = sealer(&[7]);
        let sealed = sealer.seal(HERE, b"+8613812345678").unwrap();
        assert_eq!(sealed.len(), 14 + 45);
        assert!(!sealed.windows(5).any(|bytes| bytes == b"13812"));
        assert_eq!(sealer.open(HERE, &sealed).unwrap(), b"+8613812345678");
        for elsewhere in [
            Place { owner: b"c-2", ..HERE },
            Place { purpose: "customer-wechat", ..HERE },
            Place { purpose: "customer-phonec", owner: b"-1" },
        ] {
            assert_eq!(sealer.open(elsewhere, &sealed), Err(SealError::Damaged));
        }
        assert_ne!(sealed, sealer.seal(HERE, b"+8613812345678").unwrap(), "equal numbers do not look equal");
    }

    #[test]
    fn after_a_rotation_old_values_open_and_new_ones_use_the_new_key() {
        let (before, after) = (sealer(&[7]), sealer(&[7, 8]));
        let old = before.seal(HERE, b"old").unwrap();
        assert_eq!(after.open(HERE, &old).unwrap(), b"old");
        let new = after.seal(HERE, b"new").unwrap();
        assert_eq!(before.open(HERE, &new), Err(SealError::UnknownKey(2)));
        assert_eq!(sealer(&[9]).open(HERE, &old), Err(SealError::Damaged));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_noticed(text in proptest::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>(), flip in 1_u8..) {
            let sealer = sealer(&[7]);
            let mut sealed = sealer.seal(HERE, &text).unwrap();
            prop_assert_eq!(sealer.open(HERE, &sealed).unwrap(), text);
            prop_assert!(sealer.open(HERE, &sealed[..at.index(sealed.len())]).is_err());
            let at = at.index(sealed.len());
            sealed[at] ^= flip;
            prop_assert!(sealer.open(HERE, &sealed).is_err());
        }
    }
}
