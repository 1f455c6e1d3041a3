//! What people do to a sheet, as rulings: the second signature (CF-5, PR-1) and a void by hand (CF-7).

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;

use super::{Sheet, SheetError, Signature};
use crate::rules::arrival::SheetVerdict;
use crate::rules::calendar::Zone;
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, Ruling};

/// Everything the second signature rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The sheet before.
    pub sheet: Sheet,
    /// The site lead's signature.
    pub signature: Signature,
}

/// The site lead signs, and the protection starts.
///
/// # Errors
/// Those of [`Sheet::confirm`].
pub fn confirm(facts: &ConfirmFacts, policy: &Policy) -> Result<(Sheet, Ruling<SheetVerdict>), SheetError> {
    let sheet = facts.sheet.clone().confirm(facts.signature, facts.zone, policy)?;
    let mut reasons = vec![Reason::new(Rule::Cf5, Answer::Yes, json!({"case": "signed"}))];
    if let Sheet::Confirmed { protected_until: Some(until), .. } = &sheet {
        reasons.push(Reason::new(Rule::Pr1, Answer::Yes, json!({"until": until})));
    }
    Ok((sheet, Ruling { outcome: SheetVerdict::Valid, reasons }))
}

/// Everything a void by hand rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidFacts {
    /// The sheet before.
    pub sheet: Sheet,
    /// Who makes it void, and when.
    pub signature: Signature,
    /// Why, in words.
    pub reason: String,
}

/// Somebody makes the sheet void.
///
/// # Errors
/// Those of [`Sheet::make_void`].
pub fn make_void(facts: &VoidFacts, policy: &Policy) -> Result<(Sheet, Ruling<SheetVerdict>), SheetError> {
    let sheet = facts.sheet.clone().make_void(facts.signature, &facts.reason, policy)?;
    let reason = Reason::new(Rule::Cf7, Answer::No, json!({"reason": facts.reason.trim()}));
    Ok((sheet, Ruling::because(SheetVerdict::Void, reason)))
}
