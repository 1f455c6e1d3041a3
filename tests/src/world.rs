//! A small organisation to test with: a project with two teams, a desk and an office, a partner's agents, and another project.
//!
//! It is written straight into the store, also beside a running server, so that a scenario starts in milliseconds.

use server::seal::password::{PasswordCost, Passwords};
use server::store::orgs::Partner;
use server::store::projects::{Post, Project};
use server::store::teams::{Membership, Team};
use server::store::users::User;
use server::store::{Db, DbOptions, StoreError, Tx, orgs, projects, run_tx, teams, users};
use sync_core::people::{Employment, Role};
use uuid::Uuid;

use server::random::Random;
use server::tasks::Tasks;

/// The code of the organisation.
pub const ORG: &str = "qingshan";
/// Everybody's password.
pub const PASSWORD: &str = "correct horse";
/// When everybody begins to work: 09:00 on a Monday in the project's zone.
pub const MORNING: &str = "2026-11-23T01:00:00Z";
/// The project nearly everybody works on.
pub const PROJECT: Uuid = Uuid::from_u128(0xa0);
/// Another project of the organisation.
pub const OTHER_PROJECT: Uuid = Uuid::from_u128(0xa1);
/// A post on [`PROJECT`], a kilometre from the site.
pub const POST: Uuid = Uuid::from_u128(0xb0);
/// The partner of the agents.
pub const PARTNER: Uuid = Uuid::from_u128(0xc0);
/// Two teams of [`PROJECT`] and one of [`OTHER_PROJECT`].
pub const TEAMS: [Uuid; 3] = [Uuid::from_u128(0xd0), Uuid::from_u128(0xd1), Uuid::from_u128(0xd2)];
/// The site of [`PROJECT`]: latitude and longitude in degrees.
pub const SITE: (f64, f64) = (30.50, 104.06);

/// Somebody who works here.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The login name.
    pub username: &'static str,
    /// The role.
    pub role: Role,
    /// How employed.
    pub employment: Option<Employment>,
    /// Index of the team in [`TEAMS`].
    pub team: Option<usize>,
}

const fn person(username: &'static str, role: Role, employment: Option<Employment>, team: Option<usize>) -> Person {
    Person { username, role, employment, team }
}

/// Everybody; the first of a team leads it.
pub const PEOPLE: [Person; 16] = [
    person("lihua", Role::TeamLead, Some(Employment::Staff), Some(0)),
    person("zhangwei", Role::Promoter, Some(Employment::Staff), Some(0)),
    person("wangfang", Role::Promoter, Some(Employment::Liaison), Some(0)),
    person("liuyang", Role::Promoter, Some(Employment::Staff), Some(0)),
    person("chenjing", Role::TeamLead, Some(Employment::Staff), Some(1)),
    person("zhaolei", Role::Promoter, Some(Employment::Staff), Some(1)),
    person("sunli", Role::Promoter, Some(Employment::Liaison), Some(1)),
    person("zhoumei", Role::Desk, None, None),
    person("wuqiang", Role::Consultant, None, None),
    person("fenglin", Role::Consultant, None, None),
    person("xujun", Role::SiteLead, None, None),
    person("huangyan", Role::BackOffice, None, None),
    person("machao", Role::Promoter, Some(Employment::Agent), None),
    person("linna", Role::Promoter, Some(Employment::Agent), None),
    person("gaofei", Role::TeamLead, Some(Employment::Staff), Some(2)),
    person("yangtao", Role::Promoter, Some(Employment::Staff), Some(2)),
];

impl Person {
    fn project(&self) -> Uuid {
        if self.team == Some(2) { OTHER_PROJECT } else { PROJECT }
    }

    fn partner(&self) -> Option<Uuid> {
        (self.employment == Some(Employment::Agent)).then_some(PARTNER)
    }
}

/// The id of a person of the world.
///
/// # Panics
/// When nobody has this name.
pub fn id(username: &str) -> Uuid {
    let index = PEOPLE.iter().position(|person| person.username == username).expect("somebody of the world");
    Uuid::from_u128(0x1000 + index as u128)
}

/// Founds the organisation in a migrated database.
///
/// # Panics
/// When the database does not take it.
pub async fn found(db: &Db) {
    let hash = Passwords::new(PasswordCost::Cheap, 1, Random::system(), Tasks::new()).expect("passwords can be hashed");
    let hash = hash.hash(PASSWORD).await.expect("a password can be hashed");
    run_tx(db, "found", async |mut tx| write(&mut tx, &hash).await)
        .await
        .expect("a new database takes an organisation");
}

/// Founds the organisation in the database of a running server process.
///
/// # Panics
/// When the database does not take it.
pub async fn found_at(database: &str) {
    let db = open(database).await;
    found(&db).await;
    db.close().await;
}

/// Opens the database of a server process, to change the organisation beside it.
///
/// # Panics
/// When it cannot be opened.
pub async fn open(database: &str) -> Db {
    Db::open(database, &DbOptions { connections: 2 }).await.expect("the server's database can be opened")
}

async fn write(tx: &mut Tx, hash: &str) -> Result<(), StoreError> {
    let org = orgs::put(tx, ORG, "青山").await?;
    for (id, code, site) in [(PROJECT, "tianfu", SITE), (OTHER_PROJECT, "jinjiang", (30.60, 104.10))] {
        let project = Project {
            org,
            id,
            code: code.to_owned(),
            name: code.to_uppercase(),
            timezone: "Asia/Shanghai".to_owned(),
            region: "CN".to_owned(),
            site: circle(site, 200),
        };
        projects::put(tx, &project).await?;
    }
    let post = Post {
        project: PROJECT,
        id: POST,
        code: "p1".to_owned(),
        name: "地铁口".to_owned(),
        fence: circle((SITE.0 + 0.01, SITE.1), 150),
    };
    projects::put_post(tx, &post).await?;
    let partner = Partner {
        org,
        id: PARTNER,
        code: "anju".to_owned(),
        name: "安居".to_owned(),
        tier: Some("A".to_owned()),
        status: "active".to_owned(),
    };
    orgs::put_partner(tx, &partner).await?;
    for (index, team) in TEAMS.into_iter().enumerate() {
        let lead = PEOPLE.iter().find(|person| person.team == Some(index));
        let team = Team {
            org,
            id: team,
            project: lead.map_or(PROJECT, Person::project),
            code: format!("t{}", index + 1),
            name: format!("{}组", index + 1),
            lead: lead.map(|person| id(person.username)),
            deputy: None,
            delegate: None,
        };
        teams::put(tx, &team).await?;
    }
    for person in &PEOPLE {
        users::add(tx, &user(org, person, hash)).await?;
    }
    teams::add_memberships(tx, &PEOPLE.iter().map(|person| membership(org, person)).collect::<Vec<_>>()).await?;
    orgs::touch_directory(tx, org).await
}

fn circle((lat, lng): (f64, f64), radius_m: u32) -> String {
    format!(r#"{{"shape":"circle","centre":{{"lat":{lat},"lng":{lng}}},"radius_m":{radius_m}.0}}"#)
}

fn user(org: i64, person: &Person, hash: &str) -> User {
    User {
        org,
        id: id(person.username),
        username: person.username.to_owned(),
        name: person.username.to_uppercase(),
        role: person.role.as_str().to_owned(),
        employment: person.employment.map(|employment| employment.as_str().to_owned()).unwrap_or_default(),
        project: Some(person.project()),
        team: person.team.map(|team| TEAMS[team]),
        partner: person.partner(),
        trained_on: Some("2026-01-05".to_owned()),
        status: "active".to_owned(),
        ended_at: None,
        password_hash: Some(hash.to_owned()),
        must_change_password: false,
        one_time_code_hash: None,
        one_time_code_expires: None,
    }
}

fn membership(org: i64, person: &Person) -> Membership {
    Membership {
        org,
        user: id(person.username),
        id: id(person.username),
        project: person.project(),
        team: person.team.map(|team| TEAMS[team]),
        role: person.role.as_str().to_owned(),
        from_at: 0,
        until_at: None,
    }
}

/// Ends somebody's first membership at an instant (Unix ms) and begins another one in a team of [`TEAMS`], if one is named.
///
/// # Panics
/// When the database does not take it.
pub async fn change_team(db: &Db, username: &str, at_ms: i64, team: Option<usize>) {
    let person = PEOPLE.iter().find(|person| person.username == username).expect("somebody of the world");
    run_tx(db, "change_team", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        teams::end_membership(&mut tx, org, id(username), id(username), at_ms).await?;
        if let Some(team) = team {
            let next = Person { team: Some(team), ..*person };
            let next = Membership {
                id: Uuid::new_v5(&id(username), &at_ms.to_be_bytes()),
                from_at: at_ms,
                ..membership(org, &next)
            };
            teams::add_memberships(&mut tx, &[next]).await?;
        }
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .expect("a membership can change");
}

/// Ends somebody's account at an instant (Unix ms).
///
/// # Panics
/// When the database does not take it.
pub async fn end_account(db: &Db, username: &str, at_ms: i64) {
    run_tx(db, "end_account", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let user = users::lock(&mut tx, org, id(username)).await?.ok_or(StoreError::NoRow("users"))?;
        users::update(&mut tx, &User { status: "left".to_owned(), ended_at: Some(at_ms), ..user }).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .expect("an account can end");
}
