//! A small organisation: a project, a team with its lead and two promoters, a desk, the office.

use api_spec::auth::{Employment, Role, Session};
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::app::authenticate::ACTIVE;
use server::state::App;
use server::store::teams::{Membership, Team};
use server::store::users::User;
use server::store::{orgs, run_tx, teams, users};
use tests::api::{Answer, Api};
use tests::engine::Engine;
use tests::in_process::InProcess;
use uuid::Uuid;

/// The code of the organisation.
pub(crate) const ORG: &str = "qingshan";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse";
/// The project everybody works on.
pub(crate) const PROJECT: Uuid = Uuid::from_u128(0x50);
const TEAM: Uuid = Uuid::from_u128(0x7e);
/// Everybody began to work at this moment of the frozen clock.
pub(crate) const MORNING: &str = "2026-11-22T01:00:00Z";

/// Somebody of the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Promoter = 1,
    OtherPromoter,
    Lead,
    Desk,
    Office,
    Stranger,
}

impl Who {
    const ALL: [Self; 6] = [Self::Promoter, Self::OtherPromoter, Self::Lead, Self::Desk, Self::Office, Self::Stranger];

    pub(crate) fn id(self) -> Uuid {
        Uuid::from_u128(self as u128)
    }

    pub(crate) fn username(self) -> &'static str {
        match self {
            Self::Promoter => "lihua",
            Self::OtherPromoter => "zhangwei",
            Self::Lead => "wangfang",
            Self::Desk => "liuyang",
            Self::Office => "chenjing",
            Self::Stranger => "zhaolei",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Promoter | Self::OtherPromoter | Self::Stranger => Role::Promoter,
            Self::Lead => Role::TeamLead,
            Self::Desk => Role::Desk,
            Self::Office => Role::BackOffice,
        }
    }

    fn team(self) -> Option<Uuid> {
        matches!(self, Self::Promoter | Self::OtherPromoter | Self::Lead).then_some(TEAM)
    }
}

/// A server that knows the organisation; its clock stands at [`MORNING`].
pub(crate) async fn start(engine: Engine) -> InProcess {
    start_with(engine, &[]).await
}

/// The same with these flags of `baobei serve`.
pub(crate) async fn start_with(engine: Engine, flags: &[&str]) -> InProcess {
    let server = InProcess::start_with(engine, &[&["--dev-clock"], flags].concat()).await;
    server.api().set_clock(MORNING).await;
    found(server.app()).await;
    server
}

async fn found(app: &App) {
    let hash = app.passwords.hash(PASSWORD).await.unwrap();
    run_tx(&app.db, "found", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let team = Team {
            org,
            id: TEAM,
            project: PROJECT,
            code: "t1".to_owned(),
            name: "一组".to_owned(),
            lead: Some(Who::Lead.id()),
            deputy: None,
            delegate: None,
        };
        teams::put(&mut tx, &team).await?;
        for who in Who::ALL {
            users::add(&mut tx, &user(org, who, &hash)).await?;
        }
        let members = Who::ALL.into_iter().filter(|who| *who != Who::Stranger);
        teams::add_memberships(&mut tx, &members.map(|who| membership(org, who)).collect::<Vec<_>>()).await
    })
    .await
    .unwrap();
}

fn user(org: i64, who: Who, hash: &str) -> User {
    User {
        org,
        id: who.id(),
        username: who.username().to_owned(),
        name: who.username().to_uppercase(),
        role: who.role().as_str().to_owned(),
        employment: Employment::Staff.as_str().to_owned(),
        project: Some(PROJECT),
        team: who.team(),
        partner: None,
        trained_on: None,
        status: ACTIVE.to_owned(),
        ended_at: None,
        password_hash: Some(hash.to_owned()),
        must_change_password: false,
        one_time_code_hash: None,
        one_time_code_expires: None,
    }
}

fn membership(org: i64, who: Who) -> Membership {
    let role = who.role().as_str().to_owned();
    Membership {
        org,
        user: who.id(),
        id: who.id(),
        project: PROJECT,
        team: who.team(),
        role,
        from_at: 0,
        until_at: None,
    }
}

/// Gives somebody another role on another project.
pub(crate) async fn appoint(app: &App, who: Who, role: Role, project: Uuid) {
    run_tx(&app.db, "appoint", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let (id, role) = (Uuid::new_v5(&who.id(), project.as_bytes()), role.as_str().to_owned());
        let other = Membership { id, project, team: None, role, ..membership(org, who) };
        teams::add_memberships(&mut tx, &[other]).await
    })
    .await
    .unwrap();
}

/// A body for `POST /v1/auth/login`.
pub(crate) fn login(who: Who, password: &str, device: Option<Uuid>) -> Value {
    let mut body = json!({"org": ORG, "username": who.username(), "password": password});
    if let Some(id) = device {
        body["device"] = json!({"id": id, "name": "手机", "platform": "android 15"});
    }
    body
}

/// Logs somebody in, with the usual password.
pub(crate) async fn log_in(api: &Api, who: Who, device: Option<Uuid>) -> Session {
    api.post("/v1/auth/login", &login(who, PASSWORD, device)).await.unwrap()
}

/// The server as seen by the holder of a session.
pub(crate) fn of(api: &Api, session: &Session) -> Api {
    api.with_token(session.tokens.access_token.reveal())
}

/// Status and code of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Answer<T>) -> (u16, String) {
    let problem = answer.unwrap_err();
    assert!(StatusCode::from_u16(problem.status).is_ok_and(|status| status.is_client_error()), "{problem:?}");
    (problem.status, problem.code)
}
