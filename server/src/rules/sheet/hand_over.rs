//! CF-4: a sheet changes hands, as a ruling. No turn is used.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{Reserved, Sheet, SheetError};
use crate::rules::arrival::SheetVerdict;
use crate::rules::ruling::{Reason, Rule, Ruling};

/// Everything a hand-over rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverFacts {
    /// The sheet before.
    pub sheet: Sheet,
    /// Who receives the customer so far.
    pub from: Option<Uuid>,
    /// Who receives the customer from now on.
    pub to: Uuid,
    /// Whether that one is a consultant at work on the project.
    pub active: bool,
    /// Who hands over.
    pub by: Uuid,
    /// Why, in words.
    pub reason: String,
}

/// Hands a sheet over that the consultant has not signed.
///
/// # Errors
/// [`SheetError::HandedOverSigned`], [`SheetError::NotAConsultant`], [`SheetError::SameConsultant`], [`SheetError::Corrected`].
pub fn hand_over(facts: &HandOverFacts) -> Result<(Sheet, Ruling<SheetVerdict>), SheetError> {
    if !facts.active {
        return Err(SheetError::NotAConsultant);
    }
    if facts.from == Some(facts.to) {
        return Err(SheetError::SameConsultant);
    }
    let to = Some(facts.to);
    let sheet = match facts.sheet.clone() {
        Sheet::Reserved(sheet) => Sheet::Reserved(Reserved { consultant: to, ..sheet }),
        Sheet::Review { candidate, opened_at, .. } => Sheet::Review { candidate, consultant: to, opened_at },
        Sheet::Signed { .. } | Sheet::Confirmed { .. } => return Err(SheetError::HandedOverSigned),
        Sheet::Corrected { .. } => return Err(SheetError::Corrected),
        // they are received, too
        sheet @ (Sheet::Void { .. } | Sheet::WalkIn) => sheet,
    };
    let outcome = sheet.verdict();
    let reason = Reason::new(Rule::Cf4, Answer::Yes, json!({"case": "handed_over", "reason": facts.reason}));
    Ok((sheet, Ruling::because(outcome, reason)))
}
