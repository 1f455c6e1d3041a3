//! `/v1/auth/*`, `/v1/me`: who asks.

use serde::{Deserialize, Serialize};
use sync_core::op::Digest;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use uuid::Uuid;

use crate::primitives::{Instant, Secret};

pub use sync_core::people::{Employment, Role};

fn words(words: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

/// The schema of a [`Role`], for fields that hold one.
pub(crate) fn role() -> Object {
    words(Role::ALL.iter().map(|role| role.as_str()))
}

/// The schema of an optional [`Employment`].
pub(crate) fn employment() -> Object {
    let words = Employment::ALL.iter().map(|employment| Some(employment.as_str())).chain([None]);
    let types = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(words)).build()
}

/// `POST /v1/auth/login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Login {
    /// The company's code.
    #[schema(example = "qingshan")]
    pub org: String,
    /// The user name, unique in the company.
    #[schema(example = "lihua")]
    pub username: String,
    /// The password; a one-time code goes here too, and makes `must_change_password` true.
    pub password: Secret,
    /// The phone. Without one the session can do everything but synchronise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceClaim>,
}

/// A phone as it presents itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceClaim {
    /// Made by the app at its first start, kept with its log. Belongs to one user for ever.
    pub id: Uuid,
    /// What the user calls it, up to 64 characters.
    #[schema(example = "李华的手机", max_length = 64)]
    pub name: String,
    /// Operating system and version, up to 64 characters.
    #[schema(example = "android 15", max_length = 64)]
    pub platform: String,
    /// A hash that stays the same when the app is installed again (AT-16), up to 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub hardware: Option<String>,
}

/// The answer of `POST /v1/auth/login` and `POST /v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Tokens for the requests to come.
    #[serde(flatten)]
    pub tokens: Tokens,
    /// Until it is changed, everything but `POST /v1/me/password` is refused with `must-change-password`.
    pub must_change_password: bool,
    /// The first anchor; with a device only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Who logged in.
    pub user: User,
    /// Where the device's log stands on the server; with a device only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceHead>,
}

/// Tokens; the answer of `POST /v1/auth/refresh`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// Sent as `Authorization: Bearer …`.
    pub access_token: Secret,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Life of the access token, in seconds.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// Good for one refresh, which answers with the next one. A repeat within 30 s is taken for a lost answer,
    /// a later one ends the whole family of sessions.
    pub refresh_token: Secret,
}

/// `POST /v1/auth/refresh`, `POST /v1/auth/logout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refresh {
    /// The newest refresh token.
    pub refresh_token: Secret,
}

/// Where a device's log stands on the server. Only for a phone without a log of its own: a phone that has one keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceHead {
    /// The device.
    pub id: Uuid,
    /// The seq of the next op, 1 for a new device.
    pub next_seq: u64,
    /// The digest that op names as `prev`: 64 hex digits, zeros for a new device.
    #[schema(value_type = String, example = "0000000000000000000000000000000000000000000000000000000000000000")]
    pub head: Digest,
}

/// Somebody, as they see themselves; the answer of `GET /v1/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The user.
    pub id: Uuid,
    /// The name to log in with.
    pub username: String,
    /// The name colleagues see.
    pub name: String,
    /// The role today.
    #[schema(schema_with = role)]
    pub role: Role,
    /// How employed; null for those who do not work in the field.
    #[schema(schema_with = employment)]
    pub employment: Option<Employment>,
    /// The main project today.
    pub project: Option<Uuid>,
    /// The team today.
    pub team: Option<Uuid>,
    /// The partner, for agents.
    pub partner: Option<Uuid>,
    /// Where the user worked and works. Work counts by its moment.
    pub memberships: Vec<Membership>,
}

/// A span in which somebody works on a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Membership {
    /// The project.
    pub project: Uuid,
    /// The team, if in one.
    pub team: Option<Uuid>,
    /// The role there.
    #[schema(schema_with = role)]
    pub role: Role,
    /// Its beginning; null for always.
    pub from: Option<Instant>,
    /// Its end (exclusive); null while it lasts.
    pub until: Option<Instant>,
}

/// `POST /v1/me/password`. Answered with 204.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The password, or the one-time code this session began with.
    pub old_password: Secret,
    /// The new one, 10 to 128 characters.
    #[schema(min_length = 10, max_length = 128)]
    pub new_password: Secret,
}

/// The answer of `POST /v1/users/{id}/one-time-code`: shown once, to the lead, who hands it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OneTimeCode {
    /// Goes where the password goes, once.
    pub code: Secret,
    /// Until when.
    pub expires_at: Instant,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_lists_the_roles() {
        let schema = serde_json::to_value(<User as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["properties"]["role"]["enum"][0], "promoter");
        assert_eq!(schema["properties"]["employment"]["enum"], json!(["liaison", "staff", "agent", null]));
        assert_eq!(schema["properties"]["employment"]["type"], json!(["string", "null"]));
    }

    #[test]
    fn a_login_answer_has_the_documented_shape() {
        let user = json!({"id": Uuid::nil(), "username": "lihua", "name": "李华", "role": "team_lead", "employment": "staff",
            "project": null, "team": null, "partner": null,
            "memberships": [{"project": Uuid::nil(), "team": null, "role": "team_lead", "from": null, "until": null}]});
        let text = json!({"access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r",
            "must_change_password": false, "anchor": "x", "user": user,
            "device": {"id": Uuid::nil(), "next_seq": 1, "head": "0".repeat(64)}});
        let session: Session = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(session).unwrap(), text);
    }
}
