//! Refresh tokens: opaque secrets of which the server keeps only the digest.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::random::Random;

/// What a refresh token begins with, so that one in the wrong place is recognised.
const PREFIX: &str = "bbr_";
const SECRET: usize = 32;

/// SHA-256 of a token: what is stored and looked up. The token is random, so it needs no salt.
pub type TokenDigest = [u8; 32];

/// A new token for the phone, with its digest for the database.
pub fn issue(random: &Random) -> (Zeroizing<String>, TokenDigest) {
    let secret = Zeroizing::new(random.bytes::<SECRET>());
    let token = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret.as_slice())));
    let digest = Sha256::digest(token.as_bytes()).into();
    (token, digest)
}

/// The digest of a token as it was sent, or `None` when it has not the form of one.
pub fn digest(token: &str) -> Option<TokenDigest> {
    let secret = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    (secret.len() == SECRET).then(|| Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_digest_alone() {
        let random = Random::system();
        let (token, stored) = issue(&random);
        assert_eq!(digest(&token), Some(stored));
        assert_ne!(issue(&random).1, stored);
        assert!(!token.contains(&URL_SAFE_NO_PAD.encode(stored)));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let (token, _) = issue(&Random::seeded(1));
        for text in
            ["", "bbr_", &token[4..], &token[..token.len() - 1], &format!("{}A", *token), "eyJhbGciOiJIUzI1NiJ9.e30.x"]
        {
            assert_eq!(digest(text), None, "{text}");
        }
    }
}
