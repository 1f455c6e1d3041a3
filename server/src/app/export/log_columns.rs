//! The columns of the lists of daily logs.

use api_spec::locale::Locale;
use api_spec::logs::{DailyLog, DayFacts, MissingLog};
use api_spec::weeks::EveningPerson;

use super::columns::{heading, optional, word};
use super::{Cell, Columns, Reader};

/// WL: daily logs.
pub fn daily_logs(locale: Locale) -> Columns<DailyLog> {
    let titles = [
        ("Day", "日期"),
        ("Author", "填写人"),
        ("Phase", "阶段"),
        ("Items", "工作内容"),
        ("Progress", "进展"),
        ("Problems", "问题"),
        ("Suggestions", "建议"),
        ("Results", "成果"),
        ("Plan for tomorrow", "明日计划"),
        ("Submitted", "提交时间"),
        ("To be read by", "应审阅时间"),
        ("Facts", "当日数据"),
        ("Contradictions", "不符之处"),
        ("Id", "编号"),
    ];
    let row = move |reader: &Reader<'_>, item: &DailyLog| {
        vec![
            item.day.to_string().into(),
            (&item.owner.name).into(),
            word(item.phase),
            (&item.items).into(),
            optional(item.progress.as_ref()),
            optional(item.problems.as_ref()),
            optional(item.suggestions.as_ref()),
            optional(item.results.as_ref()),
            optional(item.plan_tomorrow.as_ref()),
            item.submitted.as_ref().map_or(Cell::from(""), |moment| reader.time(moment.latest)),
            item.review_due.map_or(Cell::from(""), |due| reader.time(due.0)),
            item.facts.as_ref().map_or_else(String::new, |facts| facts_in_words(facts, locale)).into(),
            item.contradictions.iter().map(|found| found.words.as_str()).collect::<Vec<_>>().join("\n").into(),
            item.id.to_string().into(),
        ]
    };
    Columns { name: "daily_logs", heading: heading(locale, &titles), row: Box::new(row) }
}

/// WL-1: who was there and handed no log in.
pub fn missing_logs(locale: Locale) -> Columns<MissingLog> {
    let titles = [("Day", "日期"), ("Person", "人员"), ("Team", "团队")];
    let row = |reader: &Reader<'_>, item: &MissingLog| {
        let team = item.team.and_then(|team| reader.directory.teams.get(&team));
        vec![item.day.to_string().into(), (&item.person.name).into(), optional(team.map(|team| &team.name))]
    };
    Columns { name: "missing_logs", heading: heading(locale, &titles), row: Box::new(row) }
}

/// WL-7: a team's evening.
pub fn evening(locale: Locale) -> Columns<EveningPerson> {
    let titles = [
        ("Person", "人员"),
        ("Team", "团队"),
        ("Present", "在岗"),
        ("Log missing", "缺日志"),
        ("Log", "日志阶段"),
        ("Contradictions", "不符之处"),
        ("Facts", "当日数据"),
    ];
    let row = move |reader: &Reader<'_>, item: &EveningPerson| {
        let team = item.team.and_then(|team| reader.directory.teams.get(&team));
        let found = item.log.iter().flat_map(|log| &log.contradictions).map(|found| found.words.as_str());
        vec![
            (&item.person.name).into(),
            optional(team.map(|team| &team.name)),
            word(item.present),
            word(item.missing),
            item.log.as_ref().map_or(Cell::from(""), |log| word(log.phase)),
            found.collect::<Vec<_>>().join("\n").into(),
            facts_in_words(&item.facts, locale).into(),
        ]
    };
    Columns { name: "evening", heading: heading(locale, &titles), row: Box::new(row) }
}

/// What was counted of a day, without what there was nothing of.
fn facts_in_words(facts: &DayFacts, locale: Locale) -> String {
    let counted = [
        ("visits", "拜访", Some(facts.visits)),
        ("flyers", "传单", Some(facts.flyers)),
        ("contacts", "接触", Some(facts.contacts)),
        ("interested", "意向", Some(facts.interested)),
        ("brought", "带访", Some(facts.brought)),
        ("leads", "线索", Some(facts.leads)),
        ("bookings", "报备", Some(facts.bookings)),
        ("arrivals", "到访", Some(facts.arrivals)),
        ("minutes", "分钟", facts.minutes),
    ];
    let word = |(en, zh, count): (&str, &str, Option<u32>)| {
        let count = count.filter(|count| *count > 0)?;
        Some(format!("{} {count}", if locale == Locale::Zh { zh } else { en }))
    };
    counted.into_iter().filter_map(word).collect::<Vec<_>>().join(", ")
}
