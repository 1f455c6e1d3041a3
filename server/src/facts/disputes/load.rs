//! Loads cases, and what partners' days came to (DS-2, DS-4).

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::rules::mass::MassVerdict;
use crate::store::protections::Protection;
use crate::store::{Key, Tx, disputes, partner_days};

impl Facts {
    /// BK-9: the days of partners that failed, among those asked for.
    pub(in crate::facts) async fn load_failed_days(
        &mut self,
        tx: &mut Tx,
        need: &Need,
        project: Uuid,
    ) -> Result<(), AppError> {
        for day in need.partner_days.iter().filter(|(of, ..)| *of == project) {
            let known = partner_days::find(tx, project, day.1, &day.2).await?;
            if known.and_then(|known| known.outcome).is_some_and(|outcome| outcome == MassVerdict::Failed.as_str()) {
                self.failed_days.insert(day.clone());
            }
        }
        Ok(())
    }

    /// DS-4: the cases asked for, and those that stand about the customers where a protection's period is over, because it does not lapse then.
    pub(in crate::facts) async fn load_disputes(
        &mut self,
        tx: &mut Tx,
        need: &Need,
        project: Uuid,
        ids: &[Uuid],
    ) -> Result<(), AppError> {
        let is_over = |row: &Protection| row.project == project && row.until_at.is_some_and(|until| until <= self.now);
        if !need.any_case && !self.protections.values().any(is_over) {
            return Ok(());
        }
        let mut rows = disputes::standing(tx, project, ids).await?;
        let asked: Vec<Uuid> = need.cases.iter().filter(|key| key.project == project).map(|key| key.id).collect();
        if !asked.is_empty() {
            rows.extend(disputes::by_ids(tx, project, &asked).await?);
        }
        let of_locked = rows.iter().filter(|row| self.locked.contains(&Key { project, id: row.customer }));
        let shown: BTreeSet<Key> = of_locked.map(|row| Key { project, id: row.id }).collect();
        // like protections: whoever touches a case holds its customer's lock
        self.lock_records(tx, &shown.into_iter().collect::<Vec<_>>()).await?;
        self.disputes.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        Ok(())
    }
}
