//! What the working day rests on: persons' days, rosters, requests, spot checks and the days that are looked through (AT).

use server::store::requests::RequestRow;
use server::store::roster_days::RosterDay;
use server::store::spot_checks::{Filter, SpotCheck};
use server::store::{person_days, proxy_days, requests, roster_days, spot_checks};

use crate::fixtures::{PROJECT, id, key};
use crate::world::{World, on_both_engines};

on_both_engines! {
    at_1_at_15_a_day_is_locked_with_the_absences_it_may_mark
    at_16_a_day_is_due_until_it_was_looked_through_with_all_its_marks
    at_2_a_day_that_left_the_roster_is_the_calendars_again
    at_9_a_leave_touches_its_days_once_it_is_approved
    at_11_a_spot_check_is_due_once_it_was_delivered_and_its_time_is_over
}

const DAY: &str = "2026-11-23";
const NEXT: &str = "2026-11-24";

async fn at_1_at_15_a_day_is_locked_with_the_absences_it_may_mark(world: World) {
    let mut tx = world.begin().await.unwrap();
    let days = [(PROJECT, id(1), DAY.to_owned()), (PROJECT, id(1), NEXT.to_owned()), (PROJECT, id(2), DAY.to_owned())];
    person_days::expect(&mut tx, &days).await.unwrap();
    let subjects = [id(1), id(2)];
    let locked = person_days::lock(&mut tx, PROJECT, &subjects, (DAY, "2027-11-23")).await.unwrap();
    assert_eq!(
        locked.iter().map(|day| (day.subject, day.day.as_str())).collect::<Vec<_>>(),
        [(id(1), DAY), (id(2), DAY)]
    );
    let next = person_days::lock(&mut tx, PROJECT, &subjects, (NEXT, "2027-11-24")).await.unwrap();
    let absent =
        next.into_iter().map(|day| person_days::PersonDay { absent: true, outcome: Some("absent".to_owned()), ..day });
    person_days::settle(&mut tx, &absent.collect::<Vec<_>>()).await.unwrap();
    person_days::settle(&mut tx, &locked).await.unwrap();
    assert_eq!(person_days::due(&mut tx, PROJECT, "2026-11-30", 9).await.unwrap(), []);
    let again = person_days::lock(&mut tx, PROJECT, &subjects, (DAY, "2027-11-23")).await.unwrap();
    assert_eq!(again.len(), 2, "the absence is locked, and not answered: {again:?}");
    person_days::mark_absent(&mut tx, PROJECT, &subjects, (DAY, NEXT)).await.unwrap();
    assert_eq!(person_days::due(&mut tx, PROJECT, "2026-11-30", 9).await.unwrap(), [], "both ends are excluded");
    person_days::mark_absent(&mut tx, PROJECT, &subjects, (DAY, "2026-11-25")).await.unwrap();
    let due = person_days::due(&mut tx, PROJECT, "2026-11-30", 9).await.unwrap();
    assert_eq!(due.iter().map(|day| (day.subject, day.day.as_str())).collect::<Vec<_>>(), [(id(1), NEXT)]);
    assert_eq!(person_days::absences(&mut tx, PROJECT, &subjects, (DAY, "2026-11-25")).await.unwrap(), [(id(1), 1)]);
    assert_eq!(
        person_days::absences(&mut tx, PROJECT, &subjects, (DAY, NEXT)).await.unwrap(),
        [],
        "the last is excluded"
    );
}

async fn at_16_a_day_is_due_until_it_was_looked_through_with_all_its_marks(world: World) {
    let mut tx = world.begin().await.unwrap();
    let day = (PROJECT, DAY.to_owned());
    proxy_days::mark(&mut tx, &[day.clone(), (PROJECT, NEXT.to_owned())]).await.unwrap();
    assert_eq!(proxy_days::due(&mut tx, PROJECT, 1).await.unwrap(), [(DAY.to_owned(), 1)]);
    proxy_days::mark(&mut tx, std::slice::from_ref(&day)).await.unwrap();
    proxy_days::settle(&mut tx, PROJECT, DAY, 1).await.unwrap();
    let due = [(DAY.to_owned(), 2), (NEXT.to_owned(), 1)];
    assert_eq!(proxy_days::due(&mut tx, PROJECT, 9).await.unwrap(), due, "something came in meanwhile");
    proxy_days::settle(&mut tx, PROJECT, DAY, 2).await.unwrap();
    assert_eq!(proxy_days::due(&mut tx, PROJECT, 9).await.unwrap(), due[1..]);
    assert_eq!(proxy_days::due(&mut tx, id(9), 9).await.unwrap(), [], "another project's");
}

async fn at_2_a_day_that_left_the_roster_is_the_calendars_again(world: World) {
    let mut tx = world.begin().await.unwrap();
    let row = |day: &str, subject, plan: Option<&str>| RosterDay {
        project: PROJECT,
        day: day.to_owned(),
        subject: id(subject),
        team: Some(id(70)),
        plan: plan.map(str::to_owned),
    };
    let work = row(DAY, 1, Some(r#"{"work":null}"#));
    let off = row(NEXT, 1, Some(r#"{"off":"rotation"}"#));
    roster_days::save(&mut tx, &[work.clone(), off.clone(), row(DAY, 2, Some("{}"))]).await.unwrap();
    let both = roster_days::of_subjects(&mut tx, PROJECT, &[id(1)], (DAY, NEXT)).await.unwrap();
    assert_eq!(both, [work.clone(), off]);
    roster_days::save(&mut tx, &[row(NEXT, 1, None)]).await.unwrap();
    assert_eq!(roster_days::of_subjects(&mut tx, PROJECT, &[id(1)], (DAY, NEXT)).await.unwrap(), [work]);
    assert_eq!(roster_days::of_subjects(&mut tx, id(9), &[id(1)], (DAY, NEXT)).await.unwrap(), [], "another project's");
}

async fn at_9_a_leave_touches_its_days_once_it_is_approved(world: World) {
    let mut tx = world.begin().await.unwrap();
    let leave = RequestRow {
        project: PROJECT,
        id: id(1),
        owner: id(7),
        want: "leave".to_owned(),
        about: None,
        from_day: DAY.to_owned(),
        until_day: NEXT.to_owned(),
        state: "open".to_owned(),
    };
    let swap = RequestRow { id: id(2), want: "swap".to_owned(), about: Some(id(8)), ..leave.clone() };
    requests::save(&mut tx, &[leave.clone(), swap.clone()]).await.unwrap();
    assert_eq!(requests::open_of(&mut tx, PROJECT, &[id(7)]).await.unwrap(), [leave.clone(), swap.clone()]);
    assert_eq!(requests::leaves_of(&mut tx, PROJECT, &[id(7)], (DAY, DAY)).await.unwrap(), []);
    let approved = |row: &RequestRow| RequestRow { state: "approved".to_owned(), ..row.clone() };
    // of one that is there, only the state changes
    let changed = RequestRow { until_day: "2026-12-31".to_owned(), ..approved(&leave) };
    requests::save(&mut tx, &[changed, approved(&swap)]).await.unwrap();
    let touched = [approved(&leave)];
    for (from, until, expected) in [
        ("2026-11-20", "2026-11-22", &touched[..0]),
        ("2026-11-20", DAY, &touched),
        (NEXT, "2026-11-30", &touched),
        ("2026-11-25", "2026-11-30", &touched[..0]),
    ] {
        let found = requests::leaves_of(&mut tx, PROJECT, &[id(7), id(8)], (from, until)).await.unwrap();
        assert_eq!(found, expected, "{from} to {until}");
    }
    assert_eq!(requests::open_of(&mut tx, PROJECT, &[id(7)]).await.unwrap(), []);
    assert_eq!(requests::by_ids(&mut tx, &[key(2), key(3)]).await.unwrap(), [approved(&swap)]);
}

async fn at_11_a_spot_check_is_due_once_it_was_delivered_and_its_time_is_over(world: World) {
    let mut tx = world.begin().await.unwrap();
    let issued = |n: u128, subject: u128| SpotCheck {
        project: PROJECT,
        id: id(n),
        batch: id(50),
        request: "digest".to_owned(),
        subject: id(subject),
        team: Some(id(70)),
        issued_at: 100,
        issued_by: id(60),
        reached_at: None,
        due_at: None,
        state: "issued".to_owned(),
        answer: None,
        decided: false,
    };
    let (one, other) = (issued(1, 7), issued(2, 8));
    spot_checks::save(&mut tx, &[one.clone(), other.clone()]).await.unwrap();
    assert_eq!(spot_checks::unanswered(&mut tx, PROJECT, &[id(7)], 0).await.unwrap(), [], "it did not reach the phone");
    let delivered =
        SpotCheck { reached_at: Some(200), due_at: Some(900), state: "delivered".to_owned(), ..one.clone() };
    spot_checks::save(&mut tx, std::slice::from_ref(&delivered)).await.unwrap();
    assert_eq!(spot_checks::due(&mut tx, PROJECT, 899, 9).await.unwrap(), []);
    assert_eq!(spot_checks::due(&mut tx, PROJECT, 900, 9).await.unwrap(), std::slice::from_ref(&delivered));
    for (since, expected) in [(100, std::slice::from_ref(&delivered)), (101, &[][..])] {
        assert_eq!(
            spot_checks::unanswered(&mut tx, PROJECT, &[id(7), id(8)], since).await.unwrap(),
            expected,
            "{since}"
        );
    }
    let missed = SpotCheck { state: "missed".to_owned(), ..delivered.clone() };
    spot_checks::save(&mut tx, std::slice::from_ref(&missed)).await.unwrap();
    assert_eq!(spot_checks::due(&mut tx, PROJECT, 900, 9).await.unwrap(), []);
    let late = spot_checks::unanswered(&mut tx, PROJECT, &[id(7)], 0).await.unwrap();
    assert_eq!(late, std::slice::from_ref(&missed), "an answer in time may still be on its way");
    let decided = SpotCheck { decided: true, ..missed };
    spot_checks::save(&mut tx, std::slice::from_ref(&decided)).await.unwrap();
    assert_eq!(spot_checks::unanswered(&mut tx, PROJECT, &[id(7)], 0).await.unwrap(), []);
    assert_eq!(spot_checks::of_batch(&mut tx, PROJECT, id(50)).await.unwrap(), [decided.clone(), other.clone()]);
    let all = Filter { project: PROJECT, span: (0, 1_000), teams: None, state: None, after: None };
    let (team, stranger) = ([id(70)], [id(71)]);
    for (filter, expected) in [
        (all, vec![decided.clone(), other.clone()]),
        (Filter { teams: Some(&team), state: Some("missed"), ..all }, vec![decided.clone()]),
        (Filter { teams: Some(&stranger), ..all }, vec![]),
        (Filter { after: Some((100, id(1))), ..all }, vec![other]),
        (Filter { span: (0, 100), ..all }, vec![]),
    ] {
        assert_eq!(spot_checks::list(&mut tx, &filter, 9).await.unwrap(), expected, "{filter:?}");
    }
}
