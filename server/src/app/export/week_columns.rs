//! The columns of the back office's week.

use api_spec::locale::Locale;
use api_spec::office_week::{OfficeWeek, WeekOutlets};

use super::columns::heading;
use super::{Cell, Columns, Reader};

/// Outcomes of days, as the week counts them.
const DAYS: [&str; 7] = ["on_time", "late", "early_leave", "absent", "review", "excused", "off"];

/// The project, and each team.
pub fn office_week(locale: Locale) -> Columns<OfficeWeek> {
    let titles = [
        ("Week", "周"),
        ("Team", "团队"),
        ("Lead", "组长"),
        ("People", "人数"),
        ("On time", "准时"),
        ("Late", "迟到"),
        ("Left early", "早退"),
        ("Absent", "缺勤"),
        ("In review", "待核"),
        ("Excused", "请假"),
        ("Off", "休息"),
        ("Logs approved", "日志已批"),
        ("Logs submitted", "日志待批"),
        ("Logs returned", "日志退回"),
        ("Days without log", "缺日志天数"),
        ("Handed in", "提交时间"),
        ("Hand-in late", "逾期提交"),
        ("Outlets at risk", "进度落后门店"),
        ("Outlets short", "未达标门店"),
        ("Visits counted", "有效拜访"),
        ("Visits asked for", "应拜访"),
        ("Open reviews", "待核事项"),
        ("Open disputes", "未结争议"),
        ("Overdue disputes", "逾期争议"),
        ("Overdue sheets", "逾期未签确认单"),
    ];
    let row = |reader: &Reader<'_>, item: &OfficeWeek| {
        let number = |count: u32| Cell::Number(f64::from(count));
        let optional = |count: Option<u32>| count.map_or(Cell::from(""), number);
        let team = item.team.as_ref();
        let mut cells = vec![
            (&item.week).into(),
            team.map_or(Cell::from(""), |team| (&team.name).into()),
            team.and_then(|team| team.lead.as_ref()).map_or(Cell::from(""), |lead| (&lead.name).into()),
            number(item.people),
        ];
        let counted = |of: &std::collections::BTreeMap<String, u32>, word| number(of.get(word).copied().unwrap_or(0));
        cells.extend(DAYS.map(|outcome| counted(&item.days, outcome)));
        cells.extend(["approved", "submitted", "returned"].map(|phase| counted(&item.logs, phase)));
        cells.push(number(item.days_without_log));
        cells.push(team.and_then(|team| team.handed_in_at).map_or(Cell::from(""), |at| reader.time(at.0)));
        cells.push(if team.is_some_and(|team| team.hand_in_late) { "×" } else { "" }.into());
        let outlets = |of: fn(&WeekOutlets) -> u32| number(item.outlets.iter().map(of).sum());
        cells.extend([
            outlets(|month| month.at_risk),
            outlets(|month| month.short),
            outlets(|month| month.counted),
            outlets(|month| month.quota),
        ]);
        cells.push(number(item.open_reviews));
        cells.extend([item.open_disputes, item.overdue_disputes, item.overdue_sheets].map(optional));
        cells
    };
    Columns { name: "office-week", heading: heading(locale, &titles), row: Box::new(row) }
}
