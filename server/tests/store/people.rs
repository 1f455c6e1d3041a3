//! Organisations, projects, teams and users.

use server::store::orgs::{self, Partner};
use server::store::projects::{self, Policy, Post, Project};
use server::store::teams::{self, Membership, Team};
use server::store::users::{self, User};
use server::store::{StoreError, audit};

use crate::fixtures::{PROJECT, id};
use crate::world::{World, on_both_engines};

on_both_engines! {
    importing_twice_keeps_ids_and_updates_the_rest
    a_username_is_used_once_in_an_org
    passwords_and_codes_are_left_alone_by_updates
    memberships_begin_and_end
    the_policy_in_force_is_the_one_effective_last
    acts_are_listed_newest_first
}

fn user(org: i64, n: u128, username: &str) -> User {
    User {
        org,
        id: id(n),
        username: username.to_owned(),
        name: "李华".to_owned(),
        role: "promoter".to_owned(),
        employment: "staff".to_owned(),
        project: Some(PROJECT),
        team: None,
        partner: None,
        trained_on: Some("2026-11-01".to_owned()),
        status: "active".to_owned(),
        ended_at: None,
        password_hash: Some("hash".to_owned()),
        must_change_password: true,
        one_time_code_hash: None,
        one_time_code_expires: None,
    }
}

async fn importing_twice_keeps_ids_and_updates_the_rest(world: World) {
    let mut tx = world.begin().await.unwrap();
    let org = orgs::put(&mut tx, "qingshan", "青山").await.unwrap();
    assert_eq!(orgs::put(&mut tx, "qingshan", "青山置业").await.unwrap(), org);
    assert_ne!(orgs::put(&mut tx, "other", "Other").await.unwrap(), org);
    assert_eq!(orgs::by_code(&mut tx, "qingshan").await.unwrap().unwrap().name, "青山置业");
    let partner = |n, name: &str| Partner {
        org,
        id: id(n),
        code: "anju".to_owned(),
        name: name.to_owned(),
        tier: None,
        status: "active".to_owned(),
    };
    assert_eq!(orgs::put_partner(&mut tx, &partner(1, "a")).await.unwrap(), id(1));
    assert_eq!(orgs::put_partner(&mut tx, &partner(2, "b")).await.unwrap(), id(1));
    assert_eq!(orgs::partners(&mut tx, org).await.unwrap(), [partner(1, "b")]);
    let project = |n| Project {
        org,
        id: id(n),
        code: "tianfu".to_owned(),
        name: "天府".to_owned(),
        timezone: "Asia/Shanghai".to_owned(),
        region: "CN".to_owned(),
        site: "{}".to_owned(),
    };
    assert_eq!(projects::put(&mut tx, &project(3)).await.unwrap(), id(3));
    assert_eq!(projects::put(&mut tx, &project(4)).await.unwrap(), id(3));
    assert_eq!(projects::of_org(&mut tx, org).await.unwrap(), [project(3)]);
    let post = |n, name: &str| Post {
        project: id(3),
        id: id(n),
        code: "p1".to_owned(),
        name: name.to_owned(),
        fence: "{}".to_owned(),
    };
    assert_eq!(projects::put_post(&mut tx, &post(5, "a")).await.unwrap(), id(5));
    assert_eq!(projects::put_post(&mut tx, &post(6, "b")).await.unwrap(), id(5));
    assert_eq!(projects::posts(&mut tx, id(3)).await.unwrap(), [post(5, "b")]);
    let team = |n, deputy| Team {
        org,
        id: id(n),
        project: id(3),
        code: "t1".to_owned(),
        name: "一组".to_owned(),
        lead: Some(id(8)),
        deputy,
        delegate: None,
    };
    assert_eq!(teams::put(&mut tx, &team(7, None)).await.unwrap(), id(7));
    teams::set_deputy(&mut tx, org, id(7), Some(id(9))).await.unwrap();
    assert_eq!(teams::put(&mut tx, &team(9, None)).await.unwrap(), id(7));
    assert_eq!(teams::of_org(&mut tx, org).await.unwrap(), [team(7, Some(id(9)))]);
}

async fn a_username_is_used_once_in_an_org(world: World) {
    let mut tx = world.begin().await.unwrap();
    let (one, two) = (orgs::put(&mut tx, "a", "A").await.unwrap(), orgs::put(&mut tx, "b", "B").await.unwrap());
    users::add(&mut tx, &user(one, 1, "lihua")).await.unwrap();
    users::add(&mut tx, &user(two, 2, "lihua")).await.unwrap();
    assert_eq!(users::by_username(&mut tx, two, "lihua").await.unwrap().unwrap().id, id(2));
    assert!(matches!(users::add(&mut tx, &user(one, 3, "lihua")).await, Err(StoreError::Taken { .. })));
}

async fn passwords_and_codes_are_left_alone_by_updates(world: World) {
    let mut tx = world.begin().await.unwrap();
    let org = orgs::put(&mut tx, "a", "A").await.unwrap();
    let mut row = user(org, 1, "lihua");
    users::add(&mut tx, &row).await.unwrap();
    users::set_one_time_code(&mut tx, org, id(1), Some(("code", 9))).await.unwrap();
    "李".clone_into(&mut row.name);
    row.password_hash = None;
    users::update(&mut tx, &row).await.unwrap();
    let stored = users::lock(&mut tx, org, id(1)).await.unwrap().unwrap();
    assert_eq!((stored.name.as_str(), stored.password_hash.as_deref()), ("李", Some("hash")));
    assert_eq!((stored.one_time_code_hash.as_deref(), stored.one_time_code_expires), (Some("code"), Some(9)));
    users::set_password(&mut tx, org, id(1), "new", false).await.unwrap();
    let stored = users::by_ids(&mut tx, org, &[id(1), id(2)]).await.unwrap().pop().unwrap();
    assert_eq!((stored.password_hash.as_deref(), stored.one_time_code_hash), (Some("new"), None));
    assert!(!stored.must_change_password);
    assert!(users::set_password(&mut tx, org, id(2), "new", false).await.is_err());
}

async fn memberships_begin_and_end(world: World) {
    let membership = |user, n, until_at| Membership {
        org: 1,
        user: id(user),
        id: id(n),
        project: PROJECT,
        team: None,
        role: "promoter".to_owned(),
        from_at: 0,
        until_at,
    };
    let mut tx = world.begin().await.unwrap();
    teams::add_memberships(&mut tx, &[membership(1, 11, None), membership(2, 12, None)]).await.unwrap();
    teams::end_membership(&mut tx, 1, id(1), id(11), 50).await.unwrap();
    assert!(teams::end_membership(&mut tx, 1, id(1), id(11), 60).await.is_err());
    let both = [membership(1, 11, Some(50)), membership(2, 12, None)];
    assert_eq!(teams::memberships_of(&mut tx, 1, &[id(1), id(2), id(3)]).await.unwrap(), both);
    assert_eq!(teams::memberships_on(&mut tx, 1, PROJECT).await.unwrap(), both);
    assert_eq!(teams::memberships_of(&mut tx, 2, &[id(1)]).await.unwrap(), []);
}

async fn the_policy_in_force_is_the_one_effective_last(world: World) {
    let policy = |version, effective_from| Policy {
        project: PROJECT,
        version,
        effective_from,
        doc: "{}".to_owned(),
        author: None,
        at: 1,
        note: None,
    };
    let mut tx = world.begin().await.unwrap();
    for (version, from) in [(1, 0), (2, 100), (3, 50), (4, 100)] {
        projects::add_policy(&mut tx, &policy(version, from)).await.unwrap();
    }
    for (at, version) in [(-1, None), (0, Some(1)), (50, Some(3)), (99, Some(3)), (100, Some(4))] {
        let found = projects::policy_at(&mut tx, PROJECT, at).await.unwrap();
        assert_eq!(found.map(|policy| policy.version), version, "{at}");
    }
    assert_eq!(projects::newest_policy(&mut tx, PROJECT).await.unwrap(), Some(policy(4, 100)));
    assert_eq!(projects::policies(&mut tx, PROJECT).await.unwrap().len(), 4);
}

async fn acts_are_listed_newest_first(world: World) {
    let act = |n: u128, actor: Option<u128>| audit::AuditEntry {
        org: 1,
        id: id(n),
        at: i64::try_from(n / 2).unwrap(),
        actor: actor.map(id),
        act: "reveal_lead".to_owned(),
        subject: None,
        project: Some(PROJECT),
        detail: "{}".to_owned(),
    };
    let mut tx = world.begin().await.unwrap();
    let acts: Vec<_> = (1..=6).map(|n| act(n, (n > 1).then_some(7))).collect();
    audit::add(&mut tx, &acts).await.unwrap();
    let filter =
        audit::Filter { org: 1, between: (0, 10), actor: None, act: None, subject: None, projects: None, before: None };
    let page = audit::list(&mut tx, &filter, 4).await.unwrap();
    assert_eq!(page, acts.iter().rev().take(4).cloned().collect::<Vec<_>>());
    let next = audit::Filter { before: Some((page[3].at, page[3].id)), ..filter.clone() };
    assert_eq!(audit::list(&mut tx, &next, 4).await.unwrap(), [acts[1].clone(), acts[0].clone()]);
    let own = audit::Filter { actor: Some(id(7)), act: Some("reveal_lead"), ..filter };
    assert_eq!(audit::list(&mut tx, &own, 10).await.unwrap().len(), 5);
    let projects = |list| audit::Filter { projects: Some(list), ..own.clone() };
    assert_eq!(audit::list(&mut tx, &projects(&[PROJECT]), 10).await.unwrap().len(), 5);
    assert_eq!(audit::list(&mut tx, &projects(&[]), 10).await.unwrap(), []);
    assert_eq!(audit::count(&mut tx, 1, id(7), "reveal_lead", 2).await.unwrap(), 3);
}
