//! WL-16: the words that the reader of logs knows, in Chinese and in English.

use super::evidence::Counted;

/// What is counted, by the word for it; the longer of two words that begin alike first.
pub(super) const KEYWORDS: &[(&str, Counted)] = &[
    ("拜访", Counted::Visits),
    ("走访", Counted::Visits),
    ("陌拜", Counted::Visits),
    ("陌访", Counted::Visits),
    ("传单", Counted::Flyers),
    ("单页", Counted::Flyers),
    ("折页", Counted::Flyers),
    ("派单", Counted::Flyers),
    ("接触", Counted::Contacts),
    ("意向", Counted::Interested),
    ("留电", Counted::Leads),
    ("线索", Counted::Leads),
    ("客资", Counted::Leads),
    ("报备", Counted::Bookings),
    ("到访", Counted::Arrivals),
    ("来访", Counted::Arrivals),
    ("带访", Counted::Brought),
    ("带看", Counted::Brought),
    ("visited", Counted::Visits),
    ("visits", Counted::Visits),
    ("visit", Counted::Visits),
    ("flyers", Counted::Flyers),
    ("flyer", Counted::Flyers),
    ("leaflets", Counted::Flyers),
    ("leaflet", Counted::Flyers),
    ("contacted", Counted::Contacts),
    ("contacts", Counted::Contacts),
    ("contact", Counted::Contacts),
    ("interested", Counted::Interested),
    ("leads", Counted::Leads),
    ("lead", Counted::Leads),
    ("bookings", Counted::Bookings),
    ("booking", Counted::Bookings),
    ("booked", Counted::Bookings),
    ("arrivals", Counted::Arrivals),
    ("arrival", Counted::Arrivals),
    ("arrived", Counted::Arrivals),
    ("brought", Counted::Brought),
];
/// Words for hours, which stand right behind their number.
pub(super) const HOURS: &[&str] = &["个小时", "小时", "个钟头", "hours", "hour"];
/// A clause with one of these tells of no deed of the day.
pub(super) const ELSEWHERE: &[&str] = &[
    "计划",
    "打算",
    "准备",
    "预计",
    "目标",
    "争取",
    "明天",
    "明日",
    "下周",
    "昨天",
    "昨日",
    "本周",
    "上周",
    "本月",
    "上月",
    "累计",
    "截至",
    "未",
    "没",
    "取消",
    "plan",
    "tomorrow",
    "yesterday",
    "target",
    "goal",
    "week",
    "month",
    "so far",
    "not ",
    "no ",
    "cancel",
];
/// Chinese measures of what is counted.
pub(super) const MEASURES: &str = "家个组位人名份张条批次单户套间拨";
/// What may stand between a number and its measure: ten and some.
pub(super) const AND_SOME: &str = "多余几";
/// A number before one of these is a date, a time, a price or a place.
pub(super) const OTHER_UNITS: &str = "月日号点时分秒年岁元块万亿楼栋层座米公里折期天周度路";
/// A number that touches one of these is part of something else.
pub(super) const TOUCHING: &str = "-~–—/%*#第.+";
/// How far a number and its word stand apart at most: characters, or English words.
pub(super) const GAP: usize = 6;
pub(super) const GAP_WORDS: usize = 2;

/// English numerals.
pub(super) const ENGLISH: &[(&str, u32)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("twenty", 20),
    ("thirty", 30),
    ("fifty", 50),
];

/// A full-width character as its ASCII twin, in lower case.
pub(super) fn plain(c: char) -> char {
    let narrow = match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    narrow.to_ascii_lowercase()
}
