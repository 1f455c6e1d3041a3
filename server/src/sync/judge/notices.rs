//! Notices that were read (OV-7).

use super::Judge;
use crate::facts::record::Record;
use crate::rules::unclear::{Family, instant};
use crate::sync::claim::{Claim, Fate};

impl Judge<'_> {
    /// Somebody has read a notice. The receipt is kept beside the record, which everybody pulls and nobody's reading changes.
    pub(super) fn note_reading(&mut self, notice: &Record, claim: &Claim<'_>) -> Fate {
        let at = instant(&claim.moment, Family::Ov, &self.policy(notice.key.project));
        let place = (notice.key, claim.author);
        if self.facts.receipts.get(&place).is_none_or(|known| *known > at) {
            self.facts.receipts.put(place, at);
        }
        Fate::Applied
    }
}
