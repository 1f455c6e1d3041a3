//! Why somebody did something, in their words.

use api_spec::locale::Text;
use api_spec::problem::Problem;

use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::Region;

/// Longest reason, in characters.
const REASON_MAX: usize = 4_000;

/// A reason without blanks around it and without full numbers in it.
///
/// # Errors
/// `validation` when it is blank or too long.
pub(super) fn reason(text: &str, region: Region) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_MAX {
        let message = Text::new("must be 1 to 4000 characters, not blank", "须为 1 至 4000 个字符，且不能为空白");
        return Err(Problem::invalid("/reason", message));
    }
    Ok(mask_numbers_in(text, region).into_owned())
}
