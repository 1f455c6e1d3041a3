//! The morning: posts are given out, and everybody checks in (FW-9, AT-5, AT-10, AT-22).

use api_spec::locale::Text;
use serde_json::{Value, json};
use sync_core::kinds::{ASSIGNMENT, CHECKIN};

use super::{duty, shops};
use crate::cli::demo::cast::{Cast, Place};
use crate::cli::demo::narrator::say;
use crate::cli::demo::phone::Phone;
use crate::cli::demo::stage::{Stage, check, clock};
use crate::cli::failure::Failure;

const HOUR_MS: i64 = 3_600_000;

pub(super) async fn play(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.next_day();
    stage.chapter(&Text::new("Thursday morning", "周四早晨"))?;
    shops::news(stage, cast).await?;
    duty::planned(stage, cast).await?;
    posts(stage, cast).await?;
    outside_the_fence(stage, &mut cast.chen).await?;
    two_hours_ahead(stage, &mut cast.sun).await?;
    without_signal(stage, &mut cast.wang)?;
    late(stage, &mut cast.liu).await
}

/// FW-9: the leads give out the posts of the day.
async fn posts(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("08:50").await?;
    for phone in cast.phones_mut() {
        phone.sync(stage.now).await?;
    }
    // whoever gives out posts is there
    cast.li.create(stage.now, &CHECKIN, on(stage.org.site()?, 10.0))?;
    let day = stage.day();
    let (huafu, wujie, sanjie) = (stage.org.post("huafu")?, stage.org.post("wujie")?, stage.org.post("sanjie")?);
    let given = [(&cast.wang, huafu), (&cast.chen, wujie), (&cast.liu, sanjie)];
    for (whom, post) in given.map(|(phone, post)| (phone.person.id(), post.id)) {
        let fields = json!({"day": day, "subject": whom, "post": post, "duty": "派单、邀约到访"});
        cast.li.create(stage.now, &ASSIGNMENT, fields)?;
    }
    let shijicheng = stage.org.post("shijicheng")?;
    let fields = json!({"day": day, "subject": cast.sun.person.id(), "post": shijicheng.id, "duty": "拜访门店"});
    cast.zhou.create(stage.now, &ASSIGNMENT, fields)?;
    stage.act(
        cast.li.person,
        &Text::new(
            "morning meeting at the site. She gives out the posts: Wang Jianguo to Huafu Avenue metro, Chen Xiaoyu to Tianfu 5th Street, Liu Yang to Tianfu 3rd Street.",
            "案场早会，分派点位：王建国—地铁华府大道站，陈晓雨—天府五街站，刘洋—天府三街站。",
        ),
    )?;
    stage.act(cast.zhou.person, &Text::new("sends Sun Ting to Century City metro.", "安排孙婷到地铁世纪城站。"))?;
    cast.li.sync(stage.now).await?;
    cast.zhou.sync(stage.now).await?;
    for phone in [&mut cast.wang, &mut cast.chen, &mut cast.liu, &mut cast.sun] {
        phone.sync(stage.now).await?;
        let assigned = phone.replica.records().iter().filter(|record| record.kind == ASSIGNMENT.name).count();
        check(assigned == 1, "one assignment on each phone", &assigned)?;
    }
    stage.remark(&say!("Each of the four phones shows its post.", "四部手机都已显示各自的点位。"))
}

/// AT-22: a check-in a kilometre away is void; the next one, at the post, counts.
async fn outside_the_fence(stage: &mut Stage, chen: &mut Phone) -> Result<(), Failure> {
    stage.at("09:12").await?;
    let post = stage.org.post("wujie")?;
    let breakfast = Place { lat: post.lat + 0.009, lng: post.lng - 0.004, ..post };
    let checkin = chen.create(stage.now, &CHECKIN, on(breakfast, 15.0))?;
    chen.sync(stage.now).await?;
    stage.act(chen.person, &Text::new("checks in from the breakfast stall.", "在早餐摊上打卡。"))?;
    stage.verdict(chen, checkin, &CHECK_IN, ("void", &["AT-22"]))?;
    stage.at("09:18").await?;
    let checkin = chen.create(stage.now, &CHECKIN, on(post, 12.0))?;
    chen.sync(stage.now).await?;
    stage.act(chen.person, &Text::new("runs, and checks in at her post.", "一路小跑，到点位重新打卡。"))?;
    stage.verdict(chen, checkin, &CHECK_IN, ("on_time", &["AT-5"]))?;
    Ok(())
}

/// P7: a wall clock that is two hours ahead changes nothing.
async fn two_hours_ahead(stage: &mut Stage, sun: &mut Phone) -> Result<(), Failure> {
    stage.at("09:19").await?;
    sun.wall_off_ms = 2 * HOUR_MS;
    let shown = clock(stage.now + sun.wall_off_ms);
    let checkin = sun.create(stage.now, &CHECKIN, on(stage.org.post("shijicheng")?, 10.0))?;
    sun.sync(stage.now).await?;
    stage.act(
        sun.person,
        &say!(
            "checks in. Her phone's clock is two hours ahead and shows {shown}.",
            "打卡。她手机的时钟快了两小时，显示 {shown}。",
        ),
    )?;
    stage.verdict(sun, checkin, &CHECK_IN, ("on_time", &["AT-5"]))?;
    let claimed = sun.view(checkin)?.created.and_then(|created| created.claimed);
    check(claimed == Some(stage.now), "the true time of the check-in", &format!("{claimed:?}"))?;
    let at = clock(stage.now);
    stage.remark(&say!(
        "The server knows it was {at}: it counts from the anchor it had handed out, not from that clock.",
        "服务器知道是 {at}：它以自己发出的时间锚点推算，不看手机时钟。",
    ))
}

/// AT-5 offline: the claim is made now, and said at eleven.
fn without_signal(stage: &mut Stage, wang: &mut Phone) -> Result<(), Failure> {
    // a map SDK delivers GCJ-02: 366 m off unless it is converted
    let gcj02 = json!({"lat": 30.525_832, "lng": 104.069_904, "accuracy_m": 20.0, "mocked": false, "datum": "gcj02"});
    wang.create(stage.now, &CHECKIN, json!({"type": "on", "location": gcj02}))?;
    let waiting = wang.replica.status().pending;
    stage.act(
        wang.person,
        &say!(
            "checks in on the metro concourse, where there is no signal. The phone keeps it: {waiting} op waits.",
            "在地铁站厅打卡，没有信号。手机先存下来：{waiting} 条操作待同步。",
        ),
    )
}

/// AT-5: late from 09:21:00 on.
async fn late(stage: &mut Stage, liu: &mut Phone) -> Result<(), Failure> {
    stage.at("09:26").await?;
    let checkin = liu.create(stage.now, &CHECKIN, on(stage.org.post("sanjie")?, 8.0))?;
    liu.sync(stage.now).await?;
    stage.act(liu.person, &Text::new("checks in at his post.", "到点位打卡。"))?;
    stage.verdict(liu, checkin, &CHECK_IN, ("late", &["AT-5"]))?;
    Ok(())
}

/// What the rulings of this scene are about.
pub(super) const CHECK_IN: Text = Text::new("check-in", "打卡");

fn on(place: Place, accuracy_m: f64) -> Value {
    let location = json!({"lat": place.lat, "lng": place.lng, "accuracy_m": accuracy_m, "mocked": false});
    json!({"type": "on", "location": location})
}
