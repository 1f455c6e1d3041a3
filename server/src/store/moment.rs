//! Moments in columns: `earliest`, `latest`, `claimed`, `grade`.

use sync_core::time::{Grade, Moment};

use super::{Row, StoreError};

/// How a grade is written in its column, the same word as in JSON.
pub(super) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Anchored => "anchored",
        Grade::Bracketed => "bracketed",
        Grade::Contradicted => "contradicted",
    }
}

/// Reads the four columns.
pub(super) fn moment(row: &Row) -> Result<Moment, StoreError> {
    let text = row.text("grade")?;
    let grade =
        [Grade::Anchored, Grade::Bracketed, Grade::Contradicted].into_iter().find(|&known| grade(known) == text);
    Ok(Moment {
        earliest: row.i64("earliest")?,
        latest: row.i64("latest")?,
        claimed: row.opt_i64("claimed")?,
        grade: grade.ok_or_else(|| StoreError::Inconsistent(format!("grade: {text}")))?,
    })
}
