//! Notices: what somebody is to know, as a record in their feed.

use api_spec::locale::Text;
use serde_json::{Map, Value, json};
use sync_core::exchange::Verdict;
use uuid::Uuid;

use super::Facts;
use super::holding::split;
use super::record::Record;
use crate::rules::party::Holder;
use crate::store::Key;

/// What somebody is to know.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    /// The record, partner or protection it is about.
    pub about: Uuid,
    /// Who is told: the holder, else the back office.
    pub to: Option<Holder>,
    /// In a few words.
    pub title: &'a str,
    /// In full.
    pub text: &'a Text,
}

impl Facts {
    /// Shows a notice, or what has become of one that was shown; `verdict` is the ruling behind it. Its record is needed.
    pub fn notify(&mut self, key: Key, notice: &Notice<'_>, verdict: Option<Verdict>) {
        let (user, partner) = split(notice.to);
        let body = json!({
            "title": notice.title,
            "text": notice.text.both(),
            "about": notice.about,
            "holder": notice.to.map(|_| json!({ "user": user, "partner": partner })),
        });
        let ruled = if let Value::Object(body) = body { body } else { Map::new() };
        let shown = self.shown(key, "notice", None, ruled);
        let verdict = verdict.or_else(|| shown.verdict.clone());
        self.records.put(key, Record { verdict, ..shown });
    }

    /// Shows a notice to the lead of a team, too.
    pub fn share_notice(&mut self, key: Key, team: Option<Uuid>) {
        if let Some(notice) = self.records.get(&key).cloned() {
            self.records.put(key, Record { team, ..notice });
        }
    }
}
