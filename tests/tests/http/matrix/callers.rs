//! Who calls: one column each.

use api_spec::auth::Session;
use serde_json::{Value, json};
use tests::api::Api;
use tests::world::{self, ORG, OTHER_PROJECT, PASSWORD, TEAMS};
use uuid::Uuid;

use super::others::{OTHER_ORG, THEIR_PROJECT, THEIR_TEAM};
use super::targets::Targets;

/// From where somebody calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The project of the things, or all projects.
    Here,
    /// Another project of the organisation.
    OtherProject,
    /// Another organisation.
    OtherOrg,
    /// Without a token that is good for anything.
    Outside,
}

/// Somebody who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The heading of the column.
    pub(crate) column: &'static str,
    /// What it stands for.
    pub(crate) about: &'static str,
    pub(crate) place: Place,
    pub(crate) api: Api,
}

impl Caller {
    /// The same targets among the things of the caller's own project.
    pub(crate) fn at_home(&self, targets: Targets) -> Targets {
        let (project, team) = match self.place {
            Place::OtherOrg => (THEIR_PROJECT, THEIR_TEAM),
            Place::OtherProject => (OTHER_PROJECT, TEAMS[2]),
            Place::Here | Place::Outside => return targets,
        };
        targets.with("project", project.to_string()).with("team", team.to_string())
    }
}

/// Those with a good token, in the order in which they call: who may do least comes first.
pub(crate) const PEOPLE: [(&str, &str, &str, Place); 16] = [
    ("XP", "chenchen", "promoter of another organisation", Place::OtherOrg),
    ("XA", "luoyi", "admin of another organisation", Place::OtherOrg),
    (
        "X*",
        "heping",
        "everything at once in another organisation: promoter, consultant, desk, …, back office",
        Place::OtherOrg,
    ),
    ("OB", "tangyu", "back office of another project of the organisation", Place::OtherProject),
    (
        "OW",
        "zhangwei",
        "promoter whose own all things are: lead, log, request, device …, and who brought the customers",
        Place::Here,
    ),
    ("P+", "luojia", "promoter of the same team, and everything at once in the other project", Place::Here),
    ("LI", "wangfang", "promoter of the same team, a liaison", Place::Here),
    ("AG", "machao", "promoter, an agent of a partner", Place::Here),
    ("C2", "fenglin", "consultant who does not receive the customers", Place::Here),
    ("CO", "wuqiang", "consultant who receives the customers", Place::Here),
    ("DK", "zhoumei", "desk", Place::Here),
    ("T2", "chenjing", "team lead of another team of the project; leads the claimant of the disputes", Place::Here),
    ("TL", "lihua", "team lead of the owner", Place::Here),
    ("SL", "xujun", "site lead", Place::Here),
    ("BO", "huangyan", "back office", Place::Here),
    ("AD", "zhengyi", "admin of the organisation", Place::Here),
];

/// Whose tokens are lost, ended and expired: who may do much.
const TOKENS_OF: &str = "huangyan";

/// Those with a good token.
pub(crate) async fn people(server: &Api) -> Vec<Caller> {
    let mut callers = Vec::new();
    for (column, username, about, place) in PEOPLE {
        let org = if place == Place::OtherOrg { OTHER_ORG } else { ORG };
        let session = log_in(server, org, username, Some(username)).await;
        callers.push(Caller { column, about, place, api: of(server, &session) });
    }
    callers
}

/// Those without a good token, but for the one whose token has yet to expire.
pub(crate) async fn locked_out(server: &Api) -> Vec<Caller> {
    let outside = |column, about, api| Caller { column, about, place: Place::Outside, api };
    let ended = log_in(server, ORG, TOKENS_OF, None).await;
    let refresh = json!({"refresh_token": ended.tokens.refresh_token.reveal()});
    server.post::<Value>("/v1/auth/logout", &refresh).await.unwrap();
    vec![
        outside("ST", "back office on a phone that was stolen", revoked(server, "stolen", true).await),
        outside("RV", "back office on a phone that was revoked", revoked(server, "revoked", false).await),
        outside("SE", "back office after logging out", of(server, &ended)),
        outside("GA", "a token that is none", server.with_token("a.b.c")),
        outside("NO", "no token", server.clone()),
    ]
}

/// Whose token will have expired when the clock has been moved on.
pub(crate) async fn late(server: &Api) -> Caller {
    let api = of(server, &log_in(server, ORG, TOKENS_OF, None).await);
    Caller { column: "EX", about: "back office with a token that has expired", place: Place::Outside, api }
}

async fn revoked(server: &Api, phone: &str, stolen: bool) -> Api {
    let session = log_in(server, ORG, TOKENS_OF, Some(phone)).await;
    let id = session.device.as_ref().unwrap().id;
    let other = of(server, &log_in(server, ORG, TOKENS_OF, None).await);
    let body = json!({"reason": "x", "stolen": stolen});
    other.post::<Value>(&format!("/v1/devices/{id}/revoke"), &body).await.unwrap();
    of(server, &session)
}

/// Logs somebody in, on a phone if one is named.
pub(crate) async fn log_in(server: &Api, org: &str, username: &str, phone: Option<&str>) -> Session {
    let mut body = json!({"org": org, "username": username, "password": PASSWORD});
    if let Some(phone) = phone {
        body["device"] = json!({"id": device(phone), "name": "手机", "platform": "android 15"});
    }
    server.post("/v1/auth/login", &body).await.unwrap()
}

/// The id of the phone of this name.
pub(crate) fn device(phone: &str) -> Uuid {
    Uuid::new_v5(&world::PROJECT, phone.as_bytes())
}

fn of(server: &Api, session: &Session) -> Api {
    server.with_token(session.tokens.access_token.reveal())
}
