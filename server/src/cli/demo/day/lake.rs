//! A phone drowns, and comes back from last night's backup (P6).

use api_spec::locale::Text;
use serde_json::json;
use sync_core::kinds::VISIT;
use uuid::Uuid;

use crate::cli::demo::narrator::say;
use crate::cli::demo::phone::Phone;
use crate::cli::demo::stage::{Stage, check};
use crate::cli::failure::Failure;

/// P6: a restored phone is noticed and loses nothing.
pub(super) async fn play(stage: &mut Stage, wang: &mut Phone, backup: &Phone) -> Result<(), Failure> {
    stage.at("13:10").await?;
    let old = wang.replica.device();
    let known = wang.replica.records().into_iter().filter(|record| record.owner == Some(wang.person.id()));
    let known: Vec<Uuid> = known.map(|record| record.id).collect();
    wang.restore(backup, stage.now)?;
    stage.act(
        wang.person,
        &Text::new(
            "drops his phone into the lake. The new one is restored from last night's backup: of this morning it knows nothing.",
            "手机掉进锦城湖。新手机从昨晚的备份恢复，对今天上午一无所知。",
        ),
    )?;
    stage.at("13:20").await?;
    let mut visits = Vec::new();
    for (place, result) in [("锦城湖 4 号门", "登记 2 组"), ("湖畔咖啡", "同意摆放折页")] {
        let fields = json!({"visit_type": "cold", "place": place, "purpose": "陌拜", "result": result});
        visits.push(wang.create(stage.now, &VISIT, fields)?);
    }
    stage.act(wang.person, &Text::new("records two visits on it, still offline.", "离线登记了两次拜访。"))?;
    stage.at("13:40").await?;
    let synced = wang.sync(stage.now).await?;
    let (new, seq) = (wang.replica.device(), synced.forked_at.unwrap_or_default());
    check(new != old && seq > 0, "a fork that was noticed", &json!({"device": new, "seq": seq}))?;
    stage.act(wang.person, &Text::new("has a signal again and synchronises.", "恢复信号，开始同步。"))?;
    let (old, new) = (short(old), short(new));
    stage.remark(&say!(
        "device-forked: op {seq} of device {old} is not what the server holds. The phone becomes device {new}, and chains its ops to a new log.",
        "device-forked：设备 {old} 的第 {seq} 条操作与服务器所存不同。手机改用新设备 {new}，把操作接到新日志上。",
    ))?;
    let lost: Vec<Uuid> = known.iter().chain(&visits).copied().filter(|id| wang.replica.view(*id).is_none()).collect();
    let pending = wang.replica.status().pending;
    check(lost.is_empty() && pending == 0, "nothing to be lost", &json!({"lost": lost, "pending": pending}))?;
    let (before, after) = (known.len(), visits.len());
    stage.remark(&say!(
        "Nothing is lost: {before} records from before the lake and {after} from after it are on the phone and on the server.",
        "一条不丢：落水前的 {before} 条记录和之后的 {after} 条都在手机和服务器上。",
    ))
}

/// The end of an id, enough to tell it from others.
fn short(id: Uuid) -> String {
    let text = id.simple().to_string();
    format!("…{}", &text[text.len() - 6..])
}
