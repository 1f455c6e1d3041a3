//! WL-4, WL-5: the author's half of a log's life. What the author said on one phone or on two is weighed together, so that a log which nobody
//! has read yet stands the same whatever came first.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment, Stamp};
use sync_core::words;
use uuid::Uuid;

use super::{Log, LogError, LogVerdict, check_day, check_edit};
use crate::rules::calendar::{Zone, next};
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, Ruling};
use crate::rules::unclear::{Family, weighed};

words! {
    /// What an author does with a log besides writing it.
    pub enum Act {
        /// Hands it in.
        Submit = "submit",
        /// Takes it back.
        Withdraw = "withdraw",
    }
}

/// One act of the author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorAct {
    /// What was done.
    pub act: Act,
    /// Its place among the author's acts.
    pub stamp: Stamp,
    /// When it was done.
    pub moment: Moment,
    /// For a hand-in that may have come too late: what the lead decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Answer>,
}

/// The author's acts since the log was begun, or came back, in the order of their stamps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Where the log stood before them: a draft, or returned.
    pub base: Log,
    /// The acts.
    pub acts: Vec<AuthorAct>,
}

impl Default for Round {
    fn default() -> Self {
        Self::from(Log::Draft)
    }
}

impl From<Log> for Round {
    fn from(base: Log) -> Self {
        Self { base, acts: Vec::new() }
    }
}

impl Round {
    /// The round with one act more.
    #[must_use]
    pub fn with(mut self, act: AuthorAct) -> Self {
        let place = self.acts.partition_point(|known| known.stamp < act.stamp);
        if self.acts.get(place).is_none_or(|known| known.stamp != act.stamp) {
            self.acts.insert(place, act);
        }
        self
    }

    /// The round after the lead decided about the hand-ins that stand.
    #[must_use]
    pub fn decided(mut self, in_time: Answer) -> Self {
        let first = self.first_standing();
        self.acts[first..].iter_mut().for_each(|act| act.decided = Some(in_time));
        self
    }

    /// The hand-ins that were not taken back.
    fn standing(&self) -> &[AuthorAct] {
        &self.acts[self.first_standing()..]
    }

    fn first_standing(&self) -> usize {
        self.acts.iter().rposition(|act| act.act == Act::Withdraw).map_or(0, |last| last + 1)
    }
}

/// Everything the ruling on an act of the author rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The project-local day the log is about.
    pub day: NaiveDate,
    /// What is done.
    pub act: Act,
    /// When.
    pub moment: Moment,
    /// By whom.
    pub by: Uuid,
    /// The log's owner.
    pub author: Uuid,
    /// Whether the items are filled.
    pub has_items: bool,
    /// Where the log stood.
    pub log: Log,
    /// All acts of the round, this one included.
    pub round: Round,
}

/// What becomes of a log by an act of its author.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// Where it stands.
    pub log: Log,
    /// Why.
    pub ruling: Ruling<LogVerdict>,
    /// When it was handed in, by the hand-in that counts.
    pub submitted: Option<Moment>,
}

/// Hands the log in or takes it back (WL-2, WL-4, WL-5). Of several hand-ins the one that speaks best for the author counts, until it is
/// taken back; what was handed in too late is kept as `missed`. Taking back what was not handed in changes nothing: the hand-in may be still
/// on its way.
///
/// # Errors
/// [`LogError`] when it may not be done at all.
pub fn weigh(facts: &AuthorFacts, policy: &Policy) -> Result<Weighed, LogError> {
    if facts.by != facts.author {
        return Err(LogError::NotTheAuthor);
    }
    check_edit(&facts.log)?;
    if facts.act == Act::Submit {
        check_day(facts.day, &facts.moment, facts.zone)?;
        if !facts.has_items {
            return Err(LogError::NoItems);
        }
    }
    let due = due_at(facts, policy);
    let in_time = |act: &AuthorAct| {
        let weighed = weighed(&act.moment, Family::Wl, policy);
        act.decided.unwrap_or_else(|| due.map_or(Answer::Yes, |due| weighed.is_before(due)))
    };
    let best = facts.round.standing().iter().map(|act| (in_time(act), act)).min_by_key(|(answer, _)| against(*answer));
    let Some((in_time, act)) = best else {
        let verdict = match facts.round.base {
            Log::Returned { .. } => LogVerdict::Returned,
            _ => LogVerdict::Draft,
        };
        let reason = Reason::new(Rule::Wl5, Answer::Yes, json!({"withdrawn": true}));
        let ruling = Ruling::because(verdict, reason);
        return Ok(Weighed { log: facts.round.base.clone(), ruling, submitted: None });
    };
    let (log, verdict) = match in_time {
        Answer::Yes => (Log::Submitted { in_time }, LogVerdict::Submitted),
        Answer::Unclear => (Log::Submitted { in_time }, LogVerdict::Review),
        Answer::No => (Log::Missed, LogVerdict::Missed),
    };
    let known = json!({"day": facts.day, "submitted": weighed(&act.moment, Family::Wl, policy), "due": due});
    let ruling = Ruling::because(verdict, Reason::new(Rule::Wl4, in_time, known));
    Ok(Weighed { log, ruling, submitted: Some(act.moment) })
}

/// How much an answer speaks against the author.
fn against(in_time: Answer) -> u8 {
    match in_time {
        Answer::Yes => 0,
        Answer::Unclear => 1,
        Answer::No => 2,
    }
}

/// WL-4: the first instant that is too late (Unix ms): after the cutoff of the log's own day, or the end of the day after a return
/// reached the phone. `None` while a return has not.
fn due_at(facts: &AuthorFacts, policy: &Policy) -> Option<i64> {
    match &facts.round.base {
        Log::Returned { reached_at, .. } => {
            reached_at.map(|reached| facts.zone.bounds(next(facts.zone.day_of(reached))).1)
        }
        _ => Some(facts.zone.after(facts.day, policy.log.cutoff)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::fixtures::{at, between, exact, id, today, zone};

    fn act(act: Act, ms: i64, moment: Moment) -> AuthorAct {
        AuthorAct { act, stamp: Stamp { ms, seq: 1, device: id(u128::from(ms.unsigned_abs())) }, moment, decided: None }
    }

    /// Where the log stands after these acts have arrived in this order.
    fn after(acts: impl IntoIterator<Item = AuthorAct>) -> (Log, Option<Moment>) {
        let mut round = Round::default();
        let mut stands = (Log::Draft, None);
        for act in acts {
            round = round.with(act);
            let facts = AuthorFacts {
                zone: zone(),
                day: today(),
                act: act.act,
                moment: act.moment,
                by: id(1),
                author: id(1),
                has_items: true,
                log: stands.0.clone(),
                round: round.clone(),
            };
            let weighed = weigh(&facts, &Policy::default()).unwrap();
            stands = (weighed.log, weighed.submitted);
        }
        stands
    }

    #[test]
    fn wl_4_wl_5_a_hand_in_that_arrives_after_its_withdrawal_stays_taken_back() {
        let (submit, withdraw) = (act(Act::Submit, 1, exact("18:00")), act(Act::Withdraw, 2, exact("19:00")));
        assert_eq!(after([submit, withdraw]).0, Log::Draft);
        assert_eq!(after([withdraw, submit]).0, Log::Draft);
        let again = act(Act::Submit, 3, exact("20:00"));
        assert_eq!(after([withdraw, again, submit]), (Log::Submitted { in_time: Answer::Yes }, Some(exact("20:00"))));
        assert_eq!(after([withdraw]), (Log::Draft, None), "the hand-in may be still on its way");
        let last = act(Act::Withdraw, 4, exact("21:00"));
        assert_eq!(after([submit, withdraw, again, last]), (Log::Draft, None), "taken back twice");
        let round = Round::default().with(submit);
        assert_eq!(round.clone().with(submit), round, "an act is one act");
    }

    #[test]
    fn wl_4_of_two_phones_the_hand_in_that_was_in_time_counts() {
        let midnight = at("00:00") + 86_400_000;
        let late = act(Act::Submit, 1, Moment::exact(midnight));
        let unclear = act(Act::Submit, 2, Moment { latest: midnight, ..between("18:00", "18:00") });
        let prompt = act(Act::Submit, 3, Moment::exact(midnight - 1));
        assert_eq!(after([late]).0, Log::Missed);
        assert_eq!(after([late, unclear]).0, Log::Submitted { in_time: Answer::Unclear });
        assert_eq!(after([prompt, late, unclear]), (Log::Submitted { in_time: Answer::Yes }, Some(prompt.moment)));
    }

    #[test]
    fn wl_4_what_the_lead_decided_holds_until_better_evidence_comes() {
        let midnight = at("00:00") + 86_400_000;
        let unclear = act(Act::Submit, 2, Moment { latest: midnight, ..between("18:00", "18:00") });
        for (decided, stands) in [(Answer::Yes, Log::Submitted { in_time: Answer::Yes }), (Answer::No, Log::Missed)] {
            let round = Round::default().with(unclear).decided(decided);
            assert_eq!(after(round.acts.clone()).0, stands);
            let prompt = act(Act::Submit, 1, exact("18:00"));
            assert_eq!(after(round.with(prompt).acts).0, Log::Submitted { in_time: Answer::Yes });
        }
    }

    #[test]
    fn wl_4_a_hand_in_taken_back_after_a_return_leaves_the_log_returned() {
        let base = Log::Returned { version: 3, reason: "which?".to_owned(), reached_at: Some(at("09:00")) };
        let acts = [act(Act::Submit, 1, exact("10:00")), act(Act::Withdraw, 2, exact("11:00"))];
        let round = acts.into_iter().fold(Round::from(base.clone()), Round::with);
        let facts = AuthorFacts {
            zone: zone(),
            day: today(),
            act: Act::Withdraw,
            moment: exact("11:00"),
            by: id(1),
            author: id(1),
            has_items: true,
            log: Log::Submitted { in_time: Answer::Yes },
            round,
        };
        let weighed = weigh(&facts, &Policy::default()).unwrap();
        assert_eq!((weighed.log, weighed.ruling.outcome), (base, LogVerdict::Returned));
    }

    proptest! {
        #[test]
        fn wl_4_p3_a_log_stands_the_same_whatever_order_the_authors_acts_arrive_in(
            acts in prop::collection::vec((prop::bool::ANY, 0_i64..40, 0_i64..40), 1..7),
            order in prop::collection::vec(any::<u32>(), 7),
        ) {
            let hour = |n: i64| at("00:00") + n * 3_600_000;
            let acts: Vec<AuthorAct> = acts
                .into_iter()
                .enumerate()
                .map(|(n, (submits, from, width))| {
                    let moment = Moment { latest: hour(from + width), ..Moment::exact(hour(from)) };
                    let moment = Moment { claimed: None, ..moment };
                    act(if submits { Act::Submit } else { Act::Withdraw }, i64::try_from(n).unwrap(), moment)
                })
                .collect();
            let mut shuffled: Vec<(u32, AuthorAct)> = order.into_iter().zip(acts.clone()).collect();
            shuffled.sort_by_key(|(place, _)| *place);
            prop_assert_eq!(after(acts), after(shuffled.into_iter().map(|(_, act)| act)));
        }
    }
}
