//! When jobs are due: pure, from the zone of a project and an instant.

use std::fmt;
use std::time::Duration;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::rules::calendar::{Zone, next};
use crate::rules::period::TimeOfDay;

/// Slots that were missed by more days than this are not made up for: jobs look at everything that is left, and older days are theirs, too.
const CATCH_UP_DAYS: u64 = 62;

/// When a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whenever its look finds something to do.
    AsDue,
    /// Again and again, at multiples of this.
    Every(Duration),
    /// At a local time of each day.
    Daily(TimeOfDay),
    /// At a local time of each Monday.
    Weekly(TimeOfDay),
    /// At a local time of the first of each month.
    Monthly(TimeOfDay),
}

/// One time at which a job is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// `2026-11-23`, `2026-W48` or `2026-11`; for what looks again and again the day.
    pub label: String,
    /// When, Unix ms.
    pub due_at: i64,
    /// The local day it falls on.
    pub day: NaiveDate,
}

impl When {
    /// Whether the job looks again and again, and has no slots of its own to make up for.
    pub fn is_interval(self) -> bool {
        matches!(self, Self::AsDue | Self::Every(_))
    }

    /// The slot that was due last at `now` (Unix ms).
    pub fn newest(self, zone: Zone, now: i64) -> Option<Slot> {
        if let Self::AsDue | Self::Every(_) = self {
            let due_at = now - now.rem_euclid(self.pause_ms());
            let day = zone.day_of(due_at);
            return Some(Slot { label: day.to_string(), due_at, day });
        }
        let mut day = self.first_of(zone.day_of(now));
        // a time of day may be still to come, and a day may be missing from the calendar of a zone
        for _ in 0..4 {
            if let Some(slot) = self.slot(zone, day).filter(|slot| slot.due_at <= now) {
                return Some(slot);
            }
            day = self.first_of(day.pred_opt()?);
        }
        None
    }

    /// The first slot after one that was due at `after`, when it is due at `now` (Unix ms).
    pub fn following(self, zone: Zone, after: i64, now: i64) -> Option<Slot> {
        match self {
            Self::AsDue => return self.newest(zone, now),
            Self::Every(_) => return self.newest(zone, now).filter(|slot| slot.due_at > after),
            Self::Daily(_) | Self::Weekly(_) | Self::Monthly(_) => {}
        }
        let horizon = zone.day_of(now).checked_sub_days(Days::new(CATCH_UP_DAYS))?;
        let from = self.first_of(zone.day_of(after).max(horizon));
        self.from(zone, from, |slot| slot.due_at > after).filter(|slot| slot.due_at <= now)
    }

    /// When the first slot after `now` is due (Unix ms).
    pub fn upcoming(self, zone: Zone, now: i64) -> i64 {
        if self.is_interval() {
            let pause = self.pause_ms();
            return now - now.rem_euclid(pause) + pause;
        }
        self.from(zone, self.first_of(zone.day_of(now)), |slot| slot.due_at > now).map_or(i64::MAX, |slot| slot.due_at)
    }

    /// The slot of the day, week or month that holds a day; none for what looks again and again.
    pub fn holding(self, zone: Zone, day: NaiveDate) -> Option<Slot> {
        if self.is_interval() { None } else { self.slot(zone, self.first_of(day)) }
    }

    /// From one look to the next, for what looks again and again.
    fn pause_ms(self) -> i64 {
        match self {
            Self::Every(pause) => i64::try_from(pause.as_millis()).unwrap_or(i64::MAX).max(1),
            Self::AsDue | Self::Daily(_) | Self::Weekly(_) | Self::Monthly(_) => 1,
        }
    }

    fn from(self, zone: Zone, first: NaiveDate, wanted: impl Fn(&Slot) -> bool) -> Option<Slot> {
        let mut day = first;
        for _ in 0..4 {
            if let Some(slot) = self.slot(zone, day).filter(&wanted) {
                return Some(slot);
            }
            day = self.next_first(day);
        }
        None
    }

    /// The slot that begins with a day; none when the zone skipped it.
    fn slot(self, zone: Zone, day: NaiveDate) -> Option<Slot> {
        let (label, time) = match self {
            Self::AsDue | Self::Every(_) => return None,
            Self::Daily(time) => (day.to_string(), time),
            Self::Weekly(time) => {
                let week = day.iso_week();
                (format!("{:04}-W{:02}", week.year(), week.week()), time)
            }
            Self::Monthly(time) => (format!("{:04}-{:02}", day.year(), day.month()), time),
        };
        let due_at = zone.at(day, time);
        (zone.day_of(due_at) == day).then_some(Slot { label, due_at, day })
    }

    /// The first day of the day, week or month that holds a day.
    fn first_of(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::AsDue | Self::Every(_) | Self::Daily(_) => day,
            Self::Weekly(_) => day.week(Weekday::Mon).checked_first_day().unwrap_or(day),
            Self::Monthly(_) => day.with_day(1).unwrap_or(day),
        }
    }

    fn next_first(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::AsDue | Self::Every(_) | Self::Daily(_) => next(day),
            Self::Weekly(_) => day.checked_add_days(Days::new(7)).unwrap_or(day),
            Self::Monthly(_) => day.checked_add_months(Months::new(1)).unwrap_or(day),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsDue => f.write_str("as soon as due"),
            Self::Every(pause) if pause.as_secs() % 3_600 == 0 => write!(f, "every {} h", pause.as_secs() / 3_600),
            Self::Every(pause) if pause.as_secs() % 60 == 0 => write!(f, "every {} min", pause.as_secs() / 60),
            Self::Every(pause) => write!(f, "every {} s", pause.as_secs()),
            Self::Daily(time) => write!(f, "daily {time}"),
            Self::Weekly(time) => write!(f, "Mondays {time}"),
            Self::Monthly(time) => write!(f, "monthly, the 1st {time}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const DAILY: When = When::Daily(TimeOfDay::MIDNIGHT);

    fn ms(rfc3339: &str) -> i64 {
        DateTime::parse_from_rfc3339(rfc3339).unwrap().timestamp_millis()
    }

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn newest(when: When, name: &str, now: &str) -> (String, i64) {
        let slot = when.newest(zone(name), ms(now)).unwrap();
        (slot.label, slot.due_at)
    }

    #[test]
    fn a_day_is_due_with_its_first_instant_and_not_before() {
        for (now, label) in [
            ("2026-11-23T23:59:59.999+08:00", "2026-11-23"),
            ("2026-11-24T00:00:00+08:00", "2026-11-24"),
            ("2026-11-24T09:00:00+08:00", "2026-11-24"),
            ("2026-12-01T00:00:00+08:00", "2026-12-01"),
        ] {
            assert_eq!(newest(DAILY, "Asia/Shanghai", now).0, label, "{now}");
        }
        let evening = When::Daily("21:30".parse().unwrap());
        for (now, label) in [("2026-11-24T21:29:59+08:00", "2026-11-23"), ("2026-11-24T21:30:00+08:00", "2026-11-24")] {
            assert_eq!(newest(evening, "Asia/Shanghai", now).0, label, "{now}");
        }
    }

    #[test]
    fn a_midnight_that_is_skipped_or_happens_twice_is_due_once() {
        for (name, now, due, upcoming) in [
            (
                "America/Sao_Paulo",
                "2018-11-04T01:00:00-02:00",
                "2018-11-04T01:00:00-02:00",
                "2018-11-05T00:00:00-02:00",
            ),
            ("America/Havana", "2026-11-01T00:30:00-05:00", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
            ("Europe/Berlin", "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ] {
            assert_eq!(newest(DAILY, name, now).1, ms(due), "{name}");
            assert_eq!(DAILY.upcoming(zone(name), ms(now)), ms(upcoming), "{name}");
            assert_eq!(DAILY.following(zone(name), ms(due), ms(now)), None, "{name}");
        }
    }

    #[test]
    fn a_day_the_zone_skipped_is_never_due() {
        let apia = zone("Pacific/Apia");
        let (last, now) = (ms("2011-12-29T00:00:00-10:00"), ms("2012-01-01T00:00:00+14:00"));
        assert_eq!(labels(DAILY, apia, last, now), ["2011-12-31", "2012-01-01"]);
        assert_eq!(DAILY.holding(apia, "2011-12-30".parse().unwrap()), None);
    }

    fn labels(when: When, zone: Zone, mut last: i64, now: i64) -> Vec<String> {
        let mut labels = Vec::new();
        while let Some(slot) = when.following(zone, last, now) {
            last = slot.due_at;
            labels.push(slot.label);
        }
        labels
    }

    #[test]
    fn missed_days_weeks_and_months_are_made_up_for_in_order() {
        let shanghai = zone("Asia/Shanghai");
        let (last, now) = (ms("2026-12-28T00:00:00+08:00"), ms("2027-01-11T00:00:00+08:00"));
        assert_eq!(
            labels(DAILY, shanghai, last, ms("2026-12-31T23:00:00+08:00")),
            ["2026-12-29", "2026-12-30", "2026-12-31"]
        );
        assert_eq!(labels(When::Weekly(TimeOfDay::MIDNIGHT), shanghai, last, now), ["2027-W01", "2027-W02"]);
        assert_eq!(labels(When::Monthly(TimeOfDay::MIDNIGHT), shanghai, last, now), ["2027-01"]);
        assert_eq!(labels(DAILY, shanghai, last, last), Vec::<String>::new());
    }

    #[test]
    fn years_of_absence_are_not_made_up_for_day_by_day() {
        let all = labels(DAILY, Zone::UTC, ms("2020-01-01T00:00:00Z"), ms("2026-11-24T00:00:00Z"));
        assert_eq!((all.len(), all[0].as_str()), (63, "2026-09-23"));
    }

    #[test]
    fn an_interval_has_one_slot_whatever_was_missed() {
        let minute = When::Every(Duration::from_mins(1));
        let (last, now) = (ms("2026-11-24T09:00:00Z"), ms("2026-11-24T09:05:30Z"));
        let slot = minute.following(Zone::UTC, last, now).unwrap();
        assert_eq!((slot.label.as_str(), slot.due_at), ("2026-11-24", ms("2026-11-24T09:05:00Z")));
        assert_eq!(minute.following(Zone::UTC, slot.due_at, now), None);
        assert_eq!(minute.upcoming(Zone::UTC, now), ms("2026-11-24T09:06:00Z"));
        assert_eq!(minute.to_string(), "every 1 min");
    }

    #[test]
    fn what_runs_as_soon_as_it_is_due_waits_for_no_clock() {
        let now = ms("2026-11-24T09:05:30.250Z");
        for after in [now - 1, now] {
            let slot = When::AsDue.following(Zone::UTC, after, now).unwrap();
            assert_eq!((slot.label.as_str(), slot.due_at), ("2026-11-24", now), "the clock stands still");
        }
        assert_eq!(When::AsDue.holding(Zone::UTC, "2026-11-24".parse().unwrap()), None);
        assert_eq!(
            (When::AsDue.upcoming(Zone::UTC, now), When::AsDue.to_string()),
            (now + 1, "as soon as due".to_owned())
        );
    }

    #[test]
    fn a_day_by_hand_finds_the_week_and_the_month_that_hold_it() {
        let day: NaiveDate = "2027-01-02".parse().unwrap();
        let label = |when: When| when.holding(Zone::UTC, day).map(|slot| slot.label);
        assert_eq!(label(DAILY).unwrap(), "2027-01-02");
        assert_eq!(label(When::Weekly(TimeOfDay::MIDNIGHT)).unwrap(), "2026-W53");
        assert_eq!(label(When::Monthly(TimeOfDay::MIDNIGHT)).unwrap(), "2027-01");
        assert_eq!(label(When::Every(Duration::from_secs(1))), None);
    }
}
