//! The evening: a daily log is returned, corrected, approved and frozen (WL-2, WL-4, WL-6).

use api_spec::locale::Text;
use serde_json::{Map, Value, json};
use sync_core::kinds::{DAILY_LOG, daily_log_id};
use sync_core::op::Action;
use uuid::Uuid;

use crate::cli::demo::cast::Cast;
use crate::cli::demo::narrator::say;
use crate::cli::demo::phone::Phone;
use crate::cli::demo::stage::{Stage, check};
use crate::cli::failure::Failure;

const LOG: Text = Text::new("daily log", "工作日志");
/// What the lead asks for.
const REMARK: &str = "请写明站厅商铺名称和下次拜访时间";

pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter(&Text::new("Evening", "傍晚"))?;
    let log = daily_log_id(cast.liu.person.id(), stage.day());
    handed_in(stage, &mut cast.liu, log).await?;
    returned(stage, cast, log).await?;
    approved(stage, cast, log).await
}

async fn handed_in(stage: &mut Stage, liu: &mut Phone, log: Uuid) -> Result<(), Failure> {
    stage.at("18:05").await?;
    let items = "天府三街站派单，站厅商铺陌拜";
    liu.set(stage.now, &DAILY_LOG, log, json!({"day": stage.day(), "items": items, "results": "3 家愿意放资料"}))?;
    liu.command(stage.now, &DAILY_LOG, log, "submit", json!({}))?;
    liu.sync(stage.now).await?;
    stage.act(liu.person, &Text::new("hands in his daily log.", "提交工作日志。"))?;
    stage.verdict(liu, log, &LOG, ("submitted", &["WL-4"]))?;
    Ok(())
}

async fn returned(stage: &mut Stage, cast: &mut Cast, log: Uuid) -> Result<(), Failure> {
    stage.at("18:20").await?;
    let (li, liu) = (&mut cast.li, &mut cast.liu);
    li.sync(stage.now).await?;
    let version = li.view(log)?.version;
    li.command(stage.now, &DAILY_LOG, log, "return", json!({"version": version, "reason": REMARK}))?;
    li.sync(stage.now).await?;
    stage.act(
        li.person,
        &say!(
            "reads version {version} on her phone and returns it: “{REMARK}”.",
            "在手机上看了第 {version} 版，退回：“{REMARK}”。",
        ),
    )?;
    liu.sync(stage.now).await?;
    stage.verdict(liu, log, &LOG, ("returned", &["WL-6"]))?;
    let told = Value::Object(liu.view(log)?.body);
    check(told.to_string().contains(REMARK), "the lead's reason on the author's phone", &told)?;

    stage.at("18:40").await?;
    let better = json!({"results": "站厅“鲜果时光”“小面馆”“文印店”愿意放资料", "plan_tomorrow": "周五 15:00 回访三家"});
    liu.set(stage.now, &DAILY_LOG, log, better)?;
    liu.command(stage.now, &DAILY_LOG, log, "submit", json!({}))?;
    liu.sync(stage.now).await?;
    stage.act(liu.person, &Text::new("writes what was missing and hands it in again.", "补充内容，再次提交。"))?;
    stage.verdict(liu, log, &LOG, ("submitted", &["WL-4"]))?;
    Ok(())
}

async fn approved(stage: &mut Stage, cast: &mut Cast, log: Uuid) -> Result<(), Failure> {
    stage.at("18:50").await?;
    let (li, liu) = (&mut cast.li, &mut cast.liu);
    li.sync(stage.now).await?;
    let version = li.view(log)?.version;
    li.command(stage.now, &DAILY_LOG, log, "approve", json!({"version": version, "comment": "很好"}))?;
    li.sync(stage.now).await?;
    stage.act(li.person, &say!("approves version {version}.", "批准第 {version} 版。"))?;
    liu.sync(stage.now).await?;
    stage.verdict(liu, log, &LOG, ("approved", &["WL-6"]))?;
    stage.at("18:55").await?;
    let edit = Map::from_iter([("results".to_owned(), json!("5 家"))]);
    let refused = liu.try_record(stage.now, &DAILY_LOG, log, Action::Set(edit));
    let words = refused.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let code = refused.err().map(|fault| fault.code());
    check(code == Some("frozen"), "an approved log to be frozen", &words)?;
    stage.act(
        liu.person,
        &say!(
            "tries to change it once more. The phone itself refuses: {words}.",
            "还想再改，手机当场拒绝：已批准的日志不可修改（frozen）。",
        ),
    )
}
