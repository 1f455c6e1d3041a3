//! The policy of a project: one document, every key optional, the rulebook's values by default.

mod check;
mod diff;
mod schema;
mod sections;
mod vocabulary;

use serde_json::Value;

pub use check::Mistake;
pub use diff::{Change, diff};
pub use schema::schema;
use sections::section;
pub use sections::*;
pub use vocabulary::*;

section! {
    /// The policy in force; keys are nested as the rulebook dots them (`booking.min_lead_minutes`).
    pub struct Policy {
        /// The project as a whole.
        project: ProjectPolicy = ProjectPolicy::default(),
        /// BK.
        booking: BookingPolicy = BookingPolicy::default(),
        /// BK-11, DS-3.
        conflict: ConflictPolicy = ConflictPolicy::default(),
        /// BK-14.
        newness: NewnessPolicy = NewnessPolicy::default(),
        /// CF.
        sheet: SheetPolicy = SheetPolicy::default(),
        /// CF-8.
        deal: DealPolicy = DealPolicy::default(),
        /// PR.
        protection: ProtectionPolicy = ProtectionPolicy::default(),
        /// PR-2.
        lead_protection: LeadProtectionPolicy = LeadProtectionPolicy::default(),
        /// DP-2.
        reveal: RevealPolicy = RevealPolicy::default(),
        /// DS-4.
        dispute: DisputePolicy = DisputePolicy::default(),
        /// AT-1, AT-5.
        shift: ShiftPolicy = ShiftPolicy::default(),
        /// AT-2, AT-3.
        roster: RosterPolicy = RosterPolicy::default(),
        /// AT-4.
        calendar: CalendarPolicy = CalendarPolicy::default(),
        /// AT-11.
        spot_check: SpotCheckPolicy = SpotCheckPolicy::default(),
        /// AT-12.
        r#break: BreakPolicy = BreakPolicy::default(),
        /// AT-15.
        absence: AbsencePolicy = AbsencePolicy::default(),
        /// AT-16.
        travel: TravelPolicy = TravelPolicy::default(),
        /// AT-22.
        attendance: AttendancePolicy = AttendancePolicy::default(),
        /// FW-8, OV-5.
        visit: VisitPolicy = VisitPolicy::default(),
        /// FW-10.
        lead: LeadPolicy = LeadPolicy::default(),
        /// OV.
        outlet: OutletPolicy = OutletPolicy::default(),
        /// OV-7.
        notice: NoticePolicy = NoticePolicy::default(),
        /// WL.
        log: LogPolicy = LogPolicy::default(),
        /// Unclear time.
        time: TimePolicy = TimePolicy::default(),
    }
}

impl Policy {
    /// Reads a policy document; what it does not name keeps the rulebook's value.
    ///
    /// # Errors
    /// Every mistake of the document at once, each with its path and what to do.
    pub fn read(document: &Value) -> Result<Self, Vec<Mistake>> {
        check::read(document)
    }
}
