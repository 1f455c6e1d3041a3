//! Access tokens: short-lived JWTs (HS256, key id in the header), checked against the injected clock.

use std::time::Duration;

use api_spec::auth::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::KeyRing;

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user.
    #[serde(rename = "sub")]
    pub user: Uuid,
    /// The company.
    pub org: i64,
    /// The device the token is bound to, when the login came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Uuid>,
    /// The role at login.
    pub role: Role,
    /// The login this token and its refresh tokens descend from.
    pub family: Uuid,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    identity: Identity,
    /// Issued at and expiring at, Unix seconds (RFC 7519).
    iat: i64,
    exp: i64,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Not a token of this server: malformed, another algorithm, an unknown key, a wrong signature.
    #[error("the access token is not valid")]
    Invalid,
    /// It was valid, until `exp`.
    #[error("the access token has expired")]
    Expired,
}

/// Makes and checks access tokens; cheap to clone.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    ring: KeyRing,
    lifetime: Duration,
}

impl AccessTokens {
    /// Tokens under these keys that live so long.
    pub fn new(ring: KeyRing, lifetime: Duration) -> Self {
        Self { ring, lifetime }
    }

    /// How long a new token lives.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A token for `identity` from `now_ms` (Unix ms) on.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] when the claims cannot be signed.
    pub fn issue(&self, identity: Identity, now_ms: i64) -> Result<String, AccessError> {
        let (id, key) = self.ring.newest();
        let header = Header { kid: Some(id.to_string()), ..Header::new(Algorithm::HS256) };
        let iat = now_ms.div_euclid(1_000);
        let exp = iat.saturating_add(i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX));
        encode(&header, &Claims { identity, iat, exp }, &EncodingKey::from_secret(key.bytes()))
            .map_err(|_| AccessError::Invalid)
    }

    /// Who the token speaks for at `now_ms` (Unix ms).
    ///
    /// # Errors
    /// [`AccessError`].
    pub fn open(&self, token: &str, now_ms: i64) -> Result<Identity, AccessError> {
        let id = decode_header(token).ok().and_then(|header| header.kid?.parse().ok()).ok_or(AccessError::Invalid)?;
        let key = self.ring.get(id).ok_or(AccessError::Invalid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        // the library would ask the wall clock
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let claims = decode::<Claims>(token, &DecodingKey::from_secret(key.bytes()), &validation)
            .map_err(|_| AccessError::Invalid)?
            .claims;
        if now_ms.div_euclid(1_000) < claims.exp { Ok(claims.identity) } else { Err(AccessError::Expired) }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const NOW: i64 = 1_795_312_267_120;

    fn tokens(keys: &[u8]) -> AccessTokens {
        AccessTokens::new(KeyRing::of_bytes(keys), Duration::from_mins(15))
    }

    fn somebody() -> Identity {
        Identity {
            user: Uuid::from_u128(1),
            org: 2,
            device: Some(Uuid::from_u128(3)),
            role: Role::TeamLead,
            family: Uuid::from_u128(4),
        }
    }

    #[test]
    fn a_token_speaks_for_its_user_until_it_expires_by_the_injected_clock() {
        let tokens = tokens(&[7]);
        let token = tokens.issue(somebody(), NOW).unwrap();
        assert_eq!(tokens.open(&token, NOW), Ok(somebody()));
        let end = (NOW / 1_000 + 900) * 1_000;
        assert_eq!(tokens.open(&token, end - 1), Ok(somebody()));
        assert_eq!(tokens.open(&token, end), Err(AccessError::Expired));
        assert_eq!(tokens.open(&token, NOW - 86_400_000), Ok(somebody()), "a clock set back does not end a login");
        let office = Identity { device: None, role: Role::BackOffice, ..somebody() };
        assert_eq!(tokens.open(&tokens.issue(office.clone(), NOW).unwrap(), NOW), Ok(office));
    }

    #[test]
    fn tokens_outlive_a_rotation_and_not_their_key() {
        let (before, after) = (tokens(&[7]), tokens(&[7, 8]));
        let token = before.issue(somebody(), NOW).unwrap();
        assert_eq!(after.open(&token, NOW), Ok(somebody()));
        assert_eq!(before.open(&after.issue(somebody(), NOW).unwrap(), NOW), Err(AccessError::Invalid));
        assert_eq!(tokens(&[9]).open(&token, NOW), Err(AccessError::Invalid));
    }

    #[test]
    fn forged_tokens_are_refused() {
        let tokens = tokens(&[7]);
        let token = tokens.issue(somebody(), NOW).unwrap();
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let promoted =
            String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap().replace("team_lead", "admin");
        for forged in [
            format!("{header}.{}.{signature}", part(&promoted)),
            format!("{}.{claims}.", part(r#"{"typ":"JWT","alg":"none","kid":"1"}"#)),
            format!("{}.{claims}.{signature}", part(r#"{"typ":"JWT","alg":"HS256"}"#)),
            format!("{}.{claims}.{signature}", part(r#"{"typ":"JWT","alg":"HS512","kid":"1"}"#)),
            format!("{header}.{claims}."),
            format!("{header}.{claims}"),
            String::new(),
        ] {
            assert_eq!(tokens.open(&forged, NOW), Err(AccessError::Invalid), "{forged}");
        }
    }
}
