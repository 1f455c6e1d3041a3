//! Those the world lacks: an admin, the office of the other project, somebody who is more there than here, and another organisation.

use server::state::App;
use server::store::projects::Project;
use server::store::teams::{Membership, Team};
use server::store::users::User;
use server::store::{StoreError, Tx, orgs, projects, run_tx, teams, users};
use sync_core::people::{Employment, Role};
use tests::world::{ORG, OTHER_PROJECT, PASSWORD, PROJECT, TEAMS};
use uuid::Uuid;

/// The code of the other organisation.
pub(crate) const OTHER_ORG: &str = "fushan";
/// Its only project.
pub(crate) const THEIR_PROJECT: Uuid = Uuid::from_u128(0xfa0);
/// Its only team.
pub(crate) const THEIR_TEAM: Uuid = Uuid::from_u128(0xfd0);
/// Everything one can be on a project; the first is the main role.
const ALL_ROLES: [Role; 6] =
    [Role::BackOffice, Role::Promoter, Role::Consultant, Role::Desk, Role::SiteLead, Role::TeamLead];

/// Adds them to a founded world.
pub(crate) async fn found(app: &App) {
    let hash = app.passwords.hash(PASSWORD).await.unwrap();
    run_tx(&app.db, "found", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        add(&mut tx, org, &hash, ("zhengyi", 0xe0), None, &[Role::Admin]).await?;
        add(&mut tx, org, &hash, ("tangyu", 0xe1), Some((OTHER_PROJECT, None)), &[Role::BackOffice]).await?;
        add(&mut tx, org, &hash, ("luojia", 0xe5), Some((OTHER_PROJECT, Some(TEAMS[2]))), &ALL_ROLES).await?;
        let id = Uuid::from_u128(0xe5);
        teams::add_memberships(&mut tx, &[membership(org, id, (PROJECT, Some(TEAMS[0])), Role::Promoter)]).await?;
        orgs::touch_directory(&mut tx, org).await?;

        let org = orgs::put(&mut tx, OTHER_ORG, "伏山").await?;
        projects::put(&mut tx, &their_project(org)).await?;
        teams::put(&mut tx, &their_team(org)).await?;
        let place = Some((THEIR_PROJECT, Some(THEIR_TEAM)));
        add(&mut tx, org, &hash, ("chenchen", 0xe2), place, &[Role::Promoter]).await?;
        add(&mut tx, org, &hash, ("luoyi", 0xe3), None, &[Role::Admin]).await?;
        add(&mut tx, org, &hash, ("heping", 0xe4), place, &ALL_ROLES).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}

fn their_project(org: i64) -> Project {
    Project {
        org,
        id: THEIR_PROJECT,
        code: "fushan".to_owned(),
        name: "伏山".to_owned(),
        timezone: "Asia/Shanghai".to_owned(),
        region: "CN".to_owned(),
        site: r#"{"shape":"circle","centre":{"lat":30.7,"lng":104.2},"radius_m":200.0}"#.to_owned(),
    }
}

fn their_team(org: i64) -> Team {
    Team {
        org,
        id: THEIR_TEAM,
        project: THEIR_PROJECT,
        code: "t1".to_owned(),
        name: "一组".to_owned(),
        lead: Some(Uuid::from_u128(0xe4)),
        deputy: None,
        delegate: None,
    }
}

/// Somebody with the first of `roles`, and the others beside it.
async fn add(
    tx: &mut Tx,
    org: i64,
    hash: &str,
    (username, id): (&str, u128),
    place: Option<(Uuid, Option<Uuid>)>,
    roles: &[Role],
) -> Result<(), StoreError> {
    let id = Uuid::from_u128(id);
    let user = User {
        org,
        id,
        username: username.to_owned(),
        name: username.to_uppercase(),
        role: roles[0].as_str().to_owned(),
        employment: Employment::Staff.as_str().to_owned(),
        project: place.map(|(project, _)| project),
        team: place.and_then(|(_, team)| team),
        partner: None,
        trained_on: Some("2026-01-05".to_owned()),
        status: "active".to_owned(),
        ended_at: None,
        password_hash: Some(hash.to_owned()),
        must_change_password: false,
        one_time_code_hash: None,
        one_time_code_expires: None,
    };
    users::add(tx, &user).await?;
    let Some(place) = place else { return Ok(()) };
    let memberships: Vec<_> = roles.iter().map(|role| membership(org, id, place, *role)).collect();
    teams::add_memberships(tx, &memberships).await
}

fn membership(org: i64, user: Uuid, (project, team): (Uuid, Option<Uuid>), role: Role) -> Membership {
    let id = Uuid::new_v5(&Uuid::new_v5(&project, user.as_bytes()), role.as_str().as_bytes());
    Membership { org, user, id, project, team, role: role.as_str().to_owned(), from_at: 0, until_at: None }
}
