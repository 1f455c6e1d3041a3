//! The columns of each list that people take away.

use api_spec::attendance::{MonthMinutes, PersonDay, PersonMonth};
use api_spec::audit::AuditEntry;
use api_spec::desk::{Booking, Confirmation, SheetReason};
use api_spec::locale::Locale;
use api_spec::rulings::Review;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sync_core::exchange::Verdict;
use sync_core::kinds;
use sync_core::time::Moment;
use uuid::Uuid;

use super::{Cell, Columns, Reader};

/// The heading in the caller's language.
pub(super) fn heading(locale: Locale, titles: &[(&str, &str)]) -> Vec<String> {
    titles.iter().map(|(en, zh)| if locale == Locale::Zh { *zh } else { *en }.to_owned()).collect()
}

/// BK-2: the booking feed.
pub fn bookings(locale: Locale) -> Columns<Booking> {
    let titles = [
        ("Received", "接收时间"),
        ("Customer", "客户"),
        ("Number", "电话"),
        ("Route", "方式"),
        ("Booked by", "报备人"),
        ("Company", "渠道公司"),
        ("Consultant", "置业顾问"),
        ("Area", "区域"),
        ("Note", "备注"),
        ("Phase", "阶段"),
        ("Verdict", "结论"),
        ("Rules", "规则"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &Booking| {
        vec![
            reader.time(item.moment.latest),
            (&item.customer_name).into(),
            (&item.phone_masked).into(),
            word(item.route),
            (&item.subject.as_ref().unwrap_or(&item.owner).name).into(),
            reader.company(item.partner),
            reader.name(item.consultant),
            optional(item.area.as_ref()),
            optional(item.note.as_ref()),
            (&item.phase).into(),
            outcome(item.verdict.as_ref()),
            rules(item.verdict.as_ref()),
            item.id.to_string().into(),
        ]
    };
    Columns { name: "bookings", heading: heading(locale, &titles), row: Box::new(row) }
}

/// CF: the sheets.
pub fn sheets(locale: Locale) -> Columns<Confirmation> {
    let titles = [
        ("Arrived", "到访时间"),
        ("Customer", "客户"),
        ("Number", "电话"),
        ("Route", "方式"),
        ("Verdict", "结论"),
        ("Rules", "规则"),
        ("Holder", "归属人"),
        ("Company", "渠道公司"),
        ("Consultant", "置业顾问"),
        ("Companions", "同行人数"),
        ("State", "状态"),
        ("Signed", "顾问签字"),
        ("Confirmed", "负责人签字"),
        ("Protected until", "保护期至"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &Confirmation| {
        let time = |at: Option<api_spec::primitives::Instant>| at.map_or(Cell::from(""), |at| reader.time(at.0));
        let rules: Vec<_> = item.reasons.iter().map(|SheetReason { rule, .. }| rule.as_str()).collect();
        vec![
            reader.time(item.arrived_at.0),
            (&item.customer.name).into(),
            (&item.customer.phone_masked).into(),
            word(item.route),
            word(item.status),
            rules.join(" ").into(),
            reader.name(item.holder.and_then(|holder| holder.user)),
            reader.company(item.holder.and_then(|holder| holder.partner)),
            optional(item.consultant.as_ref().map(|consultant| &consultant.name)),
            Cell::Number(f64::from(u32::try_from(item.companions.len()).unwrap_or(u32::MAX))),
            word(item.state),
            time(item.signed_at),
            time(item.confirmed_at),
            time(item.protected_until),
            item.id.to_string().into(),
        ]
    };
    Columns { name: "confirmations", heading: heading(locale, &titles), row: Box::new(row) }
}

/// Records of one kind: a column for each field that is declared.
pub fn records(locale: Locale, kind: &str) -> Columns<Box<RawValue>> {
    let fields: Vec<&'static str> = kinds::ALL
        .iter()
        .find(|known| known.name == kind)
        .map(|known| known.fields.iter().map(|field| field.name).collect())
        .unwrap_or_default();
    let titles =
        [("Received", "接收时间"), ("Owner", "记录人"), ("Phase", "阶段"), ("Verdict", "结论"), ("Rules", "规则")];
    let mut all = heading(locale, &titles);
    all.extend(fields.iter().map(|field| (*field).to_owned()));
    all.extend(heading(locale, &[("Id", "编号")]));
    let cells = move |reader: &Reader<'_>, item: &RawValue| {
        let record: Value = serde_json::from_str(item.get()).unwrap_or_default();
        let id = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let verdict = serde_json::from_value::<Option<Verdict>>(record["verdict"].clone()).ok().flatten();
        let received = record["created"]["latest"].as_str().and_then(|text| sync_core::time::rfc3339::parse(text).ok());
        let mut cells = vec![
            received.map_or(Cell::from(""), |at| reader.time(at)),
            reader.name(id(&record["owner"])),
            value(&record["phase"]),
            outcome(verdict.as_ref()),
            rules(verdict.as_ref()),
        ];
        cells.extend(fields.iter().map(|field| value(&record["body"][field])));
        cells.push(value(&record["id"]));
        cells
    };
    Columns { name: "records", heading: all, row: Box::new(move |reader, item| cells(reader, item)) }
}

/// What waits for a person.
pub fn reviews(locale: Locale) -> Columns<Review> {
    let titles = [
        ("Since", "时间"),
        ("Kind", "类型"),
        ("Owner", "记录人"),
        ("Rules", "规则"),
        ("Why", "原因"),
        ("Choices", "可选结论"),
        ("Subject", "对象编号"),
        ("Ruling", "裁定编号"),
    ];
    let row = |reader: &Reader<'_>, item: &Review| {
        let reasons = &item.ruling.reasons;
        let rules: Vec<_> = reasons.iter().map(|reason| reason.rule.as_str()).collect();
        let words: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
        vec![
            reader.time(item.ruling.at.0),
            (&item.ruling.kind).into(),
            optional(item.owner.as_ref().map(|owner| &owner.name)),
            rules.join(" ").into(),
            words.join("\n").into(),
            item.choices.join(" ").into(),
            item.ruling.subject.to_string().into(),
            item.ruling.id.to_string().into(),
        ]
    };
    Columns { name: "reviews", heading: heading(locale, &titles), row: Box::new(row) }
}

/// AT: a day of attendance.
pub fn attendance(locale: Locale) -> Columns<PersonDay> {
    let titles = [
        ("Day", "日期"),
        ("Person", "人员"),
        ("Team", "小组"),
        ("Outcome", "结论"),
        ("Arrived", "到岗"),
        ("Left", "离岗"),
        ("Minutes late", "迟到分钟"),
        ("Minutes early", "早退分钟"),
        ("Minutes worked", "出勤分钟"),
        ("Minutes of breaks", "休息分钟"),
        ("Rules", "规则"),
        ("Flags", "标记"),
    ];
    let row = |reader: &Reader<'_>, item: &PersonDay| {
        let time =
            |moment: Option<Moment>| moment.map_or(Cell::from(""), |moment| reader.time(moment.by_claim().latest));
        let flags: Vec<_> = item.flags.iter().map(|flag| flag.rule.as_str()).collect();
        vec![
            item.day.to_string().into(),
            (&item.person.name).into(),
            team(reader, item.team),
            item.outcome.map_or(Cell::from(""), word),
            time(item.arrived),
            time(item.left),
            count(item.minutes.late),
            count(item.minutes.early),
            count(item.minutes.worked),
            count(Some(item.minutes.breaks)),
            rules(item.verdict.as_ref()),
            flags.join(" ").into(),
        ]
    };
    Columns { name: "attendance", heading: heading(locale, &titles), row: Box::new(row) }
}

/// MC-1: a month of attendance, a column for each of its days.
pub fn months(locale: Locale, days: Vec<NaiveDate>) -> Columns<PersonMonth> {
    let mut all = heading(locale, &[("Person", "人员"), ("Team", "小组")]);
    all.extend(days.iter().map(|day| day.format("%d").to_string()));
    let totals = ["on_time", "late", "early_leave", "absent", "review", "off", "excused"];
    all.extend(heading(
        locale,
        &[
            ("On time", "正常"),
            ("Late", "迟到"),
            ("Left early", "早退"),
            ("Absent", "缺勤"),
            ("In review", "待判"),
            ("Off", "休息"),
            ("Excused", "请假"),
            ("Minutes late", "迟到分钟"),
            ("Minutes early", "早退分钟"),
            ("Minutes worked", "出勤分钟"),
        ],
    ));
    let row = move |reader: &Reader<'_>, item: &PersonMonth| {
        let mut cells = vec![(&item.person.name).into(), team(reader, item.team)];
        let on = |day: &NaiveDate| item.days.iter().find(|each| each.day == *day);
        cells.extend(days.iter().map(|day| on(day).map_or(Cell::from(""), |day| word(day.outcome))));
        cells.extend(totals.iter().map(|name| count(item.totals.get(*name).map(|days| i64::from(*days)).or(Some(0)))));
        let MonthMinutes { late, early, worked, .. } = item.minutes;
        cells.extend([late, early, worked].map(|minutes| count(Some(minutes))));
        cells
    };
    Columns { name: "attendance_month", heading: all, row: Box::new(row) }
}

/// The name of a team.
fn team(reader: &Reader<'_>, team: Option<Uuid>) -> Cell {
    let team = team.and_then(|team| reader.directory.teams.get(&team));
    optional(team.map(|team| &team.name))
}

fn count(number: Option<i64>) -> Cell {
    number.map_or(Cell::from(""), |number| Cell::Number(f64::from(i32::try_from(number).unwrap_or(i32::MAX))))
}

/// The audit trail.
pub fn acts(locale: Locale) -> Columns<AuditEntry> {
    let titles = [
        ("At", "时间"),
        ("Who", "操作人"),
        ("Act", "操作"),
        ("Subject", "对象"),
        ("Project", "项目"),
        ("Detail", "详情"),
    ];
    let row = |reader: &Reader<'_>, item: &AuditEntry| {
        let project = item.project.and_then(|project| reader.directory.projects.get(&project));
        vec![
            reader.time(item.at.0),
            optional(item.actor.as_ref().map(|actor| &actor.name)),
            (&item.act).into(),
            optional(item.subject.as_ref()),
            optional(project.map(|project| &project.name)),
            value(&item.detail),
        ]
    };
    Columns { name: "audit", heading: heading(locale, &titles), row: Box::new(row) }
}

pub(super) fn optional(text: Option<&String>) -> Cell {
    text.map_or(Cell::from(""), Cell::from)
}

/// A word as JSON writes it.
pub(super) fn word(word: impl Serialize) -> Cell {
    value(&serde_json::to_value(word).unwrap_or_default())
}

/// A JSON value: texts bare, lists of texts joined, the rest as JSON.
fn value(value: &Value) -> Cell {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.into(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string().into(), Cell::Number),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ").into()
        }
        other => other.to_string().into(),
    }
}

fn outcome(verdict: Option<&Verdict>) -> Cell {
    optional(verdict.map(|verdict| &verdict.outcome))
}

fn rules(verdict: Option<&Verdict>) -> Cell {
    let rules = verdict.into_iter().flat_map(|verdict| &verdict.reasons);
    rules.map(|reason| reason.rule.as_str()).collect::<Vec<_>>().join(" ").into()
}
