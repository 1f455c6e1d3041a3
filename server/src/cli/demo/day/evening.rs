//! The evening: a daily log is returned, corrected, approved and frozen; another one says more than the records (WL-2, WL-4, WL-6, WL-16).

use api_spec::locale::Text;
use api_spec::logs::ApprovedLogs;
use api_spec::weeks::Evening;
use serde_json::{Map, Value, json};
use sync_core::kinds::{DAILY_LOG, daily_log_id};
use sync_core::op::Action;
use uuid::Uuid;

use crate::cli::demo::cast::Cast;
use crate::cli::demo::colleague::Colleague;
use crate::cli::demo::narrator::say;
use crate::cli::demo::phone::Phone;
use crate::cli::demo::stage::{Stage, check, eventually};
use crate::cli::failure::Failure;

const LOG: Text = Text::new("daily log", "工作日志");
/// What the lead asks for.
const REMARK: &str = "请写明站厅商铺名称和下次拜访时间";

pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter(&Text::new("Evening", "傍晚"))?;
    let log = daily_log_id(cast.liu.person.id(), stage.day());
    handed_in(stage, &mut cast.liu, log).await?;
    returned(stage, cast, log).await?;
    approved(stage, cast, log).await?;
    contradicted(stage, cast).await
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

/// WL-7, WL-16: the lead's evening shows what the records say of the day, and words that say more.
async fn contradicted(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("18:57").await?;
    let chen = &mut cast.chen;
    let log = daily_log_id(chen.person.id(), stage.day());
    let items = "天府五街站派单，拜访 5 家门店";
    chen.set(stage.now, &DAILY_LOG, log, json!({"day": stage.day(), "items": items}))?;
    chen.command(stage.now, &DAILY_LOG, log, "submit", json!({}))?;
    chen.sync(stage.now).await?;
    stage.act(chen.person, &Text::new("hands in hers: “visited 5 shops”.", "提交日志：“拜访 5 家门店”。"))?;
    let mut li = Colleague::new(stage, cast.li.person)?;
    let path = format!("/v1/projects/{}/evening", stage.project);
    let (evening, found) = eventually("the facts beside her words", async || {
        let evening: Evening = li.get(&path).await?;
        let logs = evening.items.iter().filter_map(|item| item.log.as_ref());
        let found = logs.filter(|each| each.id == log).flat_map(|log| log.contradictions.clone()).next();
        Ok(found.map(|found| (evening, found)))
    })
    .await?;
    let (said, counted, missing) = (found.said, found.counted, evening.counts.missing);
    stage.act(
        li.person,
        &say!(
            "opens her evening: {missing} of her people are without a log, and Chen Xiaoyu's says {said} visits where the records have {counted} (WL-16).",
            "打开晚间看板：本组还有 {missing} 人没交日志；陈晓雨写了拜访 {said} 家，而记录只有 {counted} 次（WL-16）。",
        ),
    )?;
    let version = cast.chen.view(log)?.version;
    let many = json!({"logs": [{"id": log, "version": version}]});
    let answer: ApprovedLogs = li.post("/v1/daily-logs/approve", None, &many).await?;
    check(answer.results.iter().all(|each| !each.approved), "a flagged log to be looked at", &json!(answer))?;
    stage.remark(&Text::new(
        "Approved with the others in one go it is not: what is flagged wants to be looked at.",
        "批量批准不含它：有标记的日志须逐份查看。",
    ))
}
