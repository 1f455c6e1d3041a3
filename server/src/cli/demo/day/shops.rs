//! Shops and news: a visit that counts, with a photo, a second card of one shop, a notice and who has read it (OV-2, OV-5, OV-7, OV-8).

use api_spec::attachments::Attachment;
use api_spec::locale::Text;
use api_spec::notices::Notice;
use api_spec::outlets::OutletPair;
use api_spec::primitives::Page;
use serde_json::{Value, json};
use sync_core::kinds::{NOTICE, OUTLET, VISIT};
use sync_core::op::Action;

use crate::cli::demo::cast::Cast;
use crate::cli::demo::colleague::Colleague;
use crate::cli::demo::narrator::say;
use crate::cli::demo::stage::{Stage, check, eventually};
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::photos::Photo;

/// One grey point: the smallest photo of a display there is.
const PHOTO: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82, 0,
    0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// OV-7: the office tells everybody, and sees who has read it.
pub(super) async fn news(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("08:35").await?;
    let path = format!("/v1/projects/{}/notices", stage.project);
    let text = json!({"zh": "本周起认购享 98 折，请告知各点位。", "en": "From this week on: 2 % off for buyers. Tell every outlet."});
    let body = json!({"id": cast.li.draw_id(), "title": "认购优惠", "text": text});
    let notice: Notice = cast.xuli.post(&path, None, &body).await?;
    stage.act(cast.xuli.person, &Text::new("tells everybody of a promotion.", "发布优惠通知。"))?;
    stage.at("08:38").await?;
    let sun = &mut cast.sun;
    sun.sync(stage.now).await?;
    sun.command(stage.now, &NOTICE, notice.id, "read", json!({}))?;
    sun.sync(stage.now).await?;
    let unread: Page<Value> = cast.xuli.get(&format!("{path}/{}/receipts?state=unread", notice.id)).await?;
    let (readers, unread) = (notice.readers, unread.items.len() as u64);
    check(unread == readers - 1, "one who has read it", &unread)?;
    stage.act(
        sun.person,
        &say!(
            "reads it first. {unread} of {readers} have not yet; they have 24 hours (OV-7).",
            "第一个读完。{readers} 人中还有 {unread} 人未读，限 24 小时（OV-7）。",
        ),
    )
}

/// OV-5, OV-8: a visit that counts, with its photo.
pub(super) async fn visited(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("13:45").await?;
    let sun = &mut cast.sun;
    let shop = stage.org.outlet("shijicheng-wuye")?;
    sun.sync(stage.now).await?;
    let photo =
        Photo::of(bytes::Bytes::from_static(PHOTO)).ok_or_else(|| Failure::new(Exit::Failed, "the photo is none"))?;
    let photo: Attachment = sun.upload(&photo).await?;
    let fields = json!({
        "visit_type": "outlet", "outlet": shop.id, "minutes": 12, "purpose": "维系物业管家", "result": "同意在大堂摆放折页",
        "next_step": "下周补充折页", "materials_checked": true,
        "location": {"lat": shop.lat, "lng": shop.lng, "accuracy_m": 15.0, "mocked": false}
    });
    let visit = sun.create(stage.now, &VISIT, fields)?;
    let photos = [("photos".to_owned(), vec![photo.sha256.to_string()])];
    sun.record(stage.now, &VISIT, visit, Action::Tag(photos.into()))?;
    sun.sync(stage.now).await?;
    stage.act(
        sun.person,
        &Text::new(
            "visits the property office of Century City for twelve minutes, checks the display, and sends a photo of it.",
            "拜访世纪城物业服务中心 12 分钟，检查物料，并上传照片。",
        ),
    )?;
    stage.verdict(sun, visit, &Text::new("visit", "拜访"), ("counted", &["OV-5"])).map(drop)
}

/// OV-2: one shop, one card.
pub(super) async fn twice(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("13:50").await?;
    let shop = stage.org.outlet("shijicheng-wuye")?;
    let location = json!({"lat": shop.lat + 0.0001, "lng": shop.lng, "accuracy_m": 10.0, "mocked": false});
    let fields = json!({"name": "世纪城物业服务中心（大堂）", "category": "property", "location": location});
    let second = cast.sun.create(stage.now, &OUTLET, fields)?;
    cast.sun.sync(stage.now).await?;
    stage.act(
        cast.sun.person,
        &Text::new(
            "writes a card for its lobby, eleven metres from the first one.",
            "又为它的大堂建了一张卡，相距 11 米。",
        ),
    )?;
    stage.at("13:55").await?;
    let path = format!("/v1/projects/{}/outlets/duplicates", stage.project);
    let mut zhou = Colleague::new(stage, cast.zhou.person)?;
    let ours = |pair: &OutletPair| [pair.one.id, pair.other.id].contains(&second);
    let pair: OutletPair = eventually("the second card to be suspected", async || {
        let pairs: Page<OutletPair> = zhou.get(&path).await?;
        Ok(pairs.items.into_iter().find(ours))
    })
    .await?;
    let merge = json!({"into": shop.id, "reason": "同一处物业"});
    let merged: Value = zhou.post(&format!("/v1/outlets/{second}/merge"), None, &merge).await?;
    let names = [&pair.one.name, &pair.other.name];
    check(merged["merged_into"] == json!(shop.id), "a merged card", &merged)?;
    let (one, other) = (names[0], names[1]);
    stage.act(
        zhou.person,
        &say!(
            "is shown both — {one}, {other} — and merges them (OV-2). What the second card is told from now on goes to the first.",
            "看到系统提示的疑似重复卡片（{one}、{other}），合并为一张（OV-2）；此后写给第二张卡的内容归第一张。",
        ),
    )
}
