//! People's days as far as their logs go (WL).

use server::store::log_days::{self, Filter, LogDay, LogState, Mark};
use uuid::Uuid;

use crate::fixtures::{PROJECT, id};
use crate::world::{World, on_both_engines};

on_both_engines! {
    wl_1_a_day_is_due_again_when_something_changes
    wl_6_days_are_filtered_and_paged_by_day_and_person
    wl_6_the_office_is_told_once_of_an_unread_log
}

const DAY: &str = "2026-11-23";

fn mark(day: &str, subject: u128, log: impl Into<Option<LogState>>) -> Mark {
    Mark { project: PROJECT, day: day.to_owned(), subject: id(subject), team: Some(id(70)), log: log.into() }
}

fn state(phase: &str, review_due: Option<i64>, flagged: bool) -> LogState {
    LogState { phase: phase.to_owned(), review_due, flagged }
}

fn all(team: Option<Uuid>) -> Filter<'static> {
    Filter {
        project: PROJECT,
        team,
        days: ("2026-11-01", "2026-11-30"),
        phase: None,
        also_without: false,
        reviewed: None,
        overdue: (100, None),
        flagged: None,
        after: None,
    }
}

async fn wl_1_a_day_is_due_again_when_something_changes(world: World) {
    let mut tx = world.begin().await.unwrap();
    log_days::mark(&mut tx, &[mark(DAY, 1, None), mark(DAY, 2, state("draft", None, false))]).await.unwrap();
    assert_eq!(log_days::due(&mut tx, PROJECT, DAY, 9).await.unwrap(), [], "the day is not over");
    let due = log_days::due(&mut tx, PROJECT, "2026-11-24", 9).await.unwrap();
    assert_eq!(due.iter().map(|day| day.subject).collect::<Vec<_>>(), [id(1), id(2)]);
    log_days::mark(&mut tx, &[mark(DAY, 2, state("submitted", Some(50), true))]).await.unwrap();
    let due = log_days::due(&mut tx, PROJECT, DAY, 9).await.unwrap();
    assert_eq!(due.len(), 1, "what was handed in is looked at on its day: {due:?}");
    let submitted = &due[0];
    assert_eq!(
        (submitted.phase.as_deref(), submitted.review_due, submitted.flagged),
        (Some("submitted"), Some(50), true)
    );
    let locked = log_days::lock(&mut tx, PROJECT, DAY, &[id(1), id(2)]).await.unwrap();
    let missing = |day: LogDay| LogDay { outcome: Some("missing".to_owned()), ruling: Some(id(9)), ..day };
    let settled: Vec<LogDay> = locked.into_iter().map(missing).collect();
    log_days::settle(&mut tx, &settled).await.unwrap();
    assert_eq!(log_days::due(&mut tx, PROJECT, "2026-11-24", 9).await.unwrap(), []);
    assert_eq!(log_days::missing(&mut tx, &all(Some(id(70))), 9).await.unwrap(), settled);
    assert_eq!(log_days::missing(&mut tx, &all(None), 1).await.unwrap(), settled[..1]);
    log_days::mark(&mut tx, &[mark(DAY, 2, None)]).await.unwrap();
    let again = log_days::due(&mut tx, PROJECT, "2026-11-24", 9).await.unwrap();
    assert_eq!(again, settled[1..], "the log stands as it stood");
}

async fn wl_6_days_are_filtered_and_paged_by_day_and_person(world: World) {
    let mut tx = world.begin().await.unwrap();
    let other_team = Mark { team: Some(id(71)), ..mark("2026-11-25", 1, state("approved", None, false)) };
    let marks = [
        mark(DAY, 1, state("submitted", Some(50), false)),
        mark(DAY, 2, state("submitted", Some(101), true)),
        mark(DAY, 3, None),
        mark("2026-11-24", 1, state("returned", None, false)),
        other_team,
    ];
    log_days::mark(&mut tx, &marks).await.unwrap();
    let rows: [(Filter<'_>, &[usize]); 9] = [
        (all(None), &[0, 1, 3, 4]),
        (all(Some(id(70))), &[0, 1, 3]),
        (Filter { also_without: true, ..all(None) }, &[0, 1, 2, 3, 4]),
        (Filter { phase: Some("submitted"), ..all(None) }, &[0, 1]),
        (Filter { reviewed: Some(true), ..all(None) }, &[3, 4]),
        (Filter { reviewed: Some(false), ..all(None) }, &[0, 1]),
        (Filter { overdue: (100, Some(true)), ..all(None) }, &[0]),
        (Filter { flagged: Some(true), ..all(None) }, &[1]),
        (Filter { after: Some((DAY, id(1))), ..all(None) }, &[1, 3, 4]),
    ];
    for (filter, expected) in rows {
        let found = log_days::list(&mut tx, &filter, 9).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|day| (day.day, day.subject)).collect();
        let expected: Vec<_> = expected.iter().map(|at| (marks[*at].day.clone(), marks[*at].subject)).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let calm = Filter { overdue: (100, Some(false)), ..all(None) };
    assert_eq!(log_days::list(&mut tx, &calm, 9).await.unwrap().len(), 3);
}

async fn wl_6_the_office_is_told_once_of_an_unread_log(world: World) {
    let mut tx = world.begin().await.unwrap();
    log_days::mark(&mut tx, &[mark(DAY, 1, state("submitted", Some(50), false))]).await.unwrap();
    assert_eq!(log_days::unread(&mut tx, PROJECT, 49, 9).await.unwrap(), []);
    let found = log_days::unread(&mut tx, PROJECT, 50, 9).await.unwrap();
    assert_eq!(found.len(), 1);
    log_days::tell(&mut tx, &found).await.unwrap();
    assert_eq!(log_days::unread(&mut tx, PROJECT, 50, 9).await.unwrap(), []);
    // an edit leaves it told, a return and a new hand-in do not
    log_days::mark(&mut tx, &[mark(DAY, 1, state("submitted", Some(50), true))]).await.unwrap();
    assert_eq!(log_days::unread(&mut tx, PROJECT, 50, 9).await.unwrap(), []);
    log_days::mark(&mut tx, &[mark(DAY, 1, state("returned", None, false))]).await.unwrap();
    log_days::mark(&mut tx, &[mark(DAY, 1, state("submitted", Some(60), false))]).await.unwrap();
    assert_eq!(log_days::unread(&mut tx, PROJECT, 60, 9).await.unwrap().len(), 1);
}
