//! Who should be where, and who is: the roster, the lead's morning, witnesses, a spot check, a break, a forgotten check
//! (AT-1, AT-4, AT-8, AT-9, AT-10, AT-11, AT-12).

use api_spec::attendance::{AttendanceDay, PersonDay, WitnessedHow, WitnessedPost};
use api_spec::locale::Text;
use api_spec::rosters::Roster;
use api_spec::spot_checks::IssuedSpotChecks;
use api_spec::teams::{Morning, MorningState};
use chrono::Days;
use serde_json::{Value, json};
use sync_core::kinds::{CHECKIN, REQUEST};

use crate::app::import_org::id_of;
use crate::cli::demo::cast::{Cast, ORG, Place};
use crate::cli::demo::colleague::Colleague;
use crate::cli::demo::narrator::say;
use crate::cli::demo::stage::{Stage, check, eventually};
use crate::cli::failure::Failure;

/// AT-4: the site lead gives everybody three days off for an event.
pub(super) async fn planned(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("08:40").await?;
    let days: Vec<_> = (1..=3).filter_map(|days| stage.day().checked_add_days(Days::new(days))).collect();
    let team = |code: &str| format!("?team={}", id_of(ORG, "team", &[code]));
    let groups = [
        (team("t1"), [&cast.li, &cast.wang, &cast.chen, &cast.liu].map(|phone| phone.person.id()).to_vec()),
        (team("t2"), [&cast.zhou, &cast.sun].map(|phone| phone.person.id()).to_vec()),
        (String::new(), [&cast.xu, &cast.zheng].map(|colleague| colleague.person.id()).to_vec()),
    ];
    for day in &days {
        for (team, people) in &groups {
            let off = people.iter().map(|user| json!({"user": user, "plan": "off", "off": "event"}));
            let plan = json!({"people": off.collect::<Vec<_>>(), "reason": "秋季拓客复盘培训"});
            let path = format!("/v1/projects/{}/rosters/{day}{team}", stage.project);
            let roster: Roster = cast.shen.put(&path, &plan).await?;
            check(roster.people.iter().all(|entry| entry.planned), "a roster", &json!(roster))?;
        }
    }
    stage.act(
        cast.shen.person,
        &Text::new(
            "plans the days to come: Friday to Sunday everybody is off, for a training trip (AT-4). The phones show it.",
            "排班：周五至周日外出培训，全员调休（AT-4）。手机上都能看到。",
        ),
    )
}

/// AT-8, AT-10: who is there, who is not; a whole post is witnessed at once.
pub(super) async fn mustered(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("09:36").await?;
    let mut li = Colleague::new(stage, cast.li.person)?;
    let morning: Morning = li.get(&format!("/v1/projects/{}/morning", stage.project)).await?;
    let count = |states: &[MorningState]| morning.items.iter().filter(|each| states.contains(&each.state)).count();
    let (came, missing) = (count(&[MorningState::In, MorningState::Late]), count(&[MorningState::Missing]));
    let posts = morning.empty_posts.len();
    check(came == 3 && missing == 1, "three who came, one nobody has seen", &json!(morning))?;
    stage.act(
        li.person,
        &say!(
            "opens her morning: {came} of her team are in, {missing} is not: Wang Jianguo, who is below ground. {posts} posts are empty.",
            "打开早间看板：本组已到 {came} 人，未见 {missing} 人：在地下的王建国。另有 {posts} 个点位无人。",
        ),
    )?;
    stage.at("09:40").await?;
    let round = json!({"id": cast.li.draw_id(), "post": stage.org.post("wujie")?.id, "type": "on"});
    let round: WitnessedPost =
        li.post(&format!("/v1/projects/{}/attendance/witness", stage.project), None, &round).await?;
    check(round.people.iter().all(|each| each.how == WitnessedHow::Confirmed), "a post witnessed", &json!(round))?;
    stage.act(
        li.person,
        &Text::new(
            "walks past Tianfu 5th Street and witnesses the whole post at once (AT-10): Chen Xiaoyu is there.",
            "走到天府五街站，一次见证整个点位（AT-10）：陈晓雨在岗。",
        ),
    )
}

/// AT-11: fifteen minutes from the exchange that delivered it.
pub(super) async fn spot_check(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("11:08").await?;
    let path = format!("/v1/projects/{}/spot-checks", stage.project);
    let asked = json!({"id": cast.sun.draw_id(), "subjects": [cast.sun.person.id()]});
    let asked: IssuedSpotChecks = cast.xuli.post(&path, None, &asked).await?;
    let spot = asked.checks.first().map(|each| each.id).unwrap_or_default();
    stage.act(cast.xuli.person, &Text::new("asks where Sun Ting is: a spot check.", "抽查孙婷在不在岗。"))?;
    stage.at("11:10").await?;
    let sun = &mut cast.sun;
    sun.sync(stage.now).await?;
    stage.at("11:24").await?;
    sun.create(stage.now, &CHECKIN, checked("spot", stage.org.post("shijicheng")?))?;
    sun.sync(stage.now).await?;
    stage.act(
        sun.person,
        &Text::new("answers, fourteen minutes after her phone was asked.", "收到抽查 14 分钟后打卡应答。"),
    )?;
    sun.sync(stage.now).await?;
    stage.verdict(sun, spot, &Text::new("spot check", "抽查"), ("answered", &["AT-11"])).map(drop)
}

/// AT-12: a break that is too long; it is made offline.
pub(super) async fn lunch(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("12:30").await?;
    cast.liu.create(stage.now, &CHECKIN, json!({"type": "break_start"}))?;
    stage.at("13:05").await?;
    cast.liu.create(stage.now, &CHECKIN, json!({"type": "break_end"}))?;
    stage.act(cast.liu.person, &Text::new("was at lunch for 35 minutes.", "午休了 35 分钟。"))
}

/// AT-1: everybody checks out; one forgets it.
pub(super) async fn left(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("18:01").await?;
    let site = stage.org.site()?;
    for phone in [&mut cast.li, &mut cast.chen, &mut cast.liu, &mut cast.sun] {
        phone.create(stage.now, &CHECKIN, checked("off", site))?;
        phone.sync(stage.now).await?;
    }
    stage.act(
        cast.li.person,
        &Text::new(
            "evening meeting at the site: all check out but Wang Jianguo, who forgets it.",
            "案场晚会：大家打了下班卡，只有王建国忘了。",
        ),
    )
}

/// AT-9: a missed check is asked for, and granted.
pub(super) async fn forgotten(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("19:00").await?;
    let (li, wang) = (&mut cast.li, &mut cast.wang);
    let fields = json!({
        "want": "missed_check", "type": "off", "at": stage.rfc3339("18:02"), "reason": "晚会后直接回家，忘记打下班卡"
    });
    let request = wang.create(stage.now, &REQUEST, fields)?;
    wang.sync(stage.now).await?;
    stage.act(wang.person, &Text::new("asks for the check he missed at 18:02.", "申请补 18:02 的下班卡。"))?;
    stage.at("19:03").await?;
    li.sync(stage.now).await?;
    li.command(stage.now, &REQUEST, request, "approve", json!({}))?;
    li.sync(stage.now).await?;
    stage.act(li.person, &Text::new("saw him there, and grants it.", "当时见到本人，同意补卡。"))?;
    wang.sync(stage.now).await?;
    stage.verdict(wang, request, &Text::new("request", "申请"), ("approved", &["AT-9"])).map(drop)
}

/// AT-1, AT-5, AT-12: what the day came to, closed at midnight.
pub(super) async fn closed(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("09:32").await?;
    let path = format!("/v1/projects/{}/attendance?day={}", stage.project, Stage::story_day());
    let day: AttendanceDay = eventually("the day to be closed", async || {
        let day: AttendanceDay = cast.xuli.get(&path).await?;
        Ok(day.people.iter().all(|each| each.closed).then_some(day))
    })
    .await?;
    let told = |day: &PersonDay| {
        let flags = day.flags.iter().map(|flag| flag.rule.as_str());
        let words: Vec<&str> = day.outcome.iter().map(|outcome| outcome.as_str()).chain(flags).collect();
        format!("{} {}", day.person.name, words.join(" "))
    };
    let all = day.people.iter().map(told).collect::<Vec<_>>().join(" · ");
    for part in ["陈晓雨 on_time", "王建国 on_time", "刘洋 late AT-12", "李华 on_time", "周岚 absent"] {
        check(all.contains(part), part, &all)?;
    }
    stage.act(
        cast.xuli.person,
        &Text::new("looks at yesterday's attendance, closed at midnight.", "查看昨日考勤，零点已自动关账。"),
    )?;
    stage.remark(&say!("{all}", "{all}"))
}

fn checked(kind: &str, place: Place) -> Value {
    let location = json!({"lat": place.lat, "lng": place.lng, "accuracy_m": 10.0, "mocked": false});
    json!({"type": kind, "location": location})
}
