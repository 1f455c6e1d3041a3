//! Who stands behind a claim, and the gates that person or company must pass.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::calendar::Zone;
use super::ruling::{Reason, Rule};
use sync_core::words;

/// To whom a customer belongs: the company for a partner's agents, the person for own staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// One of the own staff.
    User(Uuid),
    /// A partner company.
    Partner(Uuid),
}

words! {
    /// Whether a partner may bring customers.
    pub enum PartnerStanding {
        /// It may.
        Active = "active",
        /// Its qualification is withdrawn for now (PT-29).
        Suspended = "suspended",
        /// It is on the blacklist (PT-28).
        Blacklisted = "blacklisted",
    }
}

/// Who makes a claim, with what the gates look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "employment", rename_all = "snake_case")]
pub enum Party {
    /// Day staff, who work only after training (TR-1).
    Liaison {
        /// The person.
        user: Uuid,
        /// The project-local day of the training, when there is a record of it.
        trained_on: Option<NaiveDate>,
    },
    /// Own staff.
    Staff {
        /// The person.
        user: Uuid,
    },
    /// A partner's agent.
    Agent {
        /// The company.
        partner: Uuid,
        /// The company's standing when the claim is judged.
        standing: PartnerStanding,
    },
}

impl Party {
    /// To whom a customer of this party belongs.
    pub fn holder(&self) -> Holder {
        match self {
            Self::Liaison { user, .. } | Self::Staff { user } => Holder::User(*user),
            Self::Agent { partner, .. } => Holder::Partner(*partner),
        }
    }

    /// The gates this party has to pass at a moment (already weighed by the caller): PT-28, PT-29, TR-1. Empty when there is none.
    pub fn gates(&self, at: &Moment, zone: Zone) -> Vec<Reason> {
        match self {
            Self::Staff { .. } | Self::Agent { standing: PartnerStanding::Active, .. } => Vec::new(),
            Self::Agent { standing: PartnerStanding::Blacklisted, .. } => {
                vec![Reason::new(Rule::Pt28, Answer::No, json!({"standing": PartnerStanding::Blacklisted}))]
            }
            Self::Agent { standing: PartnerStanding::Suspended, .. } => {
                vec![Reason::new(Rule::Pt29, Answer::No, json!({"standing": PartnerStanding::Suspended}))]
            }
            Self::Liaison { trained_on, .. } => {
                let answer = trained_on.map_or(Answer::No, |day| !at.is_before(zone.start_of(day)));
                vec![Reason::new(Rule::Tr1, answer, json!({"trained_on": trained_on}))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sync_core::time::Grade;

    use super::*;
    use crate::rules::fixtures::{at, id, zone};

    #[test]
    fn holders_are_companies_for_agents_and_persons_for_own_staff() {
        let agent = Party::Agent { partner: id(9), standing: PartnerStanding::Active };
        assert_eq!(agent.holder(), Holder::Partner(id(9)));
        assert_eq!(Party::Staff { user: id(1) }.holder(), Holder::User(id(1)));
        assert_eq!(Party::Liaison { user: id(1), trained_on: None }.holder(), Holder::User(id(1)));
        assert_eq!(serde_json::to_value(agent.holder()).unwrap(), json!({"partner": id(9)}));
    }

    #[test]
    fn tr_1_a_liaison_works_from_the_day_of_the_training_on() {
        let straddling =
            Moment { earliest: at("00:00") - 1, latest: at("00:01"), claimed: None, grade: Grade::Bracketed };
        let rows = [
            (None, Moment::exact(at("09:00")), Answer::No),
            (Some("2026-11-22"), Moment::exact(at("00:00")), Answer::Yes),
            (Some("2026-11-22"), Moment::exact(at("00:00") - 1), Answer::No),
            (Some("2026-11-22"), straddling, Answer::Unclear),
            (Some("2026-11-23"), Moment::exact(at("09:00")), Answer::No),
        ];
        for (trained_on, moment, answer) in rows {
            let party = Party::Liaison { user: id(1), trained_on: trained_on.map(|day| day.parse().unwrap()) };
            let gates = party.gates(&moment, zone());
            assert_eq!((gates[0].rule, gates[0].answer), (Rule::Tr1, answer), "{trained_on:?} {moment:?}");
        }
        assert!(Party::Staff { user: id(1) }.gates(&Moment::exact(0), zone()).is_empty());
    }

    #[test]
    fn pt_28_and_pt_29_stop_partners_that_may_not_bring() {
        let rows = [
            (PartnerStanding::Active, None),
            (PartnerStanding::Suspended, Some(Rule::Pt29)),
            (PartnerStanding::Blacklisted, Some(Rule::Pt28)),
        ];
        for (standing, rule) in rows {
            let gates = Party::Agent { partner: id(9), standing }.gates(&Moment::exact(0), zone());
            assert_eq!(gates.first().map(|gate| gate.rule), rule);
            assert!(gates.iter().all(|gate| gate.answer == Answer::No));
        }
    }
}
