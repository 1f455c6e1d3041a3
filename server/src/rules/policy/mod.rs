//! The policy of a project: one document, every key optional, the rulebook's values by default.

mod check;
mod sections;
mod vocabulary;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use check::Mistake;
pub use sections::*;
pub use vocabulary::*;

/// The policy in force; keys are nested as the rulebook dots them (`booking.min_lead_minutes`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The project as a whole.
    pub project: ProjectPolicy,
    /// BK.
    pub booking: BookingPolicy,
    /// BK-11, DS-3.
    pub conflict: ConflictPolicy,
    /// BK-14.
    pub newness: NewnessPolicy,
    /// CF.
    pub sheet: SheetPolicy,
    /// CF-8.
    pub deal: DealPolicy,
    /// PR.
    pub protection: ProtectionPolicy,
    /// PR-2.
    pub lead_protection: LeadProtectionPolicy,
    /// DS-4.
    pub dispute: DisputePolicy,
    /// AT-1, AT-5.
    pub shift: ShiftPolicy,
    /// AT-2, AT-3.
    pub roster: RosterPolicy,
    /// AT-4.
    pub calendar: CalendarPolicy,
    /// AT-11.
    pub spot_check: SpotCheckPolicy,
    /// AT-12.
    pub r#break: BreakPolicy,
    /// AT-15.
    pub absence: AbsencePolicy,
    /// AT-16.
    pub travel: TravelPolicy,
    /// AT-22.
    pub attendance: AttendancePolicy,
    /// FW-8, OV-5.
    pub visit: VisitPolicy,
    /// FW-10.
    pub lead: LeadPolicy,
    /// OV.
    pub outlet: OutletPolicy,
    /// OV-7.
    pub notice: NoticePolicy,
    /// WL.
    pub log: LogPolicy,
    /// Unclear time.
    pub time: TimePolicy,
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
