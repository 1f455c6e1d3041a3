//! Who should be where, as tables.

use api_spec::locale::Locale;
use api_spec::rosters::RosterEntry;
use api_spec::spot_checks::SpotCheck;
use api_spec::teams::MorningPerson;

use super::columns::{heading, optional, word};
use super::{Cell, Columns, Reader};

/// AT-2: what everybody does on which day.
pub fn rosters(locale: Locale) -> Columns<RosterEntry> {
    let titles = [
        ("Day", "日期"),
        ("Team", "组别"),
        ("Name", "姓名"),
        ("Plan", "安排"),
        ("Start", "上班"),
        ("End", "下班"),
        ("On site by", "到岗时限"),
        ("Off", "休息原因"),
        ("Rules", "规则"),
    ];
    let row = |reader: &Reader<'_>, item: &RosterEntry| {
        let rules: Vec<_> = item.warnings.iter().map(|warning| warning.rule.as_str()).collect();
        vec![
            item.day.to_string().into(),
            reader.team(item.team),
            (&item.person.name).into(),
            word(item.plan),
            optional(item.start.as_ref()),
            optional(item.end.as_ref()),
            optional(item.on_site_by.as_ref()),
            item.off.map_or(Cell::from(""), word),
            rules.join(" ").into(),
        ]
    };
    Columns { name: "rosters", heading: heading(locale, &titles), row: Box::new(row) }
}

/// AT-11: who was asked where they are, and what came of it.
pub fn spot_checks(locale: Locale) -> Columns<SpotCheck> {
    let titles = [
        ("Issued", "发起时间"),
        ("By", "发起人"),
        ("Team", "组别"),
        ("Name", "姓名"),
        ("Delivered", "送达时间"),
        ("Due", "应答时限"),
        ("State", "状态"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &SpotCheck| {
        let time = |at: Option<api_spec::primitives::Instant>| at.map_or(Cell::from(""), |at| reader.time(at.0));
        vec![
            reader.time(item.issued_at.0),
            (&item.issued_by.name).into(),
            reader.team(item.team),
            (&item.person.name).into(),
            time(item.reached_at),
            time(item.until),
            (&item.state).into(),
            item.id.to_string().into(),
        ]
    };
    Columns { name: "spot_checks", heading: heading(locale, &titles), row: Box::new(row) }
}

/// The lead's morning.
pub fn morning(locale: Locale) -> Columns<MorningPerson> {
    let titles = [
        ("Team", "组别"),
        ("Name", "姓名"),
        ("State", "状态"),
        ("Checked in", "签到时间"),
        ("Verdict", "结论"),
        ("Plan", "安排"),
        ("On site by", "到岗时限"),
        ("Off", "休息原因"),
        ("Posts", "点位"),
    ];
    let row = |reader: &Reader<'_>, item: &MorningPerson| {
        let posts: Vec<_> = item.posts.iter().map(|post| post.name.as_str()).collect();
        vec![
            reader.team(item.team),
            (&item.person.name).into(),
            word(item.state),
            item.at.map_or(Cell::from(""), |at| reader.time(at.0)),
            optional(item.verdict.as_ref()),
            word(item.plan),
            optional(item.on_site_by.as_ref()),
            item.off.map_or(Cell::from(""), word),
            posts.join(", ").into(),
        ]
    };
    Columns { name: "morning", heading: heading(locale, &titles), row: Box::new(row) }
}
