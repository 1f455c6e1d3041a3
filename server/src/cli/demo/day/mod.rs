//! The day, scene by scene.

mod evening;
mod field;
mod morning;
mod yesterday;

use super::cast::Cast;
use super::stage::Stage;
use crate::cli::failure::Failure;

/// Plays the day.
///
/// # Errors
/// When the server refuses something, or rules otherwise than the story needs.
pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    let backup = yesterday::play(stage, cast).await?;
    morning::play(stage, cast).await?;
    field::play(stage, cast, &backup).await?;
    evening::play(stage, cast).await
}
