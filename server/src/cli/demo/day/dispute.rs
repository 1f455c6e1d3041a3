//! Whose customer is Ms Wang? The contested lead becomes a case (判客), is settled, appealed against, and settled for good (DS).

use api_spec::disputes::{Dispute, DisputeOutcome, DisputeState};
use api_spec::locale::Text;
use api_spec::primitives::Page;
use serde_json::{Value, json};
use sync_core::kinds::DISPUTE;
use uuid::Uuid;

use super::field::Rivals;
use crate::cli::demo::cast::Cast;
use crate::cli::demo::colleague::Colleague;
use crate::cli::demo::narrator::{say, word};
use crate::cli::demo::stage::{Stage, check, clock};
use crate::cli::failure::Failure;

/// The evening: the promoter whose lead was contested opens a case.
pub(super) async fn opened(stage: &mut Stage, cast: &mut Cast, rivals: Rivals) -> Result<Uuid, Failure> {
    stage.at("19:10").await?;
    let mut huang = Colleague::new(stage, cast.huang.person)?;
    let id = Uuid::new_v5(&rivals.contested, b"dispute");
    let claim = json!({"id": id, "lead": rivals.contested, "claim": "客户上周已由我司接待，有通话记录"});
    let case: Dispute = huang.post("/v1/disputes", None, &claim).await?;
    check(case.state == DisputeState::Open, "an open case", &word(&case.state))?;
    stage.act(
        cast.huang.person,
        &Text::new(
            "opens a case about Ms Wang: his company had met her last week, he says.",
            "就王女士申请判客：称客户上周已由本公司接待。",
        ),
    )?;
    let told = serde_json::to_string(&case).unwrap_or_default();
    let hidden = [cast.chen.person.id().to_string(), cast.chen.person.name.zh.clone().into_owned()];
    check(!hidden.iter().any(|other| told.contains(other)), "no word about the other party", &told)?;
    let due = case.due.map(|due| clock(due.0)).unwrap_or_default();
    check(!due.is_empty(), "a deadline", &told)?;
    stage.remark(&Text::new(
        "The office has two working days (DS-4). Until then nothing lapses; who the other party is, nobody tells him.",
        "内业须在两个工作日内裁决（DS-4），其间一切保护不失效；对方是谁，谁也不会告诉他。",
    ))?;
    Ok(id)
}

/// The next morning: the office settles on the records, the loser appeals, and somebody else decides.
pub(super) async fn settled(stage: &mut Stage, cast: &mut Cast, id: Uuid, rivals: Rivals) -> Result<(), Failure> {
    let path = format!("/v1/disputes/{id}");
    stage.at("09:40").await?;
    let list = format!("/v1/disputes?project={}&state=open", stage.project);
    let open: Page<Dispute> = cast.xuli.get(&list).await?;
    check(open.items.iter().any(|case| case.id == id), "the case among the office's", &open.items.len())?;
    let case: Dispute = cast.xuli.get(&path).await?;
    let evidence: Value = cast.xuli.get(&format!("{path}/evidence")).await?;
    let ops = evidence["ops"].as_array().map_or(0, Vec::len);
    check(ops >= 2, "the ops of both leads as evidence", &evidence["ops"])?;
    stage.act(
        cast.xuli.person,
        &say!(
            "opens the bundle: {ops} ops word for word, each with its digest and its interval of time (DS-1).",
            "打开证据包：{ops} 条操作原文，各附摘要与时间区间（DS-1）。",
        ),
    )?;
    let proposed = case.proposal.as_ref().and_then(|proposal| proposal.holder).and_then(|holder| holder.user);
    let chen = cast.chen.person.id();
    check(proposed == Some(chen), "the records to speak for Chen Xiaoyu", &json!(case.proposal))?;
    stage.remark(&Text::new(
        "The case itself proposes what the records say: Chen Xiaoyu's number was certainly set first (DS-3, PR-2).",
        "案件自动给出依据记录的建议：陈晓雨设置号码在先，顺序确定（DS-3、PR-2）。",
    ))?;
    let decision = json!({"holder": {"user": chen}, "reason": "以系统记录为准：号码登记在先，无更早到访"});
    let case: Dispute = cast.xuli.post(&format!("{path}/settle"), Some(case.version), &decision).await?;
    check(case.state == DisputeState::Settled, "a settled case", &word(&case.state))?;
    stage.act(cast.xuli.person, &Text::new("settles it on the records.", "依记录裁决。"))?;
    cast.huang.sync(stage.now).await?;
    let shown = cast.huang.view(id)?;
    check(shown.kind == DISPUTE.name, "the case on Huang Haitao's phone", &json!(shown.body))?;
    stage.verdict(&cast.huang, id, &CASE, ("settled", &["DS-3"]))?;
    appealed(stage, cast, &path).await?;
    cast.huang.sync(stage.now).await?;
    stage.verdict(&cast.huang, id, &CASE, ("final", &["DS-3"]))?;
    cast.chen.sync(stage.now).await?;
    stage.verdict(&cast.chen, rivals.first, &super::field::LEAD_NUMBER, ("protected", &[]))?;
    Ok(())
}

async fn appealed(stage: &mut Stage, cast: &mut Cast, path: &str) -> Result<(), Failure> {
    stage.at("10:20").await?;
    let mut huang = Colleague::new(stage, cast.huang.person)?;
    let reason = json!({"reason": "通话记录在手机上，请再查"});
    let case: Dispute = huang.post(&format!("{path}/appeal"), None, &reason).await?;
    check(case.state == DisputeState::Appealed, "an appeal", &word(&case.state))?;
    stage.act(cast.huang.person, &Text::new("reads it on his phone and appeals.", "在手机上看到结果，提出申诉。"))?;
    let chen = json!({"user": cast.chen.person.id()});
    let again = json!({"holder": chen, "reason": "维持原裁决"});
    let refused = cast.xuli.post::<Dispute>(&format!("{path}/settle"), Some(case.version), &again).await;
    check(refused.is_err(), "the first decider to be refused", &"she was not")?;
    stage.act(
        cast.xuli.person,
        &Text::new(
            "may not decide about her own decision: somebody else does (DS-4).",
            "不能裁决自己作出的裁决，须由他人复核（DS-4）。",
        ),
    )?;
    stage.at("11:30").await?;
    let reason = "通话发生在登记之后；记录优先于陈述，维持原裁决";
    let last = json!({"holder": chen, "reason": reason});
    let case: Dispute = cast.hejing.post(&format!("{path}/settle"), Some(case.version), &last).await?;
    check(case.state == DisputeState::Final, "a case that is over", &word(&case.state))?;
    stage.act(
        cast.hejing.person,
        &say!(
            "looks at the same records and upholds it: “{reason}”. It is final.",
            "复核同一份记录，维持原裁决：“{reason}”。终局。",
        ),
    )?;
    let told: Dispute = huang.get(path).await?;
    check(told.outcome == Some(DisputeOutcome::Lost), "the loser to be told so", &json!(told.outcome))
}

const CASE: Text = Text::new("Ms Wang's case", "王女士判客");
