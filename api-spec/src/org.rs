//! The document `baobei org import` reads: the shape, for documentation and schema. The server reads it strictly, so that
//! it can list every mistake with its place.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    auth::{Employment, Role, employment, role},
    primitives::Secret,
};

/// A company with everything in it. Importing twice changes nothing, never resets a password, and closes nobody
/// without `"active": false`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgDocument {
    /// The company.
    pub org: Org,
    /// Partners (渠道公司).
    #[serde(default)]
    pub partners: Vec<OrgPartner>,
    /// Projects (楼盘项目).
    #[serde(default)]
    pub projects: Vec<OrgProject>,
    /// Teams.
    #[serde(default)]
    pub teams: Vec<OrgTeam>,
    /// People.
    #[serde(default)]
    pub users: Vec<OrgUser>,
    /// Posts (点位).
    #[serde(default)]
    pub posts: Vec<OrgPost>,
    /// Outlets (渠道点位).
    #[serde(default)]
    pub outlets: Vec<OrgOutlet>,
}

/// The company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Org {
    /// What people type at login.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgPartner {
    /// Names it in this document.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `A`, `B` or `C`.
    #[serde(default)]
    pub tier: Option<String>,
    /// `active`, `suspended` (PT-29) or `blacklisted` (PT-28); default active.
    #[serde(default)]
    pub status: Option<String>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgProject {
    /// Names it in this document.
    pub code: String,
    /// Its name.
    pub name: String,
    /// IANA time zone.
    #[schema(example = "Asia/Shanghai")]
    pub timezone: String,
    /// The site's fence.
    pub site: OrgFence,
    /// Policy keys that differ from the defaults.
    #[serde(default)]
    pub policy: BTreeMap<String, Value>,
}

/// A circle on the map, by `lat`, `lng` and `radius_m`, or a `polygon`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgFence {
    /// Latitude of the centre, degrees.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Longitude of the centre, degrees.
    #[serde(default)]
    pub lng: Option<f64>,
    /// Radius, metres.
    #[serde(default)]
    pub radius_m: Option<f64>,
    /// Instead of a circle: 3 to 100 corners as `[lat, lng]`, in the order in which one walks around the area.
    #[serde(default)]
    pub polygon: Option<Vec<[f64; 2]>>,
    /// `wgs84` (default), `gcj02` or `bd09`.
    #[serde(default)]
    pub datum: Option<String>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgTeam {
    /// Names it in this document.
    pub code: String,
    /// Its project's code.
    pub project: String,
    /// Its name.
    pub name: String,
    /// The lead's user name.
    #[serde(default)]
    pub lead: Option<String>,
    /// The deputy's user name.
    #[serde(default)]
    pub deputy: Option<String>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgUser {
    /// The name to log in with.
    pub username: String,
    /// The name colleagues see.
    pub name: String,
    /// The role.
    #[schema(schema_with = role)]
    pub role: Role,
    /// The project's code.
    #[serde(default)]
    pub project: Option<String>,
    /// The team's code.
    #[serde(default)]
    pub team: Option<String>,
    /// How employed.
    #[serde(default)]
    #[schema(schema_with = employment)]
    pub employment: Option<Employment>,
    /// The partner's code, for agents.
    #[serde(default)]
    pub partner: Option<String>,
    /// The day of the training (TR-1).
    #[serde(default)]
    pub trained_on: Option<NaiveDate>,
    /// The first password; ignored when the user exists. Without one the lead issues a one-time code.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Since when on the project: a day, or an instant. A first membership without it holds from always.
    #[serde(default)]
    #[schema(example = "2026-11-22")]
    pub since: Option<String>,
    /// Further projects, for somebody who works on several. Memberships that neither this nor `project` names end.
    #[serde(default)]
    pub memberships: Option<Vec<OrgMembership>>,
    /// `false` closes the account.
    #[serde(default)]
    pub active: Option<bool>,
}

/// Work on one more project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgMembership {
    /// The project's code.
    pub project: String,
    /// The team's code.
    #[serde(default)]
    pub team: Option<String>,
    /// The role there; without it the person's.
    #[serde(default)]
    #[schema(schema_with = role)]
    pub role: Option<Role>,
    /// As in `OrgUser`.
    #[serde(default)]
    pub since: Option<String>,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgPost {
    /// Names it in this document.
    pub code: String,
    /// Its project's code.
    pub project: String,
    /// Its name.
    pub name: String,
    /// Latitude of the centre, degrees.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Longitude of the centre, degrees.
    #[serde(default)]
    pub lng: Option<f64>,
    /// Radius, metres.
    #[serde(default)]
    pub radius_m: Option<f64>,
    /// Instead of a circle: 3 to 100 corners as `[lat, lng]`, in the order in which one walks around the area.
    #[serde(default)]
    pub polygon: Option<Vec<[f64; 2]>>,
    /// `wgs84` (default), `gcj02` or `bd09`.
    #[serde(default)]
    pub datum: Option<String>,
}

/// An outlet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgOutlet {
    /// Names it in this document.
    pub code: String,
    /// Its project's code.
    pub project: String,
    /// Its name.
    pub name: String,
    /// As in the kind `outlet`.
    pub category: String,
    /// `A` to `D`.
    #[serde(default)]
    pub grade: Option<String>,
    /// Latitude, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lng: f64,
    /// `wgs84` (default), `gcj02` or `bd09`.
    #[serde(default)]
    pub datum: Option<String>,
    /// Its address.
    #[serde(default)]
    pub address: Option<String>,
    /// Whom to ask for there.
    #[serde(default)]
    pub contact: Option<String>,
    /// Username of who looks after it: its visits are asked of their team on the project. Without one it is every lead's.
    #[serde(default)]
    pub owner: Option<String>,
    /// The day it opened on, from which it asks for visits (OV-3); the day of its first import when left out. Later files do not change it.
    #[serde(default)]
    pub opened_on: Option<chrono::NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_document_has_the_documented_shape() {
        let demo: OrgDocument = serde_json::from_str(include_str!("../../server/demo/org.json")).unwrap();
        assert!(!demo.users.is_empty());
        assert!(!format!("{demo:?}").contains("-demo-2026"), "P11: passwords are never printed");
    }
}
