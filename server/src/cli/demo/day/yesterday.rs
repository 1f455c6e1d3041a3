//! The evening before: one phone is backed up.

use api_spec::locale::Text;
use serde_json::json;
use sync_core::kinds::CANVASS;

use crate::cli::demo::cast::Cast;
use crate::cli::demo::narrator::say;
use crate::cli::demo::phone::Phone;
use crate::cli::demo::stage::Stage;
use crate::cli::failure::Failure;

/// Plays the scene; the backup is the phone as it lay on the table that night.
pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<Phone, Failure> {
    stage.chapter(&Text::new("Wednesday evening", "周三晚上"))?;
    stage.at("18:20").await?;
    let post = stage.org.post("huafu")?;
    let wang = &mut cast.wang;
    wang.log_in(stage.now).await?;
    let stint = wang.create(stage.now, &CANVASS, json!({"post": post.id, "place": "地铁华府大道站 B 口"}))?;
    wang.add(stage.now, &CANVASS, stint, [("flyers", 60), ("contacts", 9)])?;
    let synced = wang.sync(stage.now).await?;
    let ops = synced.acknowledged;
    stage.act(
        wang.person,
        &say!(
            "records the day's flyers and synchronises: {ops} ops acknowledged.\nOvernight the phone makes a backup of itself. Remember that backup.",
            "登记当天派单并同步：{ops} 条操作已确认。\n夜里手机自动做了一次备份——请记住这份备份。",
        ),
    )?;
    Ok(wang.clone())
}
