//! Who is measured: an organisation of promoters with a phone each, on projects of forty people.

use std::collections::BTreeMap;
use std::time::Instant;

use api_spec::auth::{DeviceClaim, Login};
use api_spec::primitives::Secret;
use futures_util::{StreamExt, stream};
use server::random::Random;
use server::seal::password::{PasswordCost, Passwords};
use server::store::projects::Project;
use server::store::teams::{Membership, Team};
use server::store::users::User;
use server::store::{Db, DbOptions, StoreError, Tx, orgs, projects, run_tx, teams, users};
use server::tasks::Tasks;
use sync_core::exchange::Response;
use sync_core::op::Digest;
use sync_core::replica::{self, Replica, Tick};
use tests::api::Api;
use uuid::Uuid;

/// Promoters of a team.
const TEAM: usize = 8;
/// Promoters on a project.
const PROJECT: usize = 40;
/// Everybody's password.
const PASSWORD: &str = "correct horse";
const ORG: &str = "qingshan";

/// A phone that is logged in.
#[derive(Debug)]
pub(crate) struct Phone {
    /// Whose it is.
    pub(crate) user: Uuid,
    /// Where they work.
    pub(crate) project: Uuid,
    /// The bearer token.
    pub(crate) token: String,
    /// The phone's half of the protocol.
    pub(crate) replica: Replica,
    anchor: String,
    epoch: String,
    since: Instant,
}

impl Phone {
    /// The phone's clocks now; monotonic time begins with the login.
    pub(crate) fn tick(&self) -> Tick {
        let ms = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        Tick { boot: "b1".into(), monotonic_ms: ms, wall: None }
    }

    /// The epoch of the server.
    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Lets the replica believe that the server has everything it recorded, so that it builds the next request before this one is sent.
    pub(crate) fn pretend_acked(&mut self, ticket: u64, acked: u64) {
        let answer = Response {
            epoch: self.epoch.clone(),
            server_time: String::new(),
            anchor: self.anchor.clone(),
            acked,
            keep_from: acked + 1,
            sync_after_ms: 0,
            outcomes: Vec::new(),
            buckets: Vec::new(),
            changes: Vec::new(),
            cursors: BTreeMap::new(),
            more: false,
        };
        // the ops keep the time of the login's anchor: the tick of that moment goes with it
        let tick = Tick { monotonic_ms: 0, ..self.tick() };
        self.replica.take_response(ticket, answer, &tick).expect("the answer to the last request");
    }
}

/// The organisation as it stands in the database.
#[derive(Debug, Default)]
pub(crate) struct Field {
    org: i64,
    hired: usize,
}

impl Field {
    /// Founds the organisation in the database of a running server.
    pub(crate) async fn found(database: &str) -> Self {
        let db = open(database).await;
        let org = run_tx(&db, "found", async |mut tx| orgs::put(&mut tx, ORG, "青山").await).await;
        db.close().await;
        Self { org: org.expect("a new database takes an organisation"), hired: 0 }
    }

    /// Hires so many promoters and gives each a phone that is logged in.
    pub(crate) async fn phones(&mut self, database: &str, api: &Api, count: usize) -> Vec<Phone> {
        let first = self.hired;
        self.hire(database, count).await;
        let logins = (first..first + count).map(|n| log_in(api.clone(), n));
        stream::iter(logins).buffered(16).collect().await
    }

    /// Hires somebody for a project's site and logs them in; the answer is their bearer token.
    pub(crate) async fn on_site(&mut self, database: &str, api: &Api, role: &str, project: Uuid) -> String {
        let (org, hash, name) = (self.org, hash().await, format!("{role}-{project}"));
        let id = Uuid::new_v5(&project, role.as_bytes());
        let person = User {
            id,
            username: name.clone(),
            role: role.to_owned(),
            employment: String::new(),
            project: Some(project),
            team: None,
            ..user(org, 0, &hash)
        };
        let membership = Membership { user: id, id, project, team: None, role: role.to_owned(), ..membership(org, 0) };
        let db = open(database).await;
        run_tx(&db, "hire", async |mut tx| {
            users::add(&mut tx, &person).await?;
            teams::add_memberships(&mut tx, std::slice::from_ref(&membership)).await?;
            orgs::touch_directory(&mut tx, org).await
        })
        .await
        .expect("somebody can be hired");
        db.close().await;
        let login = Login { org: ORG.into(), username: name, password: Secret::new(PASSWORD), device: None };
        let (_, session) = api.log_in(&login).await.expect("somebody who was hired can log in");
        session.tokens.access_token.reveal().to_owned()
    }

    async fn hire(&mut self, database: &str, count: usize) {
        let (org, first, hash) = (self.org, self.hired, hash().await);
        self.hired += count;
        let db = open(database).await;
        run_tx(&db, "hire", async |mut tx| write(&mut tx, org, first..first + count, &hash).await)
            .await
            .expect("people can be hired");
        db.close().await;
    }
}

async fn hash() -> String {
    let hashing =
        Passwords::new(PasswordCost::Cheap, 1, Random::system(), Tasks::new()).expect("passwords can be hashed");
    hashing.hash(PASSWORD).await.expect("a password can be hashed")
}

async fn open(database: &str) -> Db {
    Db::open(database, &DbOptions { connections: 1 }).await.expect("the server's database can be opened")
}

fn user_id(n: usize) -> Uuid {
    Uuid::from_u128(0x1000_0000 + n as u128)
}

fn project_id(n: usize) -> Uuid {
    Uuid::from_u128(0xa000_0000 + (n / PROJECT) as u128)
}

fn team_id(n: usize) -> Uuid {
    Uuid::from_u128(0xd000_0000 + (n / TEAM) as u128)
}

async fn write(tx: &mut Tx, org: i64, people: std::ops::Range<usize>, hash: &str) -> Result<(), StoreError> {
    let mut memberships = Vec::new();
    for n in people {
        if n % PROJECT == 0 {
            projects::put(tx, &project(org, n)).await?;
        }
        if n % TEAM == 0 {
            teams::put(tx, &team(org, n)).await?;
        }
        users::add(tx, &user(org, n, hash)).await?;
        memberships.push(membership(org, n));
    }
    teams::add_memberships(tx, &memberships).await?;
    orgs::touch_directory(tx, org).await
}

fn membership(org: i64, n: usize) -> Membership {
    Membership {
        org,
        user: user_id(n),
        id: user_id(n),
        project: project_id(n),
        team: Some(team_id(n)),
        role: "promoter".to_owned(),
        from_at: 0,
        until_at: None,
    }
}

fn project(org: i64, n: usize) -> Project {
    Project {
        org,
        id: project_id(n),
        code: format!("p{}", n / PROJECT),
        name: format!("{}期", n / PROJECT),
        timezone: "Asia/Shanghai".to_owned(),
        region: "CN".to_owned(),
        site: r#"{"shape":"circle","centre":{"lat":30.5,"lng":104.06},"radius_m":200.0}"#.to_owned(),
    }
}

fn team(org: i64, n: usize) -> Team {
    Team {
        org,
        id: team_id(n),
        project: project_id(n),
        code: format!("t{}", n / TEAM),
        name: format!("{}组", n / TEAM),
        lead: None,
        deputy: None,
        delegate: None,
    }
}

fn user(org: i64, n: usize, hash: &str) -> User {
    User {
        org,
        id: user_id(n),
        username: format!("u{n}"),
        name: format!("外联{n}"),
        role: "promoter".to_owned(),
        employment: "staff".to_owned(),
        project: Some(project_id(n)),
        team: Some(team_id(n)),
        partner: None,
        trained_on: Some("2026-01-05".to_owned()),
        status: "active".to_owned(),
        ended_at: None,
        password_hash: Some(hash.to_owned()),
        must_change_password: false,
        one_time_code_hash: None,
        one_time_code_expires: None,
    }
}

async fn log_in(api: Api, n: usize) -> Phone {
    let device = Uuid::from_u128(0x0de0_0000_0000 + n as u128);
    let login = Login {
        org: ORG.into(),
        username: format!("u{n}"),
        password: Secret::new(PASSWORD),
        device: Some(DeviceClaim { id: device, name: format!("phone {n}"), platform: "bench".into(), hardware: None }),
    };
    let (api, session) = api.log_in(&login).await.expect("somebody who was hired can log in");
    let since = Instant::now();
    let user = user_id(n);
    let anchor = session.anchor.expect("a login with a device has an anchor");
    let mut phone = Phone {
        user,
        project: project_id(n),
        token: session.tokens.access_token.reveal().to_owned(),
        replica: Replica::new(user, device),
        anchor: anchor.clone(),
        epoch: String::new(),
        since,
    };
    let login = replica::Login { anchor: Some(anchor), head: Digest::ZERO, ..replica::Login::new(user, device) };
    phone.replica.login(login, &Tick { boot: "b1".into(), monotonic_ms: 0, wall: None }).expect("its own login");
    phone.replica.poke();
    let exchange = phone.replica.next_request(&phone.tick()).expect("a phone that was poked asks");
    let answer: Response = api.post("/v1/sync", &exchange.request).await.expect("a phone that is logged in can pull");
    phone.epoch = answer.epoch;
    phone.pretend_acked(exchange.ticket, 0);
    phone
}
