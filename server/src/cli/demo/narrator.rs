//! How the day reads: lines in time order for a person, or all of them at the end for machines.

use anstyle::Style;
use api_spec::desk::Confirmation;
use api_spec::locale::{Locale, Text};
use api_spec::rulings::Ruling;
use serde::Serialize;
use sync_core::exchange::Verdict;
use sync_core::time::Answer;

use super::cast::Person;
use crate::cli::failure::Failure;
use crate::cli::terminal::{self, BAD, DOUBTFUL, FAINT, GOOD, STRONG, Terminal, styled};

/// A line of the story in both languages; places are filled as by `format!`.
macro_rules! say {
    ($en:literal, $zh:literal $(,)?) => {
        api_spec::locale::Text { en: format!($en).into(), zh: format!($zh).into() }
    };
}
pub(super) use say;

/// Characters in a line of the story.
const WIDTH: usize = 90;

/// One reason of a ruling, as it is told.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Reason {
    pub(super) rule: String,
    pub(super) answer: String,
    /// A line of English and a line of 简体中文.
    pub(super) message: String,
}

/// A ruling, as it is told: all of it comes from the server.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub(super) outcome: String,
    pub(super) reasons: Vec<Reason>,
}

impl Told {
    /// A ruling of this outcome with its reasons: rule, answer, message.
    fn new<'a>(outcome: String, reasons: impl Iterator<Item = (&'a str, Answer, &'a str)>) -> Self {
        let reason = |(rule, answer, message): (&str, Answer, &str)| Reason {
            rule: rule.to_owned(),
            answer: word(&answer),
            message: message.to_owned(),
        };
        Self { outcome, reasons: reasons.map(reason).collect() }
    }
}

impl From<&Verdict> for Told {
    fn from(verdict: &Verdict) -> Self {
        let reasons = verdict.reasons.iter();
        Self::new(
            verdict.outcome.clone(),
            reasons.map(|reason| (reason.rule.as_str(), reason.answer, reason.message.as_str())),
        )
    }
}

impl From<&Confirmation> for Told {
    fn from(sheet: &Confirmation) -> Self {
        let reasons = sheet.reasons.iter();
        Self::new(
            word(&sheet.status),
            reasons.map(|reason| (reason.rule.as_str(), reason.answer, reason.message.as_str())),
        )
    }
}

impl From<&Ruling> for Told {
    fn from(ruling: &Ruling) -> Self {
        let reasons = ruling.reasons.iter();
        Self::new(
            ruling.outcome.clone(),
            reasons.map(|reason| (reason.rule.as_str(), reason.answer, reason.message.as_str())),
        )
    }
}

/// A value that is one word on the wire.
pub(super) fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// One line of the story, for machines.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Chapter {
        title: String,
    },
    Act {
        at: String,
        who: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        phone: Option<u8>,
        text: String,
    },
    Ruling {
        about: String,
        #[serde(flatten)]
        told: Told,
    },
    Remark {
        text: String,
    },
}

/// Tells the story.
#[derive(Debug)]
pub(super) struct Narrator {
    terminal: Terminal,
    locale: Locale,
    lines: Vec<Line>,
}

impl Narrator {
    pub(super) fn new(terminal: Terminal, locale: Locale) -> Self {
        Self { terminal, locale, lines: Vec::new() }
    }

    /// The language the story is told in.
    pub(super) fn locale(&self) -> Locale {
        self.locale
    }

    /// The lines so far, for machines.
    pub(super) fn lines(&self) -> &impl Serialize {
        &self.lines
    }

    /// A text in the story's language.
    pub(super) fn words<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.locale)
    }

    /// A new part of the day begins.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn chapter(&mut self, title: &Text) -> Result<(), Failure> {
        let title = self.words(title).to_owned();
        self.show(&format!("\n{}", styled(STRONG, &format!("── {title} ──"))))?;
        self.lines.push(Line::Chapter { title });
        Ok(())
    }

    /// Somebody does something.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn act(&mut self, at: String, who: &Person, text: &Text) -> Result<(), Failure> {
        let (name, text) = (self.words(&who.name).to_owned(), self.words(text).to_owned());
        let phone = who.phone.map(|number| match self.locale {
            Locale::En => format!("phone {number}"),
            Locale::Zh => format!("手机 {number}"),
        });
        let place = phone.unwrap_or_else(|| self.words(&who.does).to_owned());
        let head =
            format!("{}  {} {}", styled(FAINT, &at), styled(STRONG, &name), styled(FAINT, &format!("· {place}")));
        self.show(&format!("\n{head}\n{}", indented(&text)))?;
        self.lines.push(Line::Act { at, who: who.username.to_owned(), phone: who.phone, text });
        Ok(())
    }

    /// What follows from it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn remark(&mut self, text: &Text) -> Result<(), Failure> {
        let text = self.words(text).to_owned();
        self.show(&indented(&text))?;
        self.lines.push(Line::Remark { text });
        Ok(())
    }

    /// What the server ruled, and why.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn ruling(&mut self, about: &Text, told: Told) -> Result<(), Failure> {
        let about = self.words(about).to_owned();
        let outcome = styled(style(&told.outcome), &outcome_word(&told.outcome, self.locale));
        let reasons = told.reasons.iter().map(|Reason { rule, answer, message }| {
            format!("\n       {} {}", styled(FAINT, &format!("{rule:<5} {answer:<7}")), self.of_both(message))
        });
        let text = format!("     ▸ {about}: {outcome}{}", reasons.collect::<Vec<_>>().concat());
        self.show(&text)?;
        self.lines.push(Line::Ruling { about, told });
        Ok(())
    }

    /// The line of the story's language in a text that has both.
    pub(super) fn of_both<'a>(&self, both: &'a str) -> &'a str {
        let mut lines = both.lines();
        let first = lines.next().unwrap_or_default();
        match self.locale {
            Locale::En => first,
            Locale::Zh => lines.next().unwrap_or(first),
        }
    }

    /// Writes for people; machines get everything at the end.
    pub(super) fn show(&self, text: &str) -> Result<(), Failure> {
        if self.terminal.json { Ok(()) } else { terminal::text(text) }
    }
}

/// A text under its heading, with lines that fit a terminal.
fn indented(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("       {line}")).collect::<Vec<_>>().join("\n")
}

/// How an outcome feels to the one who claimed.
fn style(outcome: &str) -> Style {
    match outcome {
        "void" | "expired" | "missed" | "rejected" | "absent" => BAD,
        "review" | "contested" | "late" | "returned" | "walk_in" | "parked" => DOUBTFUL,
        _ => GOOD,
    }
}

/// An outcome in words; in English the wire's word is one.
fn outcome_word(outcome: &str, locale: Locale) -> String {
    let zh = match outcome {
        "on_time" => "准时",
        "late" => "迟到",
        "answered" => "已应答",
        "absent" => "缺勤",
        "early_leave" => "早退",
        "off" => "休息",
        "excused" => "请假",
        "void" => "无效",
        "review" => "待人工判定",
        "valid" | "counted" => "有效",
        "walk_in" => "自然来访",
        "live" => "报备有效",
        "used" => "已到访",
        "protected" => "已保护",
        "contested" => "有争议",
        "submitted" => "已提交",
        "returned" => "已退回",
        "approved" => "已批准",
        "draft" => "草稿",
        _ => outcome,
    };
    match locale {
        Locale::Zh if zh != outcome => format!("{zh} {outcome}"),
        _ => outcome.replace('_', " "),
    }
}
