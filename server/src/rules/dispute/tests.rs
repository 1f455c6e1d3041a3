use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::*;
use crate::rules::fixtures::{at, between, exact, id, zone};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn user(number: u128) -> Holder {
    Holder::User(id(number))
}

fn claim(number: u128, holder: Holder, rank: Rank, moment: Moment) -> Claim {
    Claim { id: id(number), holder, rank, moment, met: true, mass_day: false }
}

fn settled(by: u128, holder: Option<Holder>) -> Settlement {
    Settlement { holder, split: Vec::new(), reason: "records".to_owned(), by: id(by), at: at("10:00") }
}

fn facts() -> SettleFacts {
    SettleFacts {
        zone: zone(),
        case: Case::Open { due: at("18:00") },
        parties: vec![user(1), Holder::Partner(id(9))],
        speakers: vec![id(1)],
        claims: Vec::new(),
        by: id(7),
        at: at("10:00"),
        holder: Some(user(1)),
        split: Vec::new(),
        reason: "the records".to_owned(),
    }
}

#[test]
fn ds_4_a_case_is_opened_within_48_hours_of_the_verdict_reaching_the_phone() {
    let sheet_at = at("09:00");
    let minute = 60_000;
    let rows = [
        // (reached, opened so long after the sheet, may be)
        (Reached::Phone { at: sheet_at }, 48 * HOUR - minute, true),
        (Reached::Phone { at: sheet_at }, 48 * HOUR - 1, true),
        (Reached::Phone { at: sheet_at }, 48 * HOUR, false),
        (Reached::Phone { at: sheet_at + DAY }, 72 * HOUR - 1, true),
        (Reached::Phone { at: sheet_at + DAY }, 72 * HOUR, false),
        // at most 7 days from the sheet, however late it came
        (Reached::Phone { at: sheet_at + 6 * DAY }, 7 * DAY - 1, true),
        (Reached::Phone { at: sheet_at + 6 * DAY }, 7 * DAY, false),
        (Reached::NotYet, 7 * DAY - 1, true),
        (Reached::NotYet, 7 * DAY, false),
        // nobody to tell: from the ruling, which came an hour after the sheet was opened
        (Reached::NoPhone, 49 * HOUR - 1, true),
        (Reached::NoPhone, 49 * HOUR, false),
    ];
    for (reached, after, may) in rows {
        let window = Window { sheet_at, ruled_at: sheet_at + HOUR, reached };
        let checked = window.check(sheet_at + after, zone(), &Policy::default());
        assert_eq!(checked.is_ok(), may, "{reached:?} {after}");
    }
}

#[test]
fn ds_4_the_window_is_the_policys() {
    let policy = Policy::read(&json!({"dispute": {"window_hours": 1}})).unwrap();
    let window = Window { sheet_at: 0, ruled_at: 0, reached: Reached::NoPhone };
    assert_eq!(window.check(HOUR - 1, zone(), &policy), Ok(()));
    assert_eq!(window.check(HOUR, zone(), &policy), Err(DisputeError::TooLate(HOUR)));
}

#[test]
fn ds_4_a_case_is_due_at_the_end_of_the_second_working_day_after() {
    let calendar = json!({"calendar": {"holidays": ["2026-11-24"]}});
    let holiday = Policy::read(&calendar).unwrap();
    // 2026-11-22 is a Sunday
    let start = |day: i64| at("00:00") + day * DAY;
    let rows = [
        (at("09:00"), Policy::default(), start(3)),
        (at("00:00") + DAY, Policy::default(), start(4)),
        (at("00:00") + 2 * DAY - 1, Policy::default(), start(4)),
        (at("09:00") + 5 * DAY, Policy::default(), start(10)),
        (at("09:00"), holiday, start(4)),
    ];
    for (opened, policy, end) in rows {
        assert_eq!(due(opened, zone(), &policy), end, "{opened}");
    }
}

#[test]
fn ds_3_ranks_go_before_server_order() {
    let (a, b) = (user(1), user(2));
    let rows = Rank::ALL.windows(2).map(|pair| (pair[0], pair[1]));
    for (higher, lower) in rows {
        // the higher rank came later
        let claims = [claim(1, b, lower, exact("09:00")), claim(2, a, higher, exact("10:00"))];
        let proposal = propose(&claims, &Policy::default());
        assert_eq!(proposal.holder, Some(a), "{higher} before {lower}");
        assert_eq!(proposal.lines[0].claim, id(2));
        assert_eq!((proposal.lines[0].reason.rule, proposal.lines[0].reason.answer), (Rule::Ds3, Answer::Yes));
        assert_eq!((proposal.lines[1].reason.rule, proposal.lines[1].reason.answer), (Rule::Ds3, Answer::No));
    }
}

#[test]
fn ds_3_equal_ranks_go_by_server_order() {
    for rank in [Rank::SignedSheet, Rank::Arrival, Rank::Bring, Rank::Lead, Rank::Other] {
        let claims = [claim(1, user(1), rank, exact("10:00")), claim(2, user(2), rank, exact("09:59:59"))];
        assert_eq!(propose(&claims, &Policy::default()).holder, Some(user(2)), "{rank}");
        let same = [claim(2, user(2), rank, exact("10:00")), claim(1, user(1), rank, exact("10:00"))];
        assert_eq!(propose(&same, &Policy::default()).holder, Some(user(1)), "{rank}: the same instant, by id");
    }
}

#[test]
fn ds_3_only_a_certainly_earlier_booking_has_the_rank_of_one() {
    let (a, b) = (user(1), user(2));
    let bring = |holder| claim(9, holder, Rank::Bring, exact("11:00"));
    let rows = [
        // (first booking, second booking, who brings, winner)
        (exact("09:00"), exact("09:30"), user(3), a),
        (exact("09:30"), exact("09:00"), user(3), b),
        (between("08:00", "09:10"), between("09:00", "09:30"), user(3), user(3)),
        (exact("09:00"), exact("09:00"), user(3), user(3)),
        (between("08:00", "09:10"), between("09:00", "09:30"), b, b),
    ];
    for (first, second, by, winner) in rows {
        let claims = [claim(1, a, Rank::Booking, first), claim(2, b, Rank::Booking, second), bring(by)];
        assert_eq!(propose(&claims, &Policy::default()).holder, Some(winner), "{first:?} {second:?}");
    }
    let open =
        [claim(1, a, Rank::Booking, between("08:00", "09:30")), claim(2, b, Rank::Booking, between("09:00", "09:10"))];
    let proposal = propose(&open, &Policy::default());
    assert_eq!((proposal.holder, proposal.lines[0].rank), (Some(b), Rank::Other), "open order: by receipt");
}

#[test]
fn ds_2_bookings_of_a_day_that_failed_bk_9_lose() {
    let partner = Holder::Partner(id(9));
    let mass = Claim { mass_day: true, ..claim(1, partner, Rank::Booking, exact("09:00")) };
    let lead = claim(2, user(1), Rank::Lead, exact("10:00"));
    let proposal = propose(&[mass.clone(), lead], &Policy::default());
    assert_eq!(proposal.holder, Some(user(1)));
    let last = &proposal.lines[1];
    assert_eq!((last.claim, last.reason.rule, last.reason.answer), (id(1), Rule::Ds2, Answer::No));
    assert_eq!(propose(&[mass], &Policy::default()).holder, None, "alone it is the site's");
}

#[test]
fn ds_2_a_rival_that_failed_bk_9_leaves_a_booking_its_rank() {
    let mass = Claim { mass_day: true, ..claim(1, Holder::Partner(id(9)), Rank::Booking, exact("09:00")) };
    let own = claim(2, user(1), Rank::Booking, exact("09:30"));
    let proposal = propose(&[mass, own], &Policy::default());
    assert_eq!((proposal.holder, proposal.lines[0].rank), (Some(user(1)), Rank::Booking));
}

#[test]
fn ds_3_a_claim_that_fell_on_its_own_ranks_last_and_wins_nothing() {
    let fallen = Claim { met: false, ..claim(1, user(1), Rank::SignedSheet, exact("09:00")) };
    let proposal = propose(&[fallen, claim(2, user(2), Rank::Other, exact("10:00"))], &Policy::default());
    assert_eq!((proposal.holder, proposal.lines[1].claim), (Some(user(2)), id(1)));
}

#[test]
fn ds_4_a_settlement_may_be_appealed_for_three_days_and_then_is_final() {
    let (case, ruling) = settle(&facts(), &Policy::default()).unwrap();
    assert_eq!(ruling.outcome, CaseState::Settled);
    assert_eq!((ruling.reasons[0].rule, ruling.reasons[0].answer), (Rule::Ds4, Answer::Yes));
    let end = at("10:00") + 3 * DAY;
    assert_eq!(case.due(), Some(end));
    let loser = Holder::Partner(id(9));
    let appeal_of = |holder, by, when| AppealFacts {
        zone: zone(),
        case: case.clone(),
        appeal: Appeal { holder, by: id(by), at: when },
        reason: "the desk was wrong".to_owned(),
    };
    let rows = [
        (appeal_of(loser, 2, end - 1), Ok(CaseState::Appealed)),
        (appeal_of(loser, 2, end), Err(DisputeError::AppealOver(end))),
        (appeal_of(user(1), 1, end - 1), Err(DisputeError::NotLost)),
        (AppealFacts { reason: " ".to_owned(), ..appeal_of(loser, 2, end - 1) }, Err(DisputeError::NoReason)),
        (
            AppealFacts { case: Case::Open { due: 0 }, ..appeal_of(loser, 2, end - 1) },
            Err(DisputeError::WrongState(CaseState::Open)),
        ),
    ];
    for (facts, expected) in rows {
        assert_eq!(appeal(&facts, &Policy::default()).map(|(case, _)| case.state()), expected, "{facts:?}");
    }
    let close_at = |at| close(&CloseFacts { case: case.clone(), at }).map(|(case, _)| case.state());
    assert_eq!(close_at(end - 1), Err(DisputeError::WrongState(CaseState::Settled)));
    assert_eq!(close_at(end), Ok(CaseState::Final));
}

#[test]
fn ds_7_ds_4_an_appeal_is_decided_by_somebody_else_and_is_final() {
    let first = settled(7, Some(user(1)));
    let appeal = Appeal { holder: Holder::Partner(id(9)), by: id(2), at: at("11:00") };
    let case = Case::Appealed { first: first.clone(), appeal, due: at("18:00") };
    assert_eq!(case.level(), Level::Appeal);
    let again = SettleFacts { case, holder: Some(Holder::Partner(id(9))), ..facts() };
    assert_eq!(settle(&again, &Policy::default()).unwrap_err(), DisputeError::SamePerson);
    let (case, ruling) = settle(&SettleFacts { by: id(8), ..again }, &Policy::default()).unwrap();
    assert_eq!((ruling.outcome, case.level()), (CaseState::Final, Level::Appeal));
    assert!(
        matches!(&case, Case::Final { first: Some(known), settlement } if *known == first && settlement.by == id(8))
    );
    let more = SettleFacts { case, by: id(6), ..facts() };
    assert_eq!(settle(&more, &Policy::default()).unwrap_err(), DisputeError::WrongState(CaseState::Final));
}

#[test]
fn ds_4_a_settlement_names_a_party_or_the_site_and_its_reason_and_is_nobodys_own() {
    let rows: [(SettleFacts, Option<DisputeError>); 7] = [
        (facts(), None),
        (SettleFacts { holder: None, ..facts() }, None),
        (SettleFacts { holder: Some(user(3)), ..facts() }, Some(DisputeError::NotAParty)),
        (SettleFacts { reason: " \n".to_owned(), ..facts() }, Some(DisputeError::NoReason)),
        (SettleFacts { by: id(1), ..facts() }, Some(DisputeError::OwnClaim)),
        (SettleFacts { speakers: vec![id(7)], ..facts() }, Some(DisputeError::OwnClaim)),
        (
            SettleFacts { case: Case::Withdrawn { at: 0 }, ..facts() },
            Some(DisputeError::WrongState(CaseState::Withdrawn)),
        ),
    ];
    for (facts, error) in rows {
        assert_eq!(settle(&facts, &Policy::default()).err(), error, "{facts:?}");
    }
}

#[test]
fn ds_4_a_split_is_of_parties_and_adds_up_to_100() {
    let (a, b, stranger) = (user(1), Holder::Partner(id(9)), user(5));
    let rows: [(&[(Holder, u32)], bool); 10] = [
        (&[(a, 60), (b, 40)], true),
        (&[(a, 99), (b, 1)], true),
        (&[(a, 100)], true),
        (&[(a, 60), (b, 39)], false),
        (&[(a, 60), (b, 41)], false),
        (&[(a, 60), (a, 40)], false),
        (&[(a, 100), (b, 0)], false),
        (&[(a, 50), (stranger, 50)], false),
        (&[(b, 100)], false),
        (&[(a, u32::MAX), (b, 101)], false),
    ];
    for (split, fair) in rows {
        let split = split.iter().map(|&(holder, percent)| Share { holder, percent }).collect();
        let settled = settle(&SettleFacts { split, ..facts() }, &Policy::default());
        assert_eq!(settled.is_ok(), fair, "{settled:?}");
    }
    let nobodys = SettleFacts { holder: None, split: vec![Share { holder: a, percent: 100 }], ..facts() };
    assert_eq!(settle(&nobodys, &Policy::default()).unwrap_err(), DisputeError::Split);
}

#[test]
fn ds_3_a_settlement_cites_the_line_of_its_holder() {
    let claims = vec![
        claim(1, user(1), Rank::Lead, exact("09:00")),
        claim(2, Holder::Partner(id(9)), Rank::SignedSheet, exact("10:00")),
    ];
    for (holder, answer) in [(user(1), Answer::No), (Holder::Partner(id(9)), Answer::Yes)] {
        let facts = SettleFacts { claims: claims.clone(), holder: Some(holder), ..facts() };
        let (_, ruling) = settle(&facts, &Policy::default()).unwrap();
        assert_eq!((ruling.reasons[1].rule, ruling.reasons[1].answer), (Rule::Ds3, answer), "{holder:?}");
    }
}

#[test]
fn ds_4_a_case_ends_with_its_last_claimant() {
    let first = settled(7, Some(user(1)));
    let appeal = Appeal { holder: user(2), by: id(2), at: 0 };
    let appealed = Case::Appealed { first: first.clone(), appeal, due: 9 };
    let rows = [
        (Case::Open { due: 9 }, true, Ok(Case::Withdrawn { at: 5 })),
        (Case::Open { due: 9 }, false, Ok(Case::Open { due: 9 })),
        (appealed.clone(), false, Ok(Case::Final { settlement: first.clone(), first: None })),
        (
            Case::Settled { settlement: first.clone(), appeal_until: 9 },
            true,
            Err(DisputeError::WrongState(CaseState::Settled)),
        ),
    ];
    for (case, last, expected) in rows {
        let facts = WithdrawFacts { case, holder: user(2), last, at: 5 };
        assert_eq!(withdraw(&facts).map(|(case, _)| case), expected, "{facts:?}");
    }
    let others = WithdrawFacts { case: appealed, holder: user(3), last: true, at: 5 };
    assert_eq!(withdraw(&others).unwrap_err(), DisputeError::WrongState(CaseState::Appealed));
}

#[test]
fn ds_4_what_was_claimed_follows_and_names_nobody() {
    let rows = [
        (Fate::Valid, Some(user(1)), Answer::Yes),
        (Fate::Used, Some(user(1)), Answer::Yes),
        (Fate::Protected, Some(user(1)), Answer::Yes),
        (Fate::Void, Some(user(1)), Answer::No),
        (Fate::Contested, None, Answer::No),
    ];
    for (fate, holder, answer) in rows {
        let ruling = after(&AfterFacts { settlement: settled(7, holder), fate, until: None });
        assert_eq!((ruling.outcome, ruling.reasons[0].answer), (fate, answer));
        let text = serde_json::to_string(&ruling).unwrap();
        assert!(!text.contains(&Uuid::to_string(&id(1))), "{text}");
    }
}

#[test]
fn p9_decisions_about_cases_are_decided_again_from_their_facts() {
    use crate::rules::replay::Decision;
    let case = Case::Settled { settlement: settled(7, None), appeal_until: at("10:00") };
    let window = Some(Window { sheet_at: at("09:00"), ruled_at: at("09:00"), reached: Reached::NotYet });
    let appeal = Appeal { holder: user(1), by: id(1), at: at("09:59") };
    let settlement = settled(7, Some(user(1)));
    let rows = [
        (Decision::CaseOpened(OpenFacts { zone: zone(), at: at("10:00"), about: About::Sheet, window }), "open"),
        (Decision::CaseSettled(facts()), "settled"),
        (
            Decision::CaseAppealed(AppealFacts { zone: zone(), case: case.clone(), appeal, reason: "x".to_owned() }),
            "appealed",
        ),
        (Decision::CaseClosed(CloseFacts { case, at: at("10:00") }), "final"),
        (
            Decision::CaseWithdrawn(WithdrawFacts { case: Case::Open { due: 1 }, holder: user(1), last: true, at: 0 }),
            "withdrawn",
        ),
        (Decision::AfterCase(AfterFacts { settlement, fate: Fate::Valid, until: Some(3) }), "valid"),
    ];
    for (decision, outcome) in rows {
        let stored = serde_json::to_string(&decision).unwrap();
        let read: Decision = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, decision, "{stored}");
        assert_eq!(read.replay(&Policy::default()).unwrap()["outcome"], outcome);
    }
}
