//! The daily log's deadlines and transitions, edges first.

use sync_core::time::Stamp;

use super::*;
use crate::rules::fixtures::{at, between, claimed, exact, id, today, zone};
use crate::rules::review::Capacity;

const DAY: i64 = 86_400_000;
const AUTHOR: u128 = 1;
const LEAD: u128 = 2;

fn facts(moment: Moment) -> AuthorFacts {
    again(Log::Draft, moment)
}

/// A hand-in of a log that stands like this.
fn again(log: Log, moment: Moment) -> AuthorFacts {
    let stamp = Stamp { ms: moment.latest, seq: 1, device: id(7) };
    AuthorFacts {
        zone: zone(),
        day: today(),
        act: Act::Submit,
        moment,
        by: id(AUTHOR),
        author: id(AUTHOR),
        has_items: true,
        log: log.clone(),
        round: Round::from(log).with(AuthorAct { act: Act::Submit, stamp, moment, decided: None }),
    }
}

fn verdict(facts: &AuthorFacts) -> Result<LogVerdict, LogError> {
    weigh(facts, &Policy::default()).map(|weighed| weighed.ruling.outcome)
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
        assert_eq!(weigh(&facts(exact(time)), &policy).map(|weighed| weighed.ruling.outcome), Ok(expected));
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
        assert_eq!(weigh(&facts(moment), &Policy::default()).is_err(), expected.is_err());
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
        assert_eq!(verdict(&again(returned(reached_at), Moment::exact(moment))), Ok(expected));
    }
}

#[test]
fn wl_2_wl_5_what_a_hand_in_needs() {
    let rows = [
        (AuthorFacts { has_items: false, ..facts(exact("18:00")) }, LogError::NoItems),
        (AuthorFacts { by: id(LEAD), ..facts(exact("18:00")) }, LogError::NotTheAuthor),
        (AuthorFacts { log: approved(), ..facts(exact("18:00")) }, LogError::Frozen),
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
    let stamp = Stamp { ms: at("19:00"), seq: 2, device: id(7) };
    let back = AuthorAct { act: Act::Withdraw, stamp, moment: exact("19:00"), decided: None };
    let handed_in = facts(exact("18:00"));
    let taken_back = AuthorFacts {
        act: Act::Withdraw,
        log: submitted(),
        round: handed_in.round.with(back),
        ..facts(exact("19:00"))
    };
    let weighed = weigh(&taken_back, &Policy::default()).unwrap();
    assert_eq!((weighed.log, weighed.ruling.outcome, weighed.submitted), (Log::Draft, LogVerdict::Draft, None));
    let rows = [
        (AuthorFacts { by: id(LEAD), ..taken_back.clone() }, LogError::NotTheAuthor),
        (AuthorFacts { log: approved(), ..taken_back }, LogError::Frozen),
    ];
    for (facts, error) in rows {
        assert_eq!(verdict(&facts), Err(error));
    }
}

#[test]
fn wl_6_a_log_is_read_by_noon_of_the_next_working_day() {
    // the tests' day is a Sunday
    let rows = [
        ("2026-11-22", json!({}), "2026-11-23"),
        ("2026-11-20", json!({}), "2026-11-23"),
        ("2026-11-22", json!({"holidays": ["2026-11-23"]}), "2026-11-24"),
        ("2026-11-20", json!({"makeup_days": ["2026-11-21"]}), "2026-11-21"),
        ("2027-02-26", json!({}), "2027-03-01"),
        ("2028-02-28", json!({}), "2028-02-29"),
    ];
    let noon = |day: &str| zone().at(day.parse().unwrap(), "12:00".parse().unwrap());
    for (day, calendar, due) in rows {
        let policy = Policy::read(&json!({ "calendar": calendar })).unwrap();
        let day: NaiveDate = day.parse().unwrap();
        assert_eq!(review_due(day, zone().start_of(day), zone(), &policy), noon(due), "{day} {calendar}");
    }
    // what came on Monday was not there to be read that noon
    assert_eq!(review_due(today(), at("08:00") + DAY, zone(), &Policy::default()), at("12:00") + 2 * DAY);
    let early = Policy::read(&json!({"log": {"review_by": "09:30"}})).unwrap();
    assert_eq!(review_due(today(), at("18:00"), zone(), &early), at("09:30") + DAY);
}

#[test]
fn wl_4_days_are_the_projects_where_clocks_change() {
    // a day of 25 hours, one of 23, and one whose midnight is skipped
    let rows = [
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("America/Sao_Paulo", "2018-11-04", 23),
    ];
    for (name, day, hours) in rows {
        let (zone, day): (Zone, NaiveDate) = (name.parse().unwrap(), day.parse().unwrap());
        let (from, until) = zone.bounds(day);
        assert_eq!(until - from, hours * 3_600_000);
        for (at, expected) in [
            (from, Ok(LogVerdict::Submitted)),
            (until - 1, Ok(LogVerdict::Submitted)),
            (until, Ok(LogVerdict::Missed)),
            (from - 1, Err(LogError::FutureDay)),
        ] {
            assert_eq!(verdict(&AuthorFacts { zone, day, ..facts(Moment::exact(at)) }), expected, "{name} {day}");
        }
    }
}

#[test]
fn wl_4_february_ends_where_it_ends() {
    for (day, next) in [("2027-02-28", "2027-03-01"), ("2028-02-29", "2028-03-01")] {
        let midnight = zone().start_of(next.parse().unwrap());
        for (at, expected) in [(midnight - 1, LogVerdict::Submitted), (midnight, LogVerdict::Missed)] {
            let facts = AuthorFacts { day: day.parse().unwrap(), ..facts(Moment::exact(at)) };
            assert_eq!(verdict(&facts), Ok(expected), "{day}");
        }
    }
}

#[test]
fn wl_6_wl_16_many_are_approved_at_once_only_where_nothing_asks_for_a_look() {
    let reading = |among_many| Reading::Approve { version: 3, comment: None, among_many };
    let contradicted = DayFacts::default().check(&Words { items: "拜访 5 家", progress: None, results: None });
    let plain = Checked::default();
    let doubtful = || Log::Submitted { in_time: Answer::Unclear };
    let rows = [
        (submitted(), &plain, None),
        (submitted(), &contradicted, Some(LogError::Contradicted)),
        (doubtful(), &plain, Some(LogError::InDoubt)),
    ];
    for (log, seen, error) in rows {
        assert_eq!(log.clone().read(&lead(), &reading(true), 3, Some(seen)).err(), error);
        let (_, ruling) = log.read(&lead(), &reading(false), 3, Some(seen)).unwrap();
        let rules: Vec<Rule> = ruling.reasons.iter().map(|reason| reason.rule).collect();
        assert_eq!(rules, [Rule::Wl6, Rule::Wl16], "the facts that were seen are kept");
    }
}

#[test]
fn wl_4_time_unclear_may_leave_late_claims_to_the_lead() {
    let policy = Policy::read(&json!({"time": {"unclear": {"wl": "review"}}, "log": {"cutoff": "22:00"}})).unwrap();
    let weighed = weigh(&facts(claimed("21:00", "21:30", "23:00")), &policy).unwrap();
    assert_eq!(
        (weighed.log, weighed.ruling.outcome),
        (Log::Submitted { in_time: Answer::Unclear }, LogVerdict::Review)
    );
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
