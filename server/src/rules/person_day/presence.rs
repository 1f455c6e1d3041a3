//! The check-ins of one type that may speak for a person, and questions about them with three answers.

use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::{CheckSource, Counts, DayCheck, PersonDayFacts};
use crate::rules::attendance::CheckInType;
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule};
use crate::rules::unclear::{Family, weighed};

/// One check-in, as far as it counts on the day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    id: Uuid,
    /// Whether it counts, and on this day.
    counts: Answer,
    in_time: Option<bool>,
    /// When it was made, weighed.
    pub(super) moment: Moment,
    /// As it was made.
    made: Moment,
}

impl Candidate {
    /// Whether it lies before the day counts as absent; a person who said that it was in time said so, too.
    pub(super) fn is_there_before(&self, deadline: i64) -> Answer {
        let before = self.moment.is_before(deadline);
        match self.in_time {
            Some(true) => Answer::Yes,
            Some(false) if before != Answer::No => Answer::Yes,
            Some(false) | None => before,
        }
    }

    /// Whether it lies before the minute it was due is over.
    pub(super) fn is_in_time(&self, deadline: i64) -> Answer {
        self.in_time.map_or_else(|| self.moment.is_before(deadline), Answer::of)
    }

    fn place(&self) -> (i64, Uuid) {
        (self.moment.by_claim().latest, self.id)
    }
}

/// The check-ins of one type. The own ones give the time; those a lead recorded count where there is no own one (AT-8, AT-10).
#[derive(Debug)]
pub(super) struct Candidates {
    own: Vec<Candidate>,
    recorded: Vec<Candidate>,
    /// The rule that makes own or recorded ones doubtful: a missing witness (AT-10), or somebody else's hand (AT-8).
    doubt: Option<Rule>,
}

impl Candidates {
    pub(super) fn of(facts: &PersonDayFacts, kind: CheckInType, policy: &Policy) -> Self {
        let checks = || facts.checks.iter().filter(move |check| check.kind == kind);
        let is_recorded = |check: &&DayCheck| check.source == CheckSource::Witness;
        let candidate = |check: &DayCheck| candidate(check, facts, policy);
        let own: Vec<_> = checks().filter(|check| !is_recorded(check)).map(candidate).collect();
        let recorded: Vec<_> = checks().filter(is_recorded).map(candidate).collect();
        let own = own.into_iter().filter(|each| each.counts != Answer::No).collect();
        let recorded = recorded.into_iter().filter(|each| each.counts != Answer::No).collect();
        let all = Self { own, recorded, doubt: None };
        if facts.liaison && kind == CheckInType::On { all.witnessed(facts) } else { all.by_oneself(facts) }
    }

    /// AT-10: a liaison's arrival counts with a witness, who confirms it or recorded one of their own.
    fn witnessed(mut self, facts: &PersonDayFacts) -> Self {
        let confirmed = |check: &&DayCheck| {
            check.kind == CheckInType::On
                && check.counts != Counts::No
                && (check.witnessed || matches!(check.source, CheckSource::Manual | CheckSource::Request))
        };
        let recorded = self.recorded.iter().fold(Answer::No, |answer, each| answer.or(each.counts));
        let witness = Answer::of(facts.checks.iter().any(|check| confirmed(&check))).or(recorded);
        if witness != Answer::Yes {
            self.own.iter_mut().for_each(|each| each.counts = each.counts.and(Answer::Unclear));
            self.doubt = (!self.own.is_empty()).then_some(Rule::At10);
        }
        self
    }

    /// AT-8: staff check themselves in; what somebody else recorded for them needs a person's look.
    fn by_oneself(mut self, facts: &PersonDayFacts) -> Self {
        if !facts.liaison {
            self.recorded.iter_mut().for_each(|each| each.counts = each.counts.and(Answer::Unclear));
            self.doubt = (self.own.is_empty() && !self.recorded.is_empty()).then_some(Rule::At8);
        }
        self
    }

    /// Whether one that counts is such a one.
    pub(super) fn ask(&self, question: impl Fn(&Candidate) -> Answer) -> Answer {
        let any = |set: &[Candidate]| set.iter().fold(Answer::No, |all, each| all.or(each.counts.and(question(each))));
        let certain = self.own.iter().any(|each| each.counts == Answer::Yes);
        if certain || self.recorded.is_empty() {
            return any(&self.own);
        }
        // each own one may turn out to be the one that gives the time, or none of them
        self.own
            .iter()
            .map(&question)
            .fold(any(&self.recorded), |all, own| if all == own { all } else { Answer::Unclear })
    }

    /// Why an answer is unclear, beyond the time.
    pub(super) fn doubts(&self) -> Vec<Reason> {
        self.doubt.into_iter().map(|rule| Reason::new(rule, Answer::Unclear, json!({}))).collect()
    }

    fn counted(&self) -> impl Iterator<Item = &Candidate> {
        let counts = |each: &&Candidate| each.counts == Answer::Yes;
        let own = self.own.iter().any(|each| counts(&each));
        let set = if own { &self.own } else { &self.recorded };
        // an own one that may still count would give the time
        let open = !own && !self.own.is_empty();
        set.iter().filter(counts).filter(move |_| !open)
    }

    pub(super) fn earliest(&self) -> Option<Moment> {
        self.counted().min_by_key(|each| each.place()).map(|each| each.made)
    }

    pub(super) fn latest(&self) -> Option<Moment> {
        self.counted().max_by_key(|each| each.place()).map(|each| each.made)
    }
}

fn candidate(check: &DayCheck, facts: &PersonDayFacts, policy: &Policy) -> Candidate {
    let moment = weighed(&check.moment, Family::At, policy);
    let on_day = if check.decided { Answer::Yes } else { facts.zone.is_on(&moment, facts.day) };
    let counts = match check.counts {
        Counts::Yes => Answer::Yes,
        Counts::Review => Answer::Unclear,
        Counts::No => Answer::No,
    };
    Candidate { id: check.id, counts: counts.and(on_day), in_time: check.in_time, moment, made: check.moment }
}
