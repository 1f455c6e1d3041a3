//! In the field: an outlet with two writers, a customer with two promoters, and a tunnel.

use api_spec::locale::Text;
use serde_json::{Value, json};
use sync_core::exchange::Status;
use sync_core::kinds::{CANVASS, CHECKIN, LEAD, OUTLET, VISIT};
use uuid::Uuid;

use super::morning::CHECK_IN;
use crate::cli::demo::cast::Cast;
use crate::cli::demo::narrator::{say, word};
use crate::cli::demo::stage::{Stage, check, clock};
use crate::cli::failure::Failure;

/// The customer two promoters register. The full number travels to the server and no further.
const NUMBER: &str = "13812345678";
const MASK: &str = "138****5678";

/// The leads of one customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rivals {
    /// The first one, whose number is protected.
    pub(super) first: Uuid,
    /// The second one.
    pub(super) contested: Uuid,
}

pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<Rivals, Failure> {
    stage.chapter(&Text::new("In the field", "外场"))?;
    newest_wins(stage, cast).await?;
    let rivals = one_customer_two_promoters(stage, cast).await?;
    tunnel(stage, cast).await?;
    Ok(rivals)
}

/// P7: of two values the one written later wins, whatever the wall clocks said.
async fn newest_wins(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    let (sun, lin) = (&mut cast.sun, &mut cast.lin);
    let outlet = stage.org.outlet("shijicheng-wuye")?.id;
    stage.at("09:45").await?;
    let shown = clock(stage.now + sun.wall_off_ms);
    sun.set(stage.now, &OUTLET, outlet, json!({"contact": "前台小何"}))?;
    stage.act(
        sun.person,
        &say!(
            "notes a contact on the card of the Century City property office: 前台小何. Her clock says {shown}.",
            "在世纪城物业服务中心的卡片上写联系人“前台小何”，她的时钟显示 {shown}。",
        ),
    )?;
    sun.sync(stage.now).await?;
    stage.at("10:00").await?;
    lin.sync(stage.now).await?;
    lin.set(stage.now, &OUTLET, outlet, json!({"contact": "何主管"}))?;
    lin.sync(stage.now).await?;
    sun.sync(stage.now).await?;
    stage.act(
        lin.person,
        &Text::new("corrects it: 何主管. Her clock says 10:00.", "更正为“何主管”，她的时钟显示 10:00。"),
    )?;
    for phone in [&*sun, &*lin] {
        let contact = phone.view(outlet)?.body.get("contact").cloned().unwrap_or_default();
        check(contact == "何主管", "the later contact on both phones", &contact)?;
    }
    stage.remark(&Text::new(
        "Both phones show 何主管: what was written later stands. A clock set forward wins nothing.",
        "两部手机都显示“何主管”：后写的为准，时钟拨快占不到便宜。",
    ))
}

/// PR-2, DP-2: the first number protects, the second is contested; nobody but the server ever has the full number.
async fn one_customer_two_promoters(stage: &mut Stage, cast: &mut Cast) -> Result<Rivals, Failure> {
    stage.at("10:05").await?;
    let chen = &mut cast.chen;
    let fields = json!({"name": "王女士", "phone": NUMBER, "source": "canvass", "intent": "A", "area": "120㎡"});
    let first = chen.create(stage.now, &LEAD, fields)?;
    chen.sync(stage.now).await?;
    stage.act(
        chen.person,
        &Text::new("registers a customer, Ms Wang, with her full number.", "登记客户王女士，填写了完整号码。"),
    )?;
    stage.verdict(chen, first, &LEAD_NUMBER, ("protected", &["PR-2"]))?;
    cast.li.sync(stage.now).await?;
    let mask = cast.li.view(first)?.body.get("phone_masked").cloned().unwrap_or_default();
    check(mask == MASK, "the masked number on the lead's phone", &mask)?;
    stage.remark(&say!(
        "Her team lead's phone shows {MASK}, never the full number.",
        "组长的手机上只显示 {MASK}，看不到完整号码。"
    ))?;

    stage.at("10:40").await?;
    let huang = &mut cast.huang;
    huang.sync(stage.now).await?;
    let second = huang.create(stage.now, &LEAD, json!({"name": "王姐", "phone": NUMBER, "source": "referral"}))?;
    huang.sync(stage.now).await?;
    stage
        .act(huang.person, &Text::new("registers the same customer for his company.", "为本公司登记了同一位客户。"))?;
    let verdict = stage.verdict(huang, second, &LEAD_NUMBER, ("contested", &["PR-2"]))?;
    let told = serde_json::to_string(&verdict).unwrap_or_default();
    let hidden = [chen.person.id().to_string(), chen.person.name.zh.clone().into_owned(), first.to_string()];
    check(!hidden.iter().any(|owner| told.contains(owner)), "no word about the owner", &told)?;
    stage.remark(&Text::new(
        "His lead is kept, and he may open a case. Whose customer she is, nobody tells him.",
        "他的线索保留，可申请判客；客户归谁，谁也不会告诉他。",
    ))?;
    Ok(Rivals { first, contested: second })
}

/// P5: what comes before its record is parked, never lost; AT-5: a check-in counts by its moment.
async fn tunnel(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("10:45").await?;
    let (liu, chen) = (&mut cast.liu, &mut cast.chen);
    liu.sync(stage.now).await?;
    stage.at("10:50").await?;
    let stint = liu.create(stage.now, &CANVASS, json!({"place": "天府三街站 1 号线站厅"}))?;
    liu.add(stage.now, &CANVASS, stint, [("flyers", 80), ("contacts", 12)])?;
    let visit = json!({"visit_type": "cold", "place": "站厅商铺", "purpose": "了解客群", "result": "3 家愿意放资料"});
    liu.create(stage.now, &VISIT, visit)?;
    let waiting = liu.replica.status().pending;
    stage.act(
        liu.person,
        &say!(
            "goes down into the tunnel of line 1 and begins a canvassing stint: 80 flyers. No signal: {waiting} ops wait.",
            "下到 1 号线隧道里扫街：派单 80 份。没有信号，{waiting} 条操作待同步。",
        ),
    )?;
    stage.at("10:55").await?;
    let seq = chen.add(stage.now, &CANVASS, stint, [("flyers", 40), ("interested", 2)])?;
    let synced = chen.sync(stage.now).await?;
    let parked = synced.outcomes.iter().any(|outcome| outcome.seq == seq && outcome.status == Status::Parked);
    check(parked, "a parked op", &json!(synced.outcomes))?;
    stage.act(
        chen.person,
        &Text::new(
            "scans the code on his screen, adds 40 flyers to the same tally, and comes up first.\nThe server does not know that tally yet. It keeps her op: parked, acknowledged, not lost.",
            "扫了他屏幕上的码，往同一份记录加了 40 份，并先一步回到地面。\n服务器还不认识这份记录，先把她的操作留着：已确认、待判定，不会丢。",
        ),
    )?;
    stage.at("11:00").await?;
    surfaced(stage, cast, stint, seq).await?;
    back_in_reach(stage, cast).await
}

async fn surfaced(stage: &mut Stage, cast: &mut Cast, stint: Uuid, seq: u64) -> Result<(), Failure> {
    let ops = cast.liu.sync(stage.now).await?.acknowledged;
    stage.act(
        cast.liu.person,
        &say!("surfaces: {ops} ops acknowledged in one exchange.", "回到地面：一次交换确认 {ops} 条操作。"),
    )?;
    let told = cast.chen.sync(stage.now).await?.outcomes;
    let applied = cast.chen.replica.outcome(seq).map(|outcome| word(&outcome.status));
    check(applied.as_deref() == Some("applied"), "her op to be applied after all", &json!(told))?;
    cast.li.sync(stage.now).await?;
    let tally = cast.li.view(stint)?.body;
    let count = |name: &str| tally.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (flyers, contacts, interested) = (count("flyers"), count("contacts"), count("interested"));
    check((flyers, contacts, interested) == (120, 12, 2), "a tally of 120, 12 and 2", &json!(tally))?;
    stage.remark(&say!(
        "Chen Xiaoyu's op took effect too, and her phone is told so. Li Hua sees one tally from two phones: {flyers} flyers, {contacts} contacts, {interested} interested.",
        "陈晓雨的操作随之生效，她的手机也收到了通知。李华看到两部手机合成的一份记录：派单 {flyers}，接触 {contacts}，意向 {interested}。",
    ))
}

async fn back_in_reach(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    let wang = &mut cast.wang;
    let synced = wang.sync(stage.now).await?;
    let ops = synced.acknowledged;
    stage.act(
        wang.person,
        &say!(
            "comes up from the metro: {ops} op acknowledged, the check-in of 09:19.",
            "走出地铁：{ops} 条操作已确认，是 09:19 的打卡。"
        ),
    )?;
    let own = wang.replica.records().into_iter().find(|record| record.kind == CHECKIN.name);
    let checkin = own.map(|record| record.id).unwrap_or_default();
    stage.verdict(wang, checkin, &CHECK_IN, ("on_time", &["AT-5"]))?;
    let moment = wang.view(checkin)?.created;
    let shown = |at: Option<i64>| at.map_or_else(String::new, clock);
    let earliest = shown(moment.map(|moment| moment.earliest));
    let claimed = shown(moment.and_then(|moment| moment.claimed));
    let latest = shown(moment.map(|moment| moment.latest));
    check(claimed == "09:19" && latest == "11:00", "09:19, received at 11:00", &json!(moment))?;
    stage.remark(&say!(
        "The evidence: certainly between {earliest} and {latest}, by its own count at {claimed}. Nobody else loses by it, so its count is believed.",
        "证据：必在 {earliest} 至 {latest} 之间，手机自己推算为 {claimed}。没有人因此受损，故采信其推算。",
    ))?;
    stage.at("11:05").await?;
    let li = &mut cast.li;
    li.sync(stage.now).await?;
    li.command(stage.now, &CHECKIN, checkin, "witness", json!({"seen_at": stage.rfc3339("09:35")}))?;
    let synced = li.sync(stage.now).await?;
    check(synced.outcomes.is_empty(), "the lead's witness to be applied", &json!(synced.outcomes))?;
    stage.act(
        li.person,
        &Text::new(
            "witnesses it: she saw him at his post at 09:35 (AT-10).",
            "为其见证：09:35 在点位见到本人（AT-10）。",
        ),
    )
}

/// What the rulings on leads are about.
pub(super) const LEAD_NUMBER: Text = Text::new("Ms Wang's number", "王女士的号码");
