//! When the week is over: its logs are handed in, a sample is drawn, the office looks at the month and the week (WL-8, WL-9, MC-1).

use api_spec::attendance::MonthSheet;
use api_spec::locale::Text;
use api_spec::office_week::OfficeWeek;
use api_spec::outlets::FunnelDay;
use api_spec::primitives::Page;
use api_spec::weeks::{LogSample, WeekSheet};
use serde_json::json;

use crate::app::import_org::id_of;
use crate::cli::demo::cast::{Cast, ORG};
use crate::cli::demo::colleague::Colleague;
use crate::cli::demo::narrator::say;
use crate::cli::demo::stage::{Stage, check, eventually};
use crate::cli::failure::Failure;

pub(super) async fn over(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    for _ in 0..3 {
        stage.next_day();
    }
    stage.chapter(&Text::new("Monday", "下周一"))?;
    stage.at("09:00").await?;
    handed_in(stage, cast).await?;
    counted(stage, cast).await?;
    stage.at("12:01").await?;
    sampled(stage, cast).await
}

/// WL-9: by Monday, 12:00.
async fn handed_in(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    let mut li = Colleague::new(stage, cast.li.person)?;
    let path = format!("/v1/teams/{}/weeks/{WEEK}/hand-in", id_of(ORG, "team", &["t1"]));
    let sheet: WeekSheet = li.post(&path, None, &json!({"remark": "周四三个点位，其余培训"})).await?;
    let handed_in = sheet.handed_in.as_ref();
    check(handed_in.is_some_and(|handed_in| !handed_in.late), "a week handed in in time", &json!(handed_in))?;
    let checksum: String =
        handed_in.map_or_else(String::new, |handed_in| handed_in.checksum.chars().take(12).collect());
    let (days, missing) = (sheet.rows.len(), sheet.rows.iter().filter(|row| row.log.is_none()).count());
    stage.act(
        li.person,
        &say!(
            "hands in the week's logs three hours before they are due (WL-9): {days} days of her people, {missing} without a log. Sealed as {checksum}….",
            "提前三小时上交本周日志（WL-9）：{days} 个人日，其中 {missing} 个没有日志。校验和 {checksum}…。",
        ),
    )
}

/// What the office takes away.
async fn counted(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    let (project, office) = (stage.project, &mut cast.xuli);
    let month: MonthSheet = eventually("the days of the week-end to be closed", async || {
        let month: MonthSheet = office.get(&format!("/v1/projects/{project}/attendance/months/2026-11")).await?;
        Ok(month.people.iter().all(|each| each.totals.get("off").copied().unwrap_or_default() == 3).then_some(month))
    })
    .await?;
    let total = |outcome: &str| month.people.iter().filter_map(|each| each.totals.get(outcome)).sum::<u32>();
    let (people, off, late) = (month.people.len(), total("off"), total("late"));
    stage.act(
        office.person,
        &say!(
            "opens the month sheet: {people} persons, {off} days off, {late} late. She may close November when no day is in review (MC-1).",
            "打开月度考勤表：{people} 人，调休 {off} 天，迟到 {late} 次。没有待判的人日后即可关账（MC-1）。",
        ),
    )?;
    let week: Page<OfficeWeek> = office.get(&format!("/v1/projects/{project}/week?week={WEEK}")).await?;
    let handed_in =
        week.items.iter().filter_map(|row| row.team.as_ref()).filter(|team| team.handed_in_at.is_some()).count();
    check(handed_in == 1, "one team that handed in", &json!(week))?;
    let day = Stage::story_day();
    let funnel: Page<FunnelDay> = office.get(&format!("/v1/projects/{project}/funnel?from={day}&until={day}")).await?;
    let FunnelDay { flyers, contacts, interested, leads, bookings, arrivals, .. } =
        funnel.items.first().copied().unwrap_or_default();
    check(flyers == 120 && arrivals > 0, "the day's funnel", &json!(funnel))?;
    stage.remark(&say!(
        "Her week: one of two teams has handed in. Thursday's funnel: {flyers} flyers, {contacts} contacts, {interested} interested, {leads} leads, {bookings} bookings, {arrivals} arrivals.",
        "本周概览：两个小组中一组已上交。周四漏斗：派单 {flyers}，接触 {contacts}，意向 {interested}，线索 {leads}，报备 {bookings}，到访 {arrivals}。",
    ))
}

/// WL-8: drawn by a seed that nobody chooses.
async fn sampled(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    let path = format!("/v1/projects/{}/log-samples/{WEEK}", stage.project);
    let office = &mut cast.xuli;
    let sample: LogSample = eventually("the sample to be drawn", async || {
        let sample: LogSample = office.get(&path).await?;
        Ok(sample.drawn_at.is_some().then_some(sample))
    })
    .await?;
    let (drawn, of) = (sample.items.len(), sample.logs);
    check(drawn == 1, "one log drawn", &drawn)?;
    stage.act(
        office.person,
        &say!(
            "is given {drawn} of {of} logs to inspect, drawn when the week was due (WL-8).",
            "收到本周抽查：{of} 份日志中抽中 {drawn} 份（WL-8）。",
        ),
    )
}

const WEEK: &str = "2026-W47";
