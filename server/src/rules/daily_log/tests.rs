//! The daily log's deadlines and transitions, edges first.

use super::*;
use crate::rules::fixtures::{at, between, claimed, exact, id, today, zone};
use crate::rules::review::Capacity;

const DAY: i64 = 86_400_000;
const AUTHOR: u128 = 1;
const LEAD: u128 = 2;

fn facts(moment: Moment) -> SubmitFacts {
    SubmitFacts {
        zone: zone(),
        day: today(),
        moment,
        by: id(AUTHOR),
        author: id(AUTHOR),
        has_items: true,
        log: Log::Draft,
    }
}

fn verdict(facts: &SubmitFacts) -> Result<LogVerdict, LogError> {
    submit(facts, &Policy::default()).map(|(_, ruling)| ruling.outcome)
}

fn lead() -> Reviewer {
    Reviewer { by: id(LEAD), capacity: Capacity::TeamLead, author: id(AUTHOR), author_leads: false }
}

fn submitted() -> Log {
    Log::Submitted { in_time: Answer::Yes }
}

fn approved() -> Log {
    Log::Approved { version: 3, by: id(LEAD) }
}

fn returned(reached_at: Option<i64>) -> Log {
    Log::Returned { version: 3, reason: "no results".to_owned(), reached_at }
}

#[test]
fn wl_4_a_log_is_handed_in_on_its_own_day() {
    let midnight = at("00:00") + DAY;
    let across = |claim: Option<i64>| Moment { latest: midnight + 60_000, claimed: claim, ..between("18:00", "18:00") };
    let rows = [
        (exact("00:00"), Ok(LogVerdict::Submitted)),
        (Moment::exact(midnight - 1), Ok(LogVerdict::Submitted)),
        (Moment::exact(midnight), Ok(LogVerdict::Missed)),
        (across(None), Ok(LogVerdict::Review)),
        (across(Some(at("19:00"))), Ok(LogVerdict::Submitted)),
        (across(Some(midnight)), Ok(LogVerdict::Missed)),
        (Moment::exact(midnight + 30 * DAY), Ok(LogVerdict::Missed)),
    ];
    for (moment, expected) in rows {
        assert_eq!(verdict(&facts(moment)), expected, "{moment:?}");
    }
}

#[test]
fn wl_4_the_cutoff_is_the_policys() {
    let policy = Policy::read(&json!({"log": {"cutoff": "22:00"}})).unwrap();
    for (time, expected) in [("22:00:59", LogVerdict::Submitted), ("22:01", LogVerdict::Missed)] {
        assert_eq!(submit(&facts(exact(time)), &policy).map(|(_, ruling)| ruling.outcome), Ok(expected));
    }
}

#[test]
fn wl_4_a_day_to_come_is_refused_only_when_that_is_certain() {
    let midnight = at("00:00");
    let rows = [
        (Moment::exact(midnight - 1), Err(LogError::FutureDay)),
        (Moment { earliest: midnight - 1, ..exact("00:00") }, Ok(())),
        (exact("00:00"), Ok(())),
        (Moment::exact(midnight + 9 * DAY), Ok(())),
    ];
    for (moment, expected) in rows {
        assert_eq!(check_day(today(), &moment, zone()), expected, "{moment:?}");
        assert_eq!(submit(&facts(moment), &Policy::default()).is_err(), expected.is_err());
    }
}

#[test]
fn wl_4_a_returned_log_is_due_by_the_end_of_the_day_after_the_return_reached_the_phone() {
    let end = at("00:00") + 4 * DAY;
    let reached = Some(at("15:00") + 2 * DAY);
    let rows = [
        (reached, end - 1, LogVerdict::Submitted),
        (reached, end, LogVerdict::Missed),
        (None, end + 9 * DAY, LogVerdict::Submitted),
    ];
    for (reached_at, moment, expected) in rows {
        let again = SubmitFacts { log: returned(reached_at), ..facts(Moment::exact(moment)) };
        assert_eq!(verdict(&again), Ok(expected));
    }
}

#[test]
fn wl_2_wl_5_what_a_hand_in_needs() {
    let rows = [
        (SubmitFacts { has_items: false, ..facts(exact("18:00")) }, LogError::NoItems),
        (SubmitFacts { by: id(LEAD), ..facts(exact("18:00")) }, LogError::NotTheAuthor),
        (SubmitFacts { log: approved(), ..facts(exact("18:00")) }, LogError::Frozen),
    ];
    for (facts, error) in rows {
        assert_eq!(verdict(&facts), Err(error));
    }
}

#[test]
fn wl_6_an_approval_names_the_version_it_saw_and_freezes() {
    let (log, ruling) = submitted().approve(&lead(), 3, 3, None).unwrap();
    assert_eq!((&log, ruling.outcome), (&approved(), LogVerdict::Approved));
    assert_eq!(check_edit(&log), Err(LogError::Frozen));
    assert_eq!(submitted().approve(&lead(), 3, 4, None), Err(LogError::StaleVersion { seen: 3, current: 4 }));
    for log in [Log::Draft, returned(None), Log::Missed] {
        assert_eq!(check_edit(&log), Ok(()));
        assert_eq!(log.approve(&lead(), 3, 3, None), Err(LogError::NotSubmitted));
    }
    assert_eq!(approved().approve(&lead(), 3, 3, None), Err(LogError::Frozen));
    let doubtful = Log::Submitted { in_time: Answer::Unclear };
    assert!(doubtful.approve(&lead(), 3, 3, None).is_ok(), "approving an unclear hand-in accepts it");
}

#[test]
fn wl_6_a_return_has_a_reason_and_goes_back_to_the_author() {
    let (log, ruling) = submitted().send_back(&lead(), 3, 3, " no results ").unwrap();
    assert_eq!((log, ruling.outcome), (returned(None), LogVerdict::Returned));
    assert_eq!(submitted().send_back(&lead(), 3, 3, " "), Err(LogError::NoReason));
    assert_eq!(submitted().send_back(&lead(), 2, 3, "x"), Err(LogError::StaleVersion { seen: 2, current: 3 }));
    assert_eq!(approved().send_back(&lead(), 3, 3, "x"), Err(LogError::Frozen));
}

#[test]
fn wl_6_the_lead_may_reopen_what_is_approved() {
    let (log, _) = approved().reopen(&lead(), "no results").unwrap();
    assert_eq!(log, returned(None));
    assert_eq!(submitted().reopen(&lead(), "x"), Err(LogError::NotApproved));
    assert_eq!(approved().reopen(&lead(), ""), Err(LogError::NoReason));
}

#[test]
fn wl_6_who_reads_which_log() {
    let rows = [
        (Capacity::TeamLead, false, true),
        (Capacity::Deputy, false, true),
        (Capacity::BackOffice, false, false),
        (Capacity::SiteLead, false, false),
        (Capacity::TeamLead, true, false),
        (Capacity::Deputy, true, false),
        (Capacity::BackOffice, true, true),
    ];
    for (capacity, author_leads, reads) in rows {
        let reviewer = Reviewer { capacity, author_leads, ..lead() };
        assert_eq!(submitted().approve(&reviewer, 3, 3, None).is_ok(), reads, "{capacity} {author_leads}");
        assert_eq!(approved().reopen(&reviewer, "x").is_ok(), reads, "{capacity} {author_leads}");
    }
    let own = Reviewer { by: id(AUTHOR), capacity: Capacity::Deputy, ..lead() };
    assert_eq!(submitted().approve(&own, 3, 3, None), Err(LogError::NotTheReviewer));
}

#[test]
fn wl_5_the_author_takes_back_what_nobody_has_read() {
    let (log, ruling) = submitted().withdraw(id(AUTHOR), id(AUTHOR)).unwrap();
    assert_eq!((log, ruling.outcome), (Log::Draft, LogVerdict::Draft));
    assert_eq!(submitted().withdraw(id(LEAD), id(AUTHOR)), Err(LogError::NotTheAuthor));
    assert_eq!(approved().withdraw(id(AUTHOR), id(AUTHOR)), Err(LogError::Frozen));
    assert_eq!(Log::Draft.withdraw(id(AUTHOR), id(AUTHOR)), Err(LogError::NotSubmitted));
}

#[test]
fn wl_6_a_log_is_read_by_noon_of_the_next_working_day() {
    // the tests' day is a Sunday
    assert_eq!(review_due(today(), zone(), &Policy::default()), at("12:00") + DAY);
    let holiday = Policy::read(&json!({"calendar": {"holidays": ["2026-11-23"]}})).unwrap();
    assert_eq!(review_due(today(), zone(), &holiday), at("12:00") + 2 * DAY);
}

#[test]
fn wl_4_time_unclear_may_leave_late_claims_to_the_lead() {
    let policy = Policy::read(&json!({"time": {"unclear": {"wl": "review"}}, "log": {"cutoff": "22:00"}})).unwrap();
    let (log, ruling) = submit(&facts(claimed("21:00", "21:30", "23:00")), &policy).unwrap();
    assert_eq!((log, ruling.outcome), (Log::Submitted { in_time: Answer::Unclear }, LogVerdict::Review));
    assert_eq!(miss(today()).1.outcome, LogVerdict::Missed);
}

#[test]
fn wl_4_the_lead_decides_an_unclear_hand_in() {
    let doubtful = || Log::Submitted { in_time: Answer::Unclear };
    assert_eq!(doubtful().decide(LogVerdict::Submitted), Ok(submitted()));
    assert_eq!(doubtful().decide(LogVerdict::Missed), Ok(Log::Missed));
    assert_eq!(doubtful().decide(LogVerdict::Approved), Err(LogError::NotInReview));
    assert_eq!(submitted().decide(LogVerdict::Missed), Err(LogError::NotInReview));
}
