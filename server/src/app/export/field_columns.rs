//! The columns of the lists of field work: outlets and their months.

use api_spec::locale::Locale;
use api_spec::notices::{Audience, ListedNotice, Receipt};
use api_spec::outlets::{FunnelDay, OutletCard, OutletMonth, OutletPair, OverdueLead};
use api_spec::primitives::Person;
use uuid::Uuid;

use super::columns::{heading, optional, word};
use super::{Cell, Columns, Reader};

/// OV-3, OV-4: outlets by month.
pub fn outlet_months(locale: Locale) -> Columns<OutletMonth> {
    let titles = [
        ("Month", "月份"),
        ("Outlet", "点位"),
        ("Grade", "等级"),
        ("Team", "组别"),
        ("Owner", "建档人"),
        ("Counted", "有效拜访"),
        ("Asked for", "要求"),
        ("State", "状态"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &OutletMonth| {
        vec![
            (&item.month).into(),
            (&item.name).into(),
            optional(item.grade.as_ref()),
            team(reader, item.team),
            name(item.owner.as_ref()),
            number(item.counted),
            number(item.quota),
            word(item.state),
            item.outlet.to_string().into(),
        ]
    };
    Columns { name: "outlet_months", heading: heading(locale, &titles), row: Box::new(row) }
}

/// OV-9: outlets.
pub fn outlets(locale: Locale) -> Columns<OutletCard> {
    let titles = [
        ("Outlet", "点位"),
        ("Grade", "等级"),
        ("Team", "组别"),
        ("Owner", "建档人"),
        ("Opened", "建档日期"),
        ("Last lead", "最近线索"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &OutletCard| {
        vec![
            (&item.name).into(),
            optional(item.grade.as_ref()),
            team(reader, item.team),
            name(item.owner.as_ref()),
            item.opened_on.to_string().into(),
            item.idle_from.to_string().into(),
            item.id.to_string().into(),
        ]
    };
    Columns { name: "outlets", heading: heading(locale, &titles), row: Box::new(row) }
}

/// OV-2: cards that may be one outlet's.
pub fn outlet_pairs(locale: Locale) -> Columns<OutletPair> {
    let titles = [
        ("Since", "时间"),
        ("One", "点位一"),
        ("Other", "点位二"),
        ("Why", "原因"),
        ("Id of one", "编号一"),
        ("Id of other", "编号二"),
    ];
    let row = |reader: &Reader<'_>, item: &OutletPair| {
        vec![
            reader.time(item.at.0),
            (&item.one.name).into(),
            (&item.other.name).into(),
            (&item.why).into(),
            item.one.id.to_string().into(),
            item.other.id.to_string().into(),
        ]
    };
    Columns { name: "outlet_duplicates", heading: heading(locale, &titles), row: Box::new(row) }
}

/// OV-7: what everybody is to read.
pub fn notices(locale: Locale) -> Columns<ListedNotice> {
    let titles = [
        ("Published", "发布时间"),
        ("Title", "标题"),
        ("Text", "内容"),
        ("Team", "组别"),
        ("Company", "渠道公司"),
        ("By", "发布人"),
        ("Due", "阅读期限"),
        ("Readers", "应读人数"),
        ("Read", "已读人数"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &ListedNotice| {
        let notice = &item.notice;
        let (of_team, company) = match notice.audience {
            Audience::All => (None, None),
            Audience::Team(team) => (Some(team), None),
            Audience::Partner(partner) => (None, Some(partner)),
        };
        vec![
            reader.time(notice.at.0),
            (&notice.title).into(),
            (&notice.text).into(),
            team(reader, of_team),
            reader.company(company),
            (&item.author.name).into(),
            reader.time(notice.due.0),
            number(notice.readers),
            item.read.map_or(Cell::from(""), number),
            notice.id.to_string().into(),
        ]
    };
    Columns { name: "notices", heading: heading(locale, &titles), row: Box::new(row) }
}

/// OV-7: whom a notice reached.
pub fn receipts(locale: Locale) -> Columns<Receipt> {
    let titles =
        [("Reader", "人员"), ("Team", "组别"), ("State", "状态"), ("Delivered", "送达时间"), ("Read", "阅读时间")];
    let row = |reader: &Reader<'_>, item: &Receipt| {
        let time = |at: Option<api_spec::primitives::Instant>| at.map_or(Cell::from(""), |at| reader.time(at.0));
        vec![
            (&item.user.name).into(),
            team(reader, item.team),
            word(item.state),
            time(item.delivered_at),
            time(item.read_at),
        ]
    };
    Columns { name: "receipts", heading: heading(locale, &titles), row: Box::new(row) }
}

/// From contacts to deals.
pub fn funnel(locale: Locale) -> Columns<FunnelDay> {
    let titles = [
        ("Day", "日期"),
        ("Flyers", "派单"),
        ("Contacts", "接触"),
        ("Interested", "意向"),
        ("Brought", "带访"),
        ("Leads", "线索"),
        ("Bookings", "报备"),
        ("Arrivals", "到访"),
        ("Deals", "成交"),
    ];
    let row = |_: &Reader<'_>, item: &FunnelDay| {
        let counts = [
            item.flyers,
            item.contacts,
            item.interested,
            item.brought,
            item.leads,
            item.bookings,
            item.arrivals,
            item.deals,
        ];
        std::iter::once(item.day.to_string().into()).chain(counts.map(number)).collect()
    };
    Columns { name: "funnel", heading: heading(locale, &titles), row: Box::new(row) }
}

/// FW-10: leads that lie waiting.
pub fn overdue_leads(locale: Locale) -> Columns<OverdueLead> {
    let titles = [
        ("Customer", "客户"),
        ("Number", "电话"),
        ("Owner", "跟进人"),
        ("Team", "组别"),
        ("Last follow-up", "最近跟进"),
        ("Planned for", "计划跟进"),
        ("Waiting since", "逾期起始"),
        ("Id", "编号"),
    ];
    let row = |reader: &Reader<'_>, item: &OverdueLead| {
        vec![
            (&item.name).into(),
            optional(item.phone_masked.as_ref()),
            name(item.owner.as_ref()),
            team(reader, item.team),
            item.touched_on.to_string().into(),
            item.next_follow_on.map_or(Cell::from(""), |day| day.to_string().into()),
            item.overdue_since.to_string().into(),
            item.lead.to_string().into(),
        ]
    };
    Columns { name: "overdue_leads", heading: heading(locale, &titles), row: Box::new(row) }
}

fn team(reader: &Reader<'_>, team: Option<Uuid>) -> Cell {
    optional(team.and_then(|team| reader.directory.teams.get(&team)).map(|team| &team.name))
}

fn name(person: Option<&Person>) -> Cell {
    optional(person.map(|person| &person.name))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn number(count: u64) -> Cell {
    Cell::Number(count as f64)
}
