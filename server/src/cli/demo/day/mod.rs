//! The day, scene by scene.

mod arrivals;
mod dispute;
mod duty;
mod evening;
mod field;
mod lake;
mod mass;
mod morning;
mod shops;
mod week;
mod yesterday;

use api_spec::locale::Text;
use uuid::Uuid;

use super::cast::Cast;
use super::stage::Stage;
use crate::cli::failure::Failure;

/// Plays the day; the sheet that is void by BK-1 is worth asking about.
///
/// # Errors
/// When the server refuses something, or rules otherwise than the story needs.
pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<Uuid, Failure> {
    let backup = yesterday::play(stage, cast).await?;
    morning::play(stage, cast).await?;
    duty::mustered(stage, cast).await?;
    mass::booked(stage, cast).await?;
    let rivals = field::play(stage, cast).await?;
    duty::spot_check(stage, cast).await?;
    let void = arrivals::noon(stage, cast).await?;
    duty::lunch(stage, cast).await?;
    lake::play(stage, &mut cast.wang, &backup).await?;
    shops::visited(stage, cast).await?;
    shops::twice(stage, cast).await?;
    arrivals::afternoon(stage, cast).await?;
    duty::left(stage, cast).await?;
    evening::play(stage, cast).await?;
    duty::forgotten(stage, cast).await?;
    let case = dispute::opened(stage, cast, rivals).await?;
    stage.next_day();
    stage.chapter(&Text::new("The next morning", "次日上午"))?;
    mass::counted(stage, cast).await?;
    duty::closed(stage, cast).await?;
    dispute::settled(stage, cast, case, rivals).await?;
    week::over(stage, cast).await?;
    Ok(void)
}
