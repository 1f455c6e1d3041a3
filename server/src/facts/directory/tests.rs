use super::*;

const PROJECT: Uuid = Uuid::from_u128(1);
const TEAM: Uuid = Uuid::from_u128(2);
const OTHER_TEAM: Uuid = Uuid::from_u128(3);
const LEAD: Uuid = Uuid::from_u128(10);
const PROMOTER: Uuid = Uuid::from_u128(11);

fn person(memberships: Vec<Membership>) -> Person {
    Person {
        username: String::new(),
        name: String::new(),
        employment: None,
        partner: None,
        trained_on: None,
        ended_at: None,
        memberships,
    }
}

fn member(team: Uuid, role: Role, from: i64, until: Option<i64>) -> Membership {
    Membership { project: PROJECT, team: Some(team), role, from, until }
}

fn directory() -> Directory {
    let team = |lead| Team { project: PROJECT, name: String::new(), lead, deputy: None, delegate: None };
    Directory {
        teams: [(TEAM, team(Some(LEAD))), (OTHER_TEAM, team(None))].into(),
        people: [
            (LEAD, person(vec![member(TEAM, Role::TeamLead, 0, None)])),
            (
                PROMOTER,
                person(vec![
                    member(TEAM, Role::Promoter, 0, Some(100)),
                    member(OTHER_TEAM, Role::Promoter, 100, Some(200)),
                ]),
            ),
        ]
        .into(),
        ..Directory::default()
    }
}

#[test]
fn p10_a_records_team_is_its_owners_at_its_moment() {
    let directory = directory();
    let team = |earliest, latest| {
        let moment = Moment { earliest, latest, ..Moment::exact(latest) };
        directory.team_at(PROMOTER, PROJECT, &moment)
    };
    assert_eq!(
        [team(0, 99), team(100, 150), team(90, 110), team(200, 300)],
        [Some(TEAM), Some(OTHER_TEAM), Some(OTHER_TEAM), None]
    );
}

#[test]
fn p10_work_recorded_while_a_membership_lasted_counts() {
    let directory = directory();
    let relations = |earliest, latest| {
        let moment = Moment { earliest, latest, ..Moment::exact(latest) };
        directory.relations(PROMOTER, PROJECT, PROMOTER, Some(TEAM), &moment)
    };
    assert!(relations(150, 5_000).contains(&Who::Owner), "recorded before the end, received after it");
    assert!(relations(200, 5_000).is_empty());
    assert_eq!(
        directory.relations(LEAD, PROJECT, PROMOTER, Some(TEAM), &Moment::exact(50)),
        [Who::Colleague, Who::Lead, Who::Project]
    );
    assert_eq!(directory.relations(LEAD, PROJECT, PROMOTER, Some(OTHER_TEAM), &Moment::exact(50)), [Who::Project]);
}

#[test]
fn p10_buckets_follow_roles_and_end_with_them() {
    let directory = directory();
    assert_eq!(
        directory.buckets_of(LEAD, 50),
        [bucket::bookings(PROJECT), bucket::project(PROJECT), bucket::team(TEAM), bucket::user(LEAD)]
    );
    assert_eq!(directory.buckets_of(PROMOTER, 50), [bucket::project(PROJECT), bucket::user(PROMOTER)]);
    assert_eq!(directory.buckets_of(PROMOTER, 200), [bucket::user(PROMOTER)]);
}
