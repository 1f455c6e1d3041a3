//! WL-16: the facts of the day beside the words, and where the words claim more.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use sync_core::words;

use super::claims::{Claimed, Words};
use crate::rules::ruling::{Reason, Rule};

words! {
    /// What is counted of a day.
    pub enum Counted {
        /// Visits that are not void.
        Visits = "visits",
        /// Flyers given out.
        Flyers = "flyers",
        /// People spoken to.
        Contacts = "contacts",
        /// Of these, who showed interest.
        Interested = "interested",
        /// Customers brought to the site.
        Brought = "brought",
        /// Leads registered.
        Leads = "leads",
        /// Bookings made and not cancelled.
        Bookings = "bookings",
        /// Customers who arrived for the person, on valid sheets.
        Arrivals = "arrivals",
        /// Hours at work.
        Hours = "hours",
    }
}

/// What the records say about somebody's day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFacts {
    /// Visits that are not void.
    pub visits: u32,
    /// Flyers given out, of all tallies.
    pub flyers: u32,
    /// People spoken to.
    pub contacts: u32,
    /// Of these, who showed interest.
    pub interested: u32,
    /// Customers brought, as the tallies say.
    pub brought: u32,
    /// Leads registered.
    pub leads: u32,
    /// Bookings made and not cancelled.
    pub bookings: u32,
    /// Customers who arrived for the person, on valid sheets.
    pub arrivals: u32,
    /// From the first check-in that counts to the last check-out, without breaks; `None` where one is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// A place where the words of a log claim more than the records hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// Of what.
    pub what: Counted,
    /// What the log says.
    pub said: u32,
    /// What the records hold.
    pub counted: u32,
    /// The words.
    pub words: String,
}

/// The facts of a log's day, and what in its words contradicts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The facts.
    pub facts: DayFacts,
    /// In the order of the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<Contradiction>,
}

impl DayFacts {
    /// How much of something there was; `None` where nobody can tell. Customers brought are those of the tallies or those who arrived,
    /// whichever are more; hours are rounded up.
    pub fn of(&self, what: Counted) -> Option<u32> {
        Some(match what {
            Counted::Visits => self.visits,
            Counted::Flyers => self.flyers,
            Counted::Contacts => self.contacts,
            Counted::Interested => self.interested,
            Counted::Brought => self.brought.max(self.arrivals),
            Counted::Leads => self.leads,
            Counted::Bookings => self.bookings,
            Counted::Arrivals => self.arrivals,
            Counted::Hours => return self.minutes.map(|minutes| minutes.div_ceil(60)),
        })
    }

    /// The facts of two persons or days together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let minutes = match (self.minutes, other.minutes) {
            (None, None) => None,
            (one, another) => Some(one.unwrap_or(0).saturating_add(another.unwrap_or(0))),
        };
        Self {
            visits: self.visits.saturating_add(other.visits),
            flyers: self.flyers.saturating_add(other.flyers),
            contacts: self.contacts.saturating_add(other.contacts),
            interested: self.interested.saturating_add(other.interested),
            brought: self.brought.saturating_add(other.brought),
            leads: self.leads.saturating_add(other.leads),
            bookings: self.bookings.saturating_add(other.bookings),
            arrivals: self.arrivals.saturating_add(other.arrivals),
            minutes,
        }
    }

    /// WL-16: holds the words of a log against the facts. Only words that claim more contradict: a log may leave things out, and records
    /// of the day may still be on their way. A contradiction is a flag and changes no outcome.
    pub fn check(self, words: &Words<'_>) -> Checked {
        let more = |Claimed { what, said, words }: Claimed| {
            let counted = self.of(what).filter(|counted| said > *counted)?;
            Some(Contradiction { what, said, counted, words })
        };
        let mut contradictions: Vec<Contradiction> = Vec::new();
        for contradiction in words.claims().into_iter().filter_map(more) {
            if !contradictions.contains(&contradiction) {
                contradictions.push(contradiction);
            }
        }
        Checked { facts: self, contradictions }
    }
}

impl Checked {
    /// The reasons that keep the facts in the ruling of an approval: one for each contradiction, or one that there is none.
    pub fn reasons(&self) -> Vec<Reason> {
        let reason = |contradiction: &Contradiction| {
            let Contradiction { what, said, counted, words } = contradiction;
            let known = json!({
                "what": what, "said": said, "counted": counted, "words": words, "counted_facts": self.facts,
            });
            Reason::new(Rule::Wl16, Answer::No, known)
        };
        if self.contradictions.is_empty() {
            return vec![Reason::new(Rule::Wl16, Answer::Yes, json!({"counted_facts": self.facts}))];
        }
        self.contradictions.iter().map(reason).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(items: &str) -> Words<'_> {
        Words { items, progress: None, results: None }
    }

    #[test]
    fn wl_16_words_that_claim_more_than_the_records_contradict_them() {
        type Row<'a> = (&'a str, &'a [(Counted, u32, u32)]);
        let facts = DayFacts { visits: 4, flyers: 200, minutes: Some(481), ..DayFacts::default() };
        let rows: [Row<'_>; 6] = [
            ("拜访 4 家", &[]),
            ("拜访 3 家", &[]),
            ("拜访 5 家", &[(Counted::Visits, 5, 4)]),
            (
                "拜访 5 家，发传单 201 张，留电 1 组",
                &[(Counted::Visits, 5, 4), (Counted::Flyers, 201, 200), (Counted::Leads, 1, 0)],
            ),
            ("工作 9 小时", &[]),
            ("工作 10 小时", &[(Counted::Hours, 10, 9)]),
        ];
        for (text, expected) in rows {
            let checked = facts.check(&words(text));
            let found: Vec<_> =
                checked.contradictions.iter().map(|each| (each.what, each.said, each.counted)).collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(checked.facts, facts);
        }
    }

    #[test]
    fn wl_16_nobody_is_contradicted_about_hours_that_nobody_can_count() {
        assert_eq!(DayFacts::default().check(&words("工作 23 小时")).contradictions, []);
    }

    #[test]
    fn wl_16_brought_customers_are_those_of_the_tallies_or_those_who_arrived() {
        let facts = DayFacts { brought: 1, arrivals: 2, ..DayFacts::default() };
        assert_eq!(facts.check(&words("带访 2 组")).contradictions, []);
        assert_eq!(facts.check(&words("带访 3 组")).contradictions.len(), 1);
    }

    #[test]
    fn wl_16_the_same_claim_twice_is_one_contradiction() {
        let twice = Words { items: "拜访 5 家", progress: None, results: Some("拜访 5 家") };
        assert_eq!(DayFacts::default().check(&twice).contradictions.len(), 1);
    }
}
