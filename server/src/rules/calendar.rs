//! Project-local days, times of day and periods as instants (Unix ms), safe across clock changes.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sync_core::time::{Answer, Moment};

use super::period::{Period, TimeOfDay, Unit};

/// The time zone of a project, by its IANA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{0}`; use an IANA name such as Asia/Shanghai")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone for formatting local times.
    pub fn tz(self) -> Tz {
        self.0
    }

    /// The project-local day of an instant (Unix ms).
    pub fn day_of(self, at: i64) -> NaiveDate {
        self.local(at).date()
    }

    /// The bounds `[from, until)` of a project-local day, in Unix ms.
    pub fn bounds(self, day: NaiveDate) -> (i64, i64) {
        (self.start_of(day), self.start_of(next(day)))
    }

    /// The first instant of a project-local day (Unix ms).
    pub fn start_of(self, day: NaiveDate) -> i64 {
        self.instant(day.and_time(NaiveTime::MIN))
    }

    /// The instant at which a time of day begins (Unix ms).
    pub fn at(self, day: NaiveDate, time: TimeOfDay) -> i64 {
        self.instant(day.and_time(time.time()))
    }

    /// The first instant after a time of day: 09:20 lasts until 09:21:00, 23:59:59 until midnight (Unix ms).
    pub fn after(self, day: NaiveDate, time: TimeOfDay) -> i64 {
        self.instant(day.and_time(time.time()) + time.precision())
    }

    /// The instant a period later, at the same local time of day; months are clamped to the month's end (Unix ms).
    pub fn plus(self, at: i64, period: Period) -> i64 {
        let local = self.local(at);
        let count = period.count();
        let moved = match period.unit() {
            Unit::Days => local.checked_add_days(Days::new(count.into())),
            Unit::Weeks => local.checked_add_days(Days::new(u64::from(count) * 7)),
            Unit::Months => local.checked_add_months(Months::new(count)),
            Unit::Years => local.checked_add_months(Months::new(count.saturating_mul(12))),
        };
        moved.map_or(i64::MAX, |moved| self.instant(moved))
    }

    /// The moment a period later.
    pub fn shifted(self, moment: &Moment, period: Period) -> Moment {
        Moment {
            earliest: self.plus(moment.earliest, period),
            latest: self.plus(moment.latest, period),
            claimed: moment.claimed.map(|at| self.plus(at, period)),
            ..*moment
        }
    }

    /// Whether a moment lies on a day: `yes` when its whole interval does, `no` when none of it does (BK-6).
    pub fn is_on(self, moment: &Moment, day: NaiveDate) -> Answer {
        let (from, until) = self.bounds(day);
        moment.is_within(from, until)
    }

    fn local(self, at: i64) -> NaiveDateTime {
        let utc = DateTime::from_timestamp_millis(at).unwrap_or_default();
        self.0.from_utc_datetime(&utc.naive_utc()).naive_local()
    }

    /// The instant of a local time: the first of two, and past a gap as far as the time lay inside it.
    fn instant(self, local: NaiveDateTime) -> i64 {
        let in_zone = self.0.from_local_datetime(&local).earliest();
        in_zone.map_or_else(|| self.past_gap(local), |at| at.timestamp_millis())
    }

    fn past_gap(self, local: NaiveDateTime) -> i64 {
        let day = chrono::TimeDelta::days(1);
        self.0
            .from_local_datetime(&(local - day))
            .earliest()
            .map_or_else(|| local.and_utc().timestamp_millis(), |before| (before + day).timestamp_millis())
    }
}

/// The day after; the last day there is stays where it is.
pub fn next(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// Which days the office works: weekdays, less holidays, plus make-up workdays.
pub fn is_office_day(day: NaiveDate, calendar: &super::policy::CalendarPolicy) -> bool {
    calendar.makeup_days.contains(&day)
        || (calendar.office_days.contains(&day.weekday()) && !calendar.holidays.contains(&day))
}

/// The next day after this one on which the office works.
pub fn next_office_day(day: NaiveDate, calendar: &super::policy::CalendarPolicy) -> NaiveDate {
    // a calendar without office days must not keep the search going for ever
    let mut candidate = next(day);
    for _ in 0..366 {
        if is_office_day(candidate, calendar) {
            break;
        }
        candidate = next(candidate);
    }
    candidate
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl std::str::FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse().map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn ms(rfc3339: &str) -> i64 {
        DateTime::parse_from_rfc3339(rfc3339).unwrap().timestamp_millis()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_the_projects_and_half_open() {
        let shanghai = zone("Asia/Shanghai");
        let (from, until) = shanghai.bounds(day("2026-11-22"));
        assert_eq!((from, until), (ms("2026-11-22T00:00:00+08:00"), ms("2026-11-23T00:00:00+08:00")));
        assert_eq!(shanghai.day_of(from - 1), day("2026-11-21"));
        assert_eq!(shanghai.day_of(until - 1), day("2026-11-22"));
        assert_eq!(shanghai.day_of(until), day("2026-11-23"));
    }

    #[test]
    fn days_stay_whole_where_clocks_change_at_midnight() {
        // (zone, day, hours): a midnight that is skipped, two that happen twice, an evening that happens twice, a skipped day
        let rows = [
            ("America/Sao_Paulo", "2018-11-04", 23),
            ("America/Havana", "2026-11-01", 25),
            ("America/Sao_Paulo", "2018-02-17", 25),
            ("Europe/Berlin", "2026-03-29", 23),
            ("Pacific/Apia", "2011-12-30", 0),
        ];
        for (name, date, hours) in rows {
            let (from, until) = zone(name).bounds(day(date));
            assert_eq!(until - from, hours * 3_600_000, "{name} {date}");
            if hours > 0 {
                assert_eq!(zone(name).day_of(from), day(date), "{name} {date}");
                assert_ne!(zone(name).day_of(from - 1), day(date), "{name} {date}");
                assert_eq!(zone(name).day_of(until - 1), day(date), "{name} {date}");
                assert_ne!(zone(name).day_of(until), day(date), "{name} {date}");
            }
        }
    }

    #[test]
    fn pr_1_months_are_clamped_and_keep_the_local_time() {
        let rows = [
            ("Asia/Shanghai", "2026-11-22T15:30:00+08:00", "2 months", "2027-01-22T15:30:00+08:00"),
            ("Asia/Shanghai", "2026-12-31T23:59:59+08:00", "2 months", "2027-02-28T23:59:59+08:00"),
            ("Asia/Shanghai", "2027-12-31T08:00:00+08:00", "2 months", "2028-02-29T08:00:00+08:00"),
            ("Asia/Shanghai", "2026-02-27T16:30:00Z", "1 month", "2026-03-28T00:30:00+08:00"),
            ("Europe/Berlin", "2026-03-28T12:00:00+01:00", "1 day", "2026-03-29T12:00:00+02:00"),
            ("Europe/Berlin", "2026-02-28T02:30:00+01:00", "29 days", "2026-03-29T03:30:00+02:00"),
            ("Asia/Shanghai", "2028-02-29T08:00:00+08:00", "1 year", "2029-02-28T08:00:00+08:00"),
        ];
        for (name, from, period, until) in rows {
            assert_eq!(zone(name).plus(ms(from), period.parse().unwrap()), ms(until), "{from} + {period}");
        }
    }

    #[test]
    fn a_time_of_day_lasts_as_long_as_it_is_written_for() {
        let shanghai = zone("Asia/Shanghai");
        let date = day("2026-11-22");
        assert_eq!(shanghai.at(date, "09:20".parse().unwrap()), ms("2026-11-22T09:20:00+08:00"));
        assert_eq!(shanghai.after(date, "09:20".parse().unwrap()), ms("2026-11-22T09:21:00+08:00"));
        assert_eq!(shanghai.after(date, "23:59:59".parse().unwrap()), ms("2026-11-23T00:00:00+08:00"));
    }

    #[test]
    fn bk_6_a_moment_is_on_a_day_when_its_whole_interval_is() {
        let shanghai = zone("Asia/Shanghai");
        let (from, until) = shanghai.bounds(day("2026-11-22"));
        let rows = [
            (from, until - 1, Answer::Yes),
            (from, until, Answer::Unclear),
            (from - 1, from, Answer::Unclear),
            (from - 1, until, Answer::Unclear),
            (from - 2, from - 1, Answer::No),
            (until, until, Answer::No),
        ];
        for (earliest, latest, answer) in rows {
            let moment = Moment { earliest, latest, claimed: None, grade: sync_core::time::Grade::Bracketed };
            assert_eq!(shanghai.is_on(&moment, day("2026-11-22")), answer, "{moment:?}");
        }
    }

    #[test]
    fn office_days_know_holidays_and_makeup_days() {
        let calendar = crate::rules::policy::CalendarPolicy {
            holidays: vec![day("2026-11-23")],
            makeup_days: vec![day("2026-11-22")],
            ..Default::default()
        };
        let office = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
            .map(|date| is_office_day(day(date), &calendar));
        assert_eq!(office, [true, false, true, false, true]);
        assert_eq!(next_office_day(day("2026-11-20"), &calendar), day("2026-11-22"));
        assert_eq!(next_office_day(day("2026-11-22"), &calendar), day("2026-11-24"));
    }
}
