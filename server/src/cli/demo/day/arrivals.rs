//! At the site: whose customer somebody is, decided when they arrive (BK, CF, PR).

use api_spec::desk::Confirmation;
use api_spec::locale::Text;
use api_spec::primitives::Page;
use api_spec::rulings::{Review, Ruling};
use serde_json::{Value, json};
use sync_core::kinds::{BOOKING, PROTECTION};
use uuid::Uuid;

use crate::cli::demo::cast::{Cast, Person};
use crate::cli::demo::narrator::{Told, say, word};
use crate::cli::demo::phone::Phone;
use crate::cli::demo::stage::{Stage, check, needs};
use crate::cli::failure::Failure;

/// Somebody who comes to the site.
struct Visitor {
    name: &'static str,
    phone: &'static str,
    mask: &'static str,
}

const ZHAO: Visitor = Visitor { name: "赵女士", phone: "13600001111", mask: "136****1111" };
const QIAN: Visitor = Visitor { name: "钱先生", phone: "13700002222", mask: "137****2222" };
const SUN: Visitor = Visitor { name: "孙女士", phone: "13500003333", mask: "135****3333" };
const GAO: Visitor = Visitor { name: "高先生", phone: "13900004444", mask: "139****4444" };
const ZHOU: Visitor = Visitor { name: "周志强", phone: "13200005555", mask: "132****5555" };

/// BK-1: thirty minutes are enough, twenty-nine are not; PR-1: two signatures protect. Returns the void sheet.
pub(super) async fn noon(stage: &mut Stage, cast: &mut Cast) -> Result<Uuid, Failure> {
    stage.chapter(&Text::new("Noon at the site", "案场中午"))?;
    stage.at("11:30").await?;
    let in_time = book(stage, &mut cast.sun, &ZHAO).await?;
    stage.act(cast.sun.person, &Text::new("books Ms Zhao ahead: she will come at noon.", "报备赵女士，中午到访。"))?;
    stage.verdict(&cast.sun, in_time, &BOOKED, ("live", &[]))?;
    stage.at("11:31").await?;
    let too_late = book(stage, &mut cast.liu, &QIAN).await?;
    stage.act(cast.liu.person, &Text::new("books Mr Qian, a minute later.", "一分钟后报备钱先生。"))?;
    stage.verdict(&cast.liu, too_late, &BOOKED, ("live", &[]))?;

    stage.at("12:00").await?;
    let sheet = arrive(stage, cast, &ZHAO, "booked", None).await?;
    at_the_desk(
        stage,
        cast,
        &Text::new("Ms Zhao arrives, thirty minutes after her booking.", "赵女士到访，距报备 30 分钟。"),
    )?;
    stage.ruling(&SHEET, Told::from(&sheet), ("valid", &["BK-1"]))?;
    let whose = sheet.holder.and_then(|holder| holder.user);
    check(whose == Some(cast.sun.person.id()), "Ms Zhao to be Sun Ting's", &json!(sheet.holder))?;
    let other = arrive(stage, cast, &QIAN, "booked", None).await?;
    at_the_desk(
        stage,
        cast,
        &Text::new("Mr Qian arrives, twenty-nine minutes after his.", "钱先生到访，距报备 29 分钟。"),
    )?;
    stage.ruling(&SHEET, Told::from(&other), ("void", &["BK-1"]))?;
    cast.liu.sync(stage.now).await?;
    stage.verdict(
        &cast.liu,
        too_late,
        &say!("Liu Yang's phone learns it: booking", "刘洋的手机收到：报备"),
        ("void", &["BK-1"]),
    )?;
    signed(stage, cast, sheet).await?;
    Ok(other.id)
}

/// CF-5, PR-1: the consultant signs, then the site lead; from then on the customer is protected.
async fn signed(stage: &mut Stage, cast: &mut Cast, sheet: Confirmation) -> Result<(), Failure> {
    stage.at("12:20").await?;
    let consultant = cast.consultant(sheet.consultant.as_ref().map(|person| person.id).unwrap_or_default())?;
    let path = format!("/v1/confirmations/{}", sheet.id);
    let sheet: Confirmation = consultant.post(&format!("{path}/sign"), Some(sheet.version), &Value::Null).await?;
    let signed = word(&sheet.state);
    check(signed == "signed", "the consultant's signature", &signed)?;
    stage.act(
        consultant.person,
        &Text::new("whose turn it was (CF-4), signs Ms Zhao's sheet.", "按轮次接待（CF-4），签署赵女士的确认单。"),
    )?;
    stage.at("12:25").await?;
    let sheet: Confirmation = cast.shen.post(&format!("{path}/confirm"), Some(sheet.version), &Value::Null).await?;
    stage.act(cast.shen.person, &Text::new("countersigns it.", "复签。"))?;
    stage.ruling(&SHEET, Told::from(&sheet), ("valid", &["PR-1"]))?;
    cast.sun.sync(stage.now).await?;
    let records = cast.sun.replica.records();
    let protection =
        records.iter().find(|record| record.kind == PROTECTION.name && record.body["customer_name"] == ZHAO.name);
    let until = protection.and_then(|record| record.body["until"].as_str()).unwrap_or_default();
    let day = until.get(..10).unwrap_or_default().to_owned();
    check(!day.is_empty(), "a protection on Sun Ting's phone", &json!(protection))?;
    stage.remark(&say!("Sun Ting's phone shows it: protected until {day}.", "孙婷的手机显示：保护至 {day}。"))
}

/// BK-11: brought in person; PR-5, BK-14: a walk-in blocks who comes later.
pub(super) async fn afternoon(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.chapter(&Text::new("Afternoon at the site", "案场下午"))?;
    stage.at("14:00").await?;
    let sheet = arrive(stage, cast, &SUN, "brought", Some(cast.huang.person)).await?;
    at_the_desk(
        stage,
        cast,
        &Text::new(
            "Huang Haitao of Anju comes in with Ms Sun. Nobody booked her.",
            "安居地产黄海涛带孙女士到访，事先没有报备。",
        ),
    )?;
    stage.ruling(&SHEET, Told::from(&sheet), ("valid", &["BK-11"]))?;
    let company = sheet.holder.and_then(|holder| holder.partner);
    check(company.is_some(), "Ms Sun to be Anju's", &json!(sheet.holder))?;

    stage.at("14:30").await?;
    let sheet = arrive(stage, cast, &GAO, "walk_in", None).await?;
    at_the_desk(stage, cast, &Text::new("Mr Gao walks in, alone and unannounced.", "高先生自行到访，无人报备。"))?;
    stage.ruling(&SHEET, Told::from(&sheet), ("walk_in", &[]))?;
    stage.remark(&Text::new(
        "From here on every channel comes too late for him (PR-5).",
        "从此刻起，任何渠道再主张这位客户都晚了（PR-5）。",
    ))?;
    stage.at("16:00").await?;
    let sheet = arrive(stage, cast, &GAO, "brought", Some(cast.lin.person)).await?;
    at_the_desk(
        stage,
        cast,
        &Text::new("Lin Jing of Tongcheng comes in with Mr Gao.", "同城房产林静带高先生再次到访。"),
    )?;
    stage.ruling(&SHEET, Told::from(&sheet), ("void", &["BK-14"]))?;
    check(sheet.holder.is_none(), "Mr Gao to be nobody's", &json!(sheet.holder))?;
    in_doubt(stage, cast).await
}

/// A sheet in review: the digits fit, the name does not, and a person decides (BK-5, CF-5).
async fn in_doubt(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("16:30").await?;
    let booked = Visitor { name: "邹先生", ..ZHOU };
    let booking = book(stage, &mut cast.lin, &booked).await?;
    stage.act(
        cast.lin.person,
        &Text::new(
            "books a Mr Zou (邹先生): a slip of the pen, he is called Zhou (周).",
            "报备“邹先生”，其实姓周，写错了。",
        ),
    )?;
    stage.verdict(&cast.lin, booking, &BOOKED, ("live", &[]))?;
    stage.at("17:10").await?;
    let sheet = arrive(stage, cast, &ZHOU, "booked", None).await?;
    at_the_desk(stage, cast, &Text::new("Zhou Zhiqiang arrives.", "周志强到访。"))?;
    stage.ruling(&SHEET, Told::from(&sheet), ("review", &["BK-5"]))?;
    stage.at("17:20").await?;
    let reviews: Page<Review> = cast.shen.get(&format!("/v1/reviews?project={}", stage.project)).await?;
    let open = reviews.items.into_iter().find(|review| review.ruling.subject == sheet.id);
    let open = open.ok_or_else(|| needs("the sheet among the site lead's reviews", &"it is not there"))?;
    let choices = open.choices.join(", ");
    let decision = json!({"outcome": "valid", "reason": "电话核实为同一人，报备时姓氏写错"});
    let path = format!("/v1/rulings/{}/decide", open.ruling.id);
    let decided: Ruling = cast.shen.post(&path, Some(open.version), &decision).await?;
    stage.act(
        cast.shen.person,
        &say!(
            "finds it among his reviews, may choose {choices}, calls Lin Jing, and decides.",
            "在待判列表中看到，可选 {choices}；致电林静核实后作出判定。"
        ),
    )?;
    stage.ruling(&SHEET, Told::from(&decided), ("valid", &["BK-5"]))?;
    cast.lin.sync(stage.now).await?;
    stage.verdict(
        &cast.lin,
        booking,
        &say!("Lin Jing's phone learns it: booking", "林静的手机收到：报备"),
        ("used", &[]),
    )?;
    Ok(())
}

/// Files a booking on a phone that has just heard from the server.
async fn book(stage: &Stage, phone: &mut Phone, whom: &Visitor) -> Result<Uuid, Failure> {
    phone.sync(stage.now).await?;
    let fields = json!({"customer_name": whom.name, "phone_masked": whom.mask, "route": "booked"});
    let booking = phone.create(stage.now, &BOOKING, fields)?;
    phone.sync(stage.now).await?;
    Ok(booking)
}

/// The desk opens a sheet.
async fn arrive(
    stage: &Stage,
    cast: &mut Cast,
    whom: &Visitor,
    route: &str,
    brought_by: Option<&Person>,
) -> Result<Confirmation, Failure> {
    let id = Uuid::new_v5(&cast.feng.person.id(), format!("{} {}", whom.mask, stage.now).as_bytes());
    let mut arrival = json!({"id": id, "customer": {"name": whom.name, "phone": whom.phone}, "route": route});
    if let Some(bringer) = brought_by {
        arrival["brought_by"] = json!(bringer.id());
    }
    let sheet: Confirmation =
        cast.feng.post(&format!("/v1/projects/{}/arrivals", stage.project), None, &arrival).await?;
    check(sheet.customer.phone_masked == whom.mask, "a masked number on the sheet", &sheet.customer.phone_masked)?;
    Ok(sheet)
}

fn at_the_desk(stage: &mut Stage, cast: &Cast, text: &Text) -> Result<(), Failure> {
    stage.act(cast.feng.person, text)
}

const BOOKED: Text = Text::new("booking", "报备");
const SHEET: Text = Text::new("confirmation sheet", "渠道客户确认单");
