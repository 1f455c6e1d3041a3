//! The shape of the table of rules.

use std::fmt;

use chrono::TimeZone;
use serde_json::{Map, Value};
use sync_core::time::Answer;

use crate::locale::Text;

/// One rule of the rulebook.
#[derive(Debug)]
pub struct Rule {
    /// The id, such as `BK-1`.
    pub id: &'static str,
    /// The rule in a few words.
    pub title: Text,
    /// The rule in a sentence or two, with the default policy.
    pub explanation: Text,
    /// Policy keys that change it, each with its default.
    pub policy: &'static [(&'static str, &'static str)],
    /// What is said when the rule decided something, most particular first.
    pub sentences: &'static [Sentence],
}

/// What is said in one situation.
#[derive(Debug)]
pub struct Sentence {
    /// The answer of the reason; any when `None`.
    pub answer: Option<Answer>,
    /// A word that is one of the reason's facts; any when `None`.
    pub case: Option<&'static str>,
    /// The sentence; `{name}` stands for a fact.
    pub text: Text,
}

/// Facts that people wrote themselves.
const WRITTEN: [&str; 4] = ["reason", "comment", "words", "team"];

impl Rule {
    /// The sentence for a reason, or the explanation of the rule when none fits.
    pub fn message<Z: TimeZone>(&self, answer: Answer, facts: &Map<String, Value>, zone: &Z) -> Text
    where
        Z::Offset: fmt::Display,
    {
        // what people wrote is no case
        let is_fact = |word| facts.iter().any(|(name, fact)| !WRITTEN.contains(&name.as_str()) && fact == word);
        let fits = |sentence: &&Sentence| {
            sentence.answer.is_none_or(|wanted| wanted == answer)
                && sentence.case.is_none_or(is_fact)
                && sentence.text.is_filled_by(facts)
        };
        match self.sentences.iter().find(fits) {
            Some(sentence) => sentence.text.fill(facts, zone),
            None => self.explanation.clone(),
        }
    }
}

/// Writes a list of rules: `"id" title; explanation; [policy]; { answer (case): sentence; … }`, each text `en / zh`.
macro_rules! rules {
    ($($id:literal $title_en:literal / $title_zh:literal; $en:literal / $zh:literal;
        [$($key:literal = $default:literal),*];
        { $($answer:ident $(($case:literal))?: $says_en:literal / $says_zh:literal;)* })*) => {
        &[$($crate::messages::Rule {
            id: $id,
            title: $crate::locale::Text::new($title_en, $title_zh),
            explanation: $crate::locale::Text::new($en, $zh),
            policy: &[$(($key, $default)),*],
            sentences: &[$($crate::messages::Sentence {
                answer: $crate::messages::table::answer!($answer),
                case: $crate::messages::table::case!($($case)?),
                text: $crate::locale::Text::new($says_en, $says_zh),
            }),*],
        }),*]
    };
}

macro_rules! answer {
    (yes) => {
        Some(sync_core::time::Answer::Yes)
    };
    (no) => {
        Some(sync_core::time::Answer::No)
    };
    (unclear) => {
        Some(sync_core::time::Answer::Unclear)
    };
    (any) => {
        None
    };
}

macro_rules! case {
    () => {
        None
    };
    ($case:literal) => {
        Some($case)
    };
}

pub(super) use {answer, case, rules};
