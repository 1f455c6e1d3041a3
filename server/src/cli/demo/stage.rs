//! The stage: the server's address and time, what the story needs from it, and who tells it.

use std::time::Duration;

use api_spec::locale::Text;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use reqwest::Method;
use serde_json::{Value, json};
use sync_core::exchange::Verdict;
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::cast::{ORG, OrgFile, PROJECT, Person};
use super::narrator::{Narrator, Told};
use super::phone::Phone;
use crate::app::import_org::id_of;
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::client::Client;

/// The day the story is told about: a Thursday.
const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 19).unwrap();
/// How often, and after which pauses, the server is asked for what its jobs bring about.
const PATIENCE: usize = 300;
const PAUSE: Duration = Duration::from_millis(100);
/// The project's zone has no summer time.
const ZONE: FixedOffset = FixedOffset::east_opt(8 * 3_600).unwrap();

/// What every scene works with.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) narrator: Narrator,
    /// A stranger at the server.
    pub(super) client: Client,
    pub(super) org: OrgFile,
    /// The project.
    pub(super) project: Uuid,
    /// True time, Unix ms; the server's frozen clock follows it.
    pub(super) now: i64,
    day: NaiveDate,
}

impl Stage {
    /// An empty stage on the evening before.
    ///
    /// # Errors
    /// When the org file is broken.
    pub(super) fn new(client: Client, narrator: Narrator) -> Result<Self, Failure> {
        let day = DAY.pred_opt().unwrap_or(DAY);
        let project = id_of(ORG, "project", &[PROJECT]);
        let mut stage = Self { narrator, client, org: OrgFile::read()?, project, now: 0, day };
        stage.now = stage.instant("18:00");
        Ok(stage)
    }

    /// The day of the story, as records name it.
    pub(super) fn day(&self) -> NaiveDate {
        self.day
    }

    /// The day the story is about, whichever day it is now.
    pub(super) fn story_day() -> NaiveDate {
        DAY
    }

    /// The next day begins.
    pub(super) fn next_day(&mut self) {
        self.day = self.day.succ_opt().unwrap_or(self.day);
    }

    /// An instant of the day, Unix ms; `time` is the project's, such as `09:19`.
    fn instant(&self, time: &str) -> i64 {
        let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap_or_default();
        let instant = self.day.and_time(time).and_local_timezone(ZONE).single();
        instant.map_or(self.now, |instant| instant.timestamp_millis())
    }

    /// An instant of the day, RFC 3339.
    pub(super) fn rfc3339(&self, time: &str) -> String {
        rfc3339::text(self.instant(time))
    }

    /// It is now this time of the day, for the server and for everybody.
    ///
    /// # Errors
    /// When the server does not let its clock be set.
    pub(super) async fn at(&mut self, time: &str) -> Result<(), Failure> {
        self.now = self.instant(time);
        let now = json!({ "now": rfc3339::text(self.now) });
        self.client.ask::<Value>((Method::PUT, "/v1/dev/clock"), None, None, Some(&now)).await?;
        Ok(())
    }

    /// A part of the day begins.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(super) fn chapter(&mut self, title: &Text) -> Result<(), Failure> {
        self.narrator.chapter(title)
    }

    /// Somebody does something now.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(super) fn act(&mut self, who: &Person, text: &Text) -> Result<(), Failure> {
        self.narrator.act(clock(self.now), who, text)
    }

    /// Tells what follows.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(super) fn remark(&mut self, text: &Text) -> Result<(), Failure> {
        self.narrator.remark(text)
    }

    /// Tells the verdict of a record as its phone shows it; the story needs this outcome, citing these rules.
    ///
    /// # Errors
    /// When the server ruled otherwise.
    pub(super) fn verdict(
        &mut self,
        phone: &Phone,
        record: Uuid,
        about: &Text,
        needed: (&str, &[&str]),
    ) -> Result<Verdict, Failure> {
        let verdict = phone.view(record)?.verdict;
        let verdict = verdict.ok_or_else(|| needs(&format!("a ruling: {about}"), &"there is none"))?;
        self.ruling(about, Told::from(&verdict), needed)?;
        Ok(verdict)
    }

    /// Tells a ruling; the story needs this outcome, citing these rules.
    ///
    /// # Errors
    /// When the server ruled otherwise.
    pub(super) fn ruling(
        &mut self,
        about: &Text,
        told: Told,
        (outcome, rules): (&str, &[&str]),
    ) -> Result<(), Failure> {
        let cited = rules.iter().all(|rule| told.reasons.iter().any(|reason| reason.rule == *rule));
        if told.outcome != outcome || !cited {
            let ruled = serde_json::to_string(&told).unwrap_or_default();
            return Err(needs(&format!("{about}: {outcome} by {}", rules.join(", ")), &ruled));
        }
        self.narrator.ruling(about, told)
    }
}

/// The time of day in the project's zone.
pub(super) fn clock(at: i64) -> String {
    let local = DateTime::from_timestamp_millis(at).map(|at| at.with_timezone(&ZONE));
    local.map_or_else(String::new, |local| local.format("%H:%M").to_string())
}

/// Checks that something is as the story needs it.
///
/// # Errors
/// When it is not: the server then does not do what the story tells.
pub(super) fn check(holds: bool, needed: &str, found: &dyn std::fmt::Display) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(needs(needed, found)) }
}

/// What the story needed, and what was found instead.
pub(super) fn needs(needed: &str, found: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("the day went otherwise. The story needs {needed}; the server said: {found}"))
}

/// What a job of the server brings about within moments.
///
/// # Errors
/// When it does not come, or the server refuses the question.
pub(super) async fn eventually<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    for _ in 0..PATIENCE {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(needs(what, &"it did not come"))
}
