//! The sections of the policy document: every key with its type, its default and the rules it belongs to.

use chrono::{NaiveDate, Weekday};

use super::vocabulary::{BookingField, BringVsBooking, Mode, Newness, OnAt, Unclear, Validity, VisitField};
use crate::rules::period::{Period, TimeOfDay, TimeOfWeek, Unit};

/// Declares a section: each key with its type and default, read strictly, and described for the JSON schema.
macro_rules! section {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[doc = $note:literal])* $key:ident: $type:ty = $default:expr,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $note])* pub $key: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        impl $crate::rules::policy::schema::Described for $name {
            fn schema() -> serde_json::Value {
                let keys = [$((
                    stringify!($key),
                    concat!($($note),*),
                    <$type as $crate::rules::policy::schema::Described>::schema(),
                ),)+];
                $crate::rules::policy::schema::object(keys, &serde_json::json!(Self::default()))
            }
        }
    };
}
pub(super) use section;

const WEEKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
const WEEKEND: [Weekday; 2] = [Weekday::Sat, Weekday::Sun];

section! {
    /// The project as a whole.
    pub struct ProjectPolicy {
        /// BK-12.
        mode: Mode = Mode::VisitDecides,
    }
}

section! {
    /// BK: booking ahead of arrival.
    pub struct BookingPolicy {
        /// BK-1: how much older than the arrival a booking is, at least.
        min_lead_minutes: u32 = 30,
        /// BK-4.
        required_fields: Vec<BookingField> = Vec::new(),
        /// BK-6.
        validity: Validity = Validity::CalendarDay,
        /// BK-7: how often a holder may book the same customer in the window, the first included.
        repeat_max: u32 = 3,
        /// BK-7: the rolling window.
        repeat_window_days: u32 = 30,
        /// BK-8: how many bookings a holder may make a day; none is no limit.
        daily_cap: Option<u32> = None,
        /// BK-8: beyond this many by one person on a day the lead looks.
        daily_review_at: u32 = 100,
        /// BK-9: from this many groups a day on the rate counts.
        mass_threshold: u32 = 10,
        /// BK-9: below this rate of arrivals the day's bookings lose disputes.
        mass_min_rate: f64 = 0.5,
        /// BK-10: how many companions a sheet may list.
        companions_max: u32 = 5,
        /// BK-11: whether a customer brought in person needs no booking.
        allow_direct_bring: bool = true,
    }
}

section! {
    /// What happens when claims of different kinds meet.
    pub struct ConflictPolicy {
        /// BK-11, DS-3.
        bring_vs_booking: BringVsBooking = BringVsBooking::Review,
    }
}

section! {
    /// BK-14: who is new.
    pub struct NewnessPolicy {
        /// What is asked for.
        require: Newness = Newness::Both,
    }
}

section! {
    /// CF: the confirmation sheet.
    pub struct SheetPolicy {
        /// CF-3: entered later than this after the arrival is flagged.
        entry_minutes: u32 = 15,
        /// CF-5: unsigned for longer than this is listed for the office.
        sign_hours: u32 = 24,
        /// CF-10: how long signed sheets are kept.
        retention_years: u32 = 3,
    }
}

section! {
    /// CF-8: deals.
    pub struct DealPolicy {
        /// At least this much of the protection returns when a deal is cancelled.
        cancel_rest_days: u32 = 7,
    }
}

section! {
    /// PR: protection of visited customers.
    pub struct ProtectionPolicy {
        /// PR-1, PR-5: how long.
        period: Period = Period::new(2, Unit::Months),
        /// PR-4: how often it may be extended.
        extensions_max: u32 = 1,
        /// PR-4: by how much.
        extension: Period = Period::new(1, Unit::Months),
        /// PR-7: days before the end on which the holder is reminded.
        remind_days: Vec<u32> = vec![7, 1],
    }
}

section! {
    /// PR-2: protection of leads' numbers.
    pub struct LeadProtectionPolicy {
        /// How long.
        period: Period = Period::new(2, Unit::Months),
        /// Beyond this many new numbers a person and day the lead accepts them first.
        daily_max: u32 = 30,
    }
}

section! {
    /// DP-2: numbers in clear, and lookups of customers.
    pub struct RevealPolicy {
        /// Beyond this many by one person on a day they are flagged in the audit trail.
        daily_flag_at: u32 = 100,
    }
}

section! {
    /// DS-4: disputes.
    pub struct DisputePolicy {
        /// How long after the verdict reached the claimant a case may be opened.
        window_hours: u32 = 48,
        /// Working days until it is settled.
        sla_working_days: u32 = 2,
        /// Days in which it may be appealed.
        appeal_days: u32 = 3,
    }
}

section! {
    /// AT-1, AT-5: the shift.
    pub struct ShiftPolicy {
        /// AT-5: the last minute that is on time.
        on_site_by: TimeOfDay = TimeOfDay::minute(9, 20),
        /// AT-1: when it starts.
        start: TimeOfDay = TimeOfDay::minute(9, 30),
        /// AT-1: when it ends.
        end: TimeOfDay = TimeOfDay::minute(18, 0),
        /// AT-1: without a counted `on` by then the day is absent.
        absent_after: TimeOfDay = TimeOfDay::minute(13, 30),
    }
}

section! {
    /// AT-2, AT-3: days off.
    pub struct RosterPolicy {
        /// Weekdays among which days off rotate.
        off_days: Vec<Weekday> = WEEKDAYS.to_vec(),
        /// Days off a week for staff.
        off_per_week: u32 = 1,
        /// More days in a row than this are warned of.
        max_days_in_row: u32 = 6,
    }
}

section! {
    /// AT-4: which days are worked.
    pub struct CalendarPolicy {
        /// Weekdays the office works.
        office_days: Vec<Weekday> = WEEKDAYS.to_vec(),
        /// Weekdays the field works.
        field_days: Vec<Weekday> = [WEEKDAYS.as_slice(), &WEEKEND].concat(),
        /// Days the office is closed.
        holidays: Vec<NaiveDate> = Vec::new(),
        /// Days the office works although the weekday is none of its own.
        makeup_days: Vec<NaiveDate> = Vec::new(),
    }
}

section! {
    /// AT-11: spot checks.
    pub struct SpotCheckPolicy {
        /// Time to answer after delivery.
        minutes: u32 = 15,
    }
}

section! {
    /// AT-12: breaks.
    pub struct BreakPolicy {
        /// Longer ones are flagged.
        minutes: u32 = 30,
    }
}

section! {
    /// AT-15: absence.
    pub struct AbsencePolicy {
        /// More days than this in twelve months is a severe flag.
        severe_days: u32 = 3,
    }
}

section! {
    /// AT-16: impossible travel.
    pub struct TravelPolicy {
        /// Faster than this is flagged.
        max_kmh: u32 = 150,
    }
}

section! {
    /// AT-22: where attendance counts.
    pub struct AttendancePolicy {
        /// For `on` and `off`.
        on_at: OnAt = OnAt::SiteOrPost,
    }
}

section! {
    /// FW-8, OV-5: visits.
    pub struct VisitPolicy {
        /// What a visit record must say.
        required_fields: Vec<VisitField> = vec![VisitField::Purpose, VisitField::Result],
        /// How near to the outlet a counted visit is.
        radius_m: u32 = 200,
        /// How long it lasts at least.
        min_minutes: u32 = 5,
    }
}

section! {
    /// FW-10: leads.
    pub struct LeadPolicy {
        /// Open leads without follow-up for this long surface.
        followup_days: u32 = 7,
    }
}

section! {
    /// OV-3, OV-4: counted visits a calendar month by the outlet's grade.
    #[expect(non_snake_case, reason = "the keys are the grades")]
    pub struct OutletVisits {
        /// Grade A.
        A: u32 = 5,
        /// Grade B.
        B: u32 = 5,
        /// Grade C.
        C: u32 = 2,
        /// Grade D.
        D: u32 = 2,
    }
}

section! {
    /// OV: outlets.
    pub struct OutletPolicy {
        /// OV-3, OV-4.
        visits: OutletVisits = OutletVisits::default(),
        /// OV-9: without a lead for this long it is a candidate for dropping.
        idle_days: u32 = 60,
    }
}

section! {
    /// OV-7: notices.
    pub struct NoticePolicy {
        /// Time to reach every promoter.
        hours: u32 = 24,
    }
}

section! {
    /// WL: the daily log.
    pub struct LogPolicy {
        /// WL-4: the last second of the day at which a log may be submitted.
        cutoff: TimeOfDay = TimeOfDay::END_OF_DAY,
        /// WL-6: when on the next working day it is reviewed.
        review_by: TimeOfDay = TimeOfDay::minute(12, 0),
        /// WL-8: the share inspected every week.
        sample: f64 = 0.1,
        /// WL-9: when the week's logs are handed in.
        weekly_due: TimeOfWeek = TimeOfWeek { weekday: Weekday::Mon, time: TimeOfDay::minute(12, 0) },
    }
}

section! {
    /// What becomes of answers that time leaves unclear, by rule family.
    pub struct UnclearPolicy {
        /// Bookings.
        bk: Unclear = Unclear::Review,
        /// Protections.
        pr: Unclear = Unclear::Review,
        /// Disputes.
        ds: Unclear = Unclear::Review,
        /// Attendance.
        at: Unclear = Unclear::ClaimedElseReview,
        /// Daily logs.
        wl: Unclear = Unclear::ClaimedElseReview,
        /// Field work.
        fw: Unclear = Unclear::ClaimedElseReview,
        /// Outlets.
        ov: Unclear = Unclear::ClaimedElseReview,
    }
}

section! {
    /// Time that can be trusted.
    pub struct TimePolicy {
        /// Per rule family.
        unclear: UnclearPolicy = UnclearPolicy::default(),
        /// BK, PR and DS rank moments wider than this by receipt.
        max_width_minutes: u32 = 240,
    }
}
