use super::*;

fn evidence() -> Evidence {
    Evidence { anchor: Some(1_000_000), elapsed_ms: Some(60_000), received: 1_100_000, ..Evidence::default() }
}

#[test]
fn a_claim_inside_the_bounds_is_anchored() {
    let moment = Moment::derive(&evidence());
    assert_eq!(
        moment,
        Moment { earliest: 1_000_000, latest: 1_100_000, claimed: Some(1_060_000), grade: Grade::Anchored }
    );
}

#[test]
fn a_reboot_leaves_only_the_bounds() {
    let moment = Moment::derive(&Evidence { elapsed_ms: None, ..evidence() });
    assert_eq!((moment.claimed, moment.grade), (None, Grade::Bracketed));
}

#[test]
fn p7_a_claim_beyond_receipt_is_contradicted_and_the_bounds_hold() {
    let moment = Moment::derive(&Evidence { elapsed_ms: Some(7_200_000), ..evidence() });
    assert_eq!(moment, Moment { earliest: 1_000_000, latest: 1_100_000, claimed: None, grade: Grade::Contradicted });
    let drift = Moment::derive(&Evidence { elapsed_ms: Some(101_000), ..evidence() });
    assert_eq!((drift.claimed, drift.grade), (None, Grade::Bracketed));
}

#[test]
fn an_anchor_older_than_it_can_be_is_contradicted() {
    let moment = Moment::derive(&Evidence { recorded_bound: 1_050_000, ..evidence() });
    assert_eq!((moment.earliest, moment.grade), (1_050_000, Grade::Contradicted));
}

#[test]
fn absurd_evidence_never_makes_an_unsound_moment() {
    for elapsed_ms in [Some(i64::MAX), Some(i64::MIN), Some(-1), Some(0), None] {
        for anchor in [None, Some(0), Some(1_100_000), Some(i64::MAX), Some(i64::MIN)] {
            for covered_by in [None, Some(1_020_000)] {
                let moment = Moment::derive(&Evidence { anchor, elapsed_ms, covered_by, ..evidence() });
                assert!(moment.earliest <= moment.latest && moment.latest <= 1_100_000, "{moment:?}");
                assert!(moment.claimed.is_none_or(|at| (moment.earliest..=moment.latest).contains(&at)), "{moment:?}");
            }
        }
    }
}

#[test]
fn comparisons_are_three_valued() {
    let moment = Moment { earliest: 100, latest: 200, claimed: None, grade: Grade::Bracketed };
    assert_eq!(
        [201, 200, 101, 100].map(|deadline| moment.is_before(deadline)),
        [Answer::Yes, Answer::Unclear, Answer::Unclear, Answer::No]
    );
    assert_eq!(moment.precedes(&Moment::exact(200)), Answer::Unclear);
    assert_eq!(moment.precedes(&Moment::exact(201)), Answer::Yes);
    assert_eq!(moment.precedes(&Moment::exact(99)), Answer::No);
    assert_eq!(
        [100, 101, 200, 201].map(|span| moment.is_older_than(&Moment::exact(300), span)),
        [Answer::Yes, Answer::Unclear, Answer::Unclear, Answer::No]
    );
    assert_eq!(moment.is_within(100, 201), Answer::Yes);
    assert_eq!(moment.is_within(201, 300), Answer::No);
}
