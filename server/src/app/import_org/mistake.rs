//! Mistakes in an org document, all of them, each with its place.

use std::cell::RefCell;
use std::fmt;

use serde::Serialize;

/// One mistake in an org document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mistake {
    /// JSON pointer (RFC 6901) of the place; empty for the document itself.
    pub pointer: String,
    /// What is wrong there.
    pub wrong: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(f, "{place}: {}; {}", self.wrong, self.remedy)
    }
}

/// Where mistakes are collected while a document is read and checked.
#[derive(Debug, Default)]
pub(super) struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    pub(super) fn add(&self, pointer: impl Into<String>, wrong: impl Into<String>, remedy: impl Into<String>) {
        let mistake = Mistake { pointer: pointer.into(), wrong: wrong.into(), remedy: remedy.into() };
        self.0.borrow_mut().push(mistake);
    }

    /// All of them, in the order in which they were found.
    pub(super) fn into_inner(self) -> Vec<Mistake> {
        self.0.into_inner()
    }
}
