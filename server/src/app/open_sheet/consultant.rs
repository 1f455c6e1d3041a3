//! CF-4: who receives the customer.

use uuid::Uuid;

use super::Opening;
use crate::app::rotation::{active_consultants, candidates};
use crate::error::AppError;
use crate::facts::Facts;
use crate::store::rotation::{self, Call, Purpose};
use crate::store::{Key, Tx};

impl Opening<'_> {
    /// The consultant of the last signed sheet, else the one the booking names, else the rotation; only the rotation uses a turn.
    pub(super) async fn consultant(
        &self,
        tx: &mut Tx,
        facts: &Facts,
        customer: Uuid,
        booking: Option<Uuid>,
    ) -> Result<Option<Uuid>, AppError> {
        let project = self.visit.sheet.project;
        let active = active_consultants(self.directory, project, self.unit.now);
        let is_active = |consultant: &Uuid| active.contains(consultant);
        if let Some(known) = returning(facts, customer).or_else(|| named(facts, project, booking?)).filter(is_active) {
            return Ok(Some(known));
        }
        let day = self.directory.zone(project).day_of(self.unit.now).to_string();
        let candidates = candidates(tx, self.directory, project, &day, self.unit.now).await?;
        let call = Call { project, day: &day, at: self.unit.now, actor: self.opened_by };
        let turn = rotation::take(tx, &call, &candidates, &Purpose::Sheet(self.visit.sheet.id)).await?;
        Ok(turn.map(|turn| turn.consultant))
    }
}

/// The consultant of the customer's last signed sheet.
fn returning(facts: &Facts, customer: Uuid) -> Option<Uuid> {
    let signed = facts.sheets.values().filter(|sheet| sheet.customer == customer && sheet.signed_at.is_some());
    signed.max_by_key(|sheet| sheet.signed_at)?.consultant
}

/// The consultant the booking asks for.
fn named(facts: &Facts, project: Uuid, booking: Uuid) -> Option<Uuid> {
    facts.records.get(&Key { project, id: booking })?.id_of("consultant")
}
