//! The evidence of a case as one page in both languages, to be read, printed and kept: nothing is loaded from elsewhere, everything is escaped.

use api_spec::disputes::{Evidence, EvidenceFact, EvidenceOp};
use chrono::{LocalResult, TimeZone as _};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};
use sync_core::time::Moment;

/// Width of the drawing of moments.
const WIDTH: i64 = 720;
/// Height of one line of it.
const LINE: i64 = 22;
/// Room for the names of its lines.
const NAMES: i64 = 200;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}\
    table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}\
    pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;padding:.5rem;margin:.3rem 0}code{overflow-wrap:anywhere;font-size:.85em}\
    small{color:#666}svg{max-width:100%;height:auto;border:1px solid #ccc}";

/// The page.
pub(super) fn page(evidence: &Evidence) -> Markup {
    let case = &evidence.dispute;
    let zone = evidence.timezone.parse().unwrap_or(Tz::UTC);
    let time = |at: i64| local(at, zone);
    html! {
        (DOCTYPE)
        html lang="zh-Hans" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "判客证据 · Evidence " (case.id) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "判客证据 · Evidence of a dispute" }
                table {
                    (row("案件 · Case", &case.id.to_string()))
                    (row("客户 · Customer", &format!("{} {}", case.customer.name, case.customer.phone_masked)))
                    (row("状态 · State", &word(&case.state)))
                    (row("层级 · Level", &word(&case.level)))
                    (row("立案 · Opened", &time(case.opened_at.0)))
                    @if let Some(due) = case.due { (row("应裁决 · Due", &time(due.0))) }
                    (row("政策版本 · Policy version", &evidence.policy_version.to_string()))
                    (row("时区 · Time zone", &evidence.timezone))
                    (row("生成 · Put together", &time(evidence.at.0)))
                }
                h2 { "时间 · Moments" }
                p { small { "线段为可证明的时间区间，圆点为手机所称时间。A line is the interval that is proved, a dot what the phone says." } }
                (drawing(evidence, zone))
                h2 { "当事方 · Parties" }
                table {
                    tr { th { "#" } th { "角色 · Role" } th { "归属方 · Holder" } }
                    @for party in &case.parties {
                        tr {
                            td { (party.party) @if party.you { " （本方 · you）" } }
                            td { (word(&party.role)) @if party.withdrawn { " · 已撤回 withdrawn" } }
                            td { (party.name.as_deref().unwrap_or("—")) }
                        }
                    }
                }
                h2 { "记录 · Records" }
                table {
                    tr { th { "类型 · Kind" } th { "当事方 · Party" } th { "状态 · State" } th { "时间 · Moment" } th { "至 · Until" } }
                    @for fact in &evidence.facts {
                        tr {
                            td { (fact.kind) br; code { (fact.id) } }
                            td { (letter(fact.party.as_ref())) }
                            td { (fact.state) }
                            td { (interval(&fact.moment, zone)) }
                            td { @if let Some(until) = fact.until { (time(until.0)) } }
                        }
                    }
                }
                h2 { "操作原文 · Ops" }
                p { small { "任何人可核对：原文（UTF-8）的 SHA-256 即摘要。Anybody can check: the SHA-256 of a text, as UTF-8, is its digest." } }
                @for op in &evidence.ops { (op_of(op, zone)) }
                h2 { "裁定 · Rulings" }
                table {
                    tr { th { "时间 · At" } th { "对象 · Subject" } th { "结果 · Outcome" } th { "理由 · Reasons" } }
                    @for ruling in &evidence.rulings {
                        tr {
                            td { (time(ruling.at.0)) }
                            td { (ruling.kind) br; code { (ruling.subject) } }
                            td { (ruling.outcome) }
                            td { @for reason in &ruling.reasons { (reason.rule) " " (word(&reason.answer)) ": " (reason.message) br; } }
                        }
                    }
                }
                h2 { "陈述 · What was said" }
                table {
                    tr { th { "时间 · At" } th { "当事方 · Party" } th { "行为 · Act" } th { "内容 · Text" } }
                    @for entry in &case.entries {
                        tr {
                            td { (time(entry.at.0)) }
                            td { (letter(entry.party.as_ref())) }
                            td { (entry.act) }
                            td { (entry.text.as_deref().unwrap_or("—")) }
                        }
                    }
                }
            }
        }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th { (name) } td { (value) } } }
}

fn letter(party: Option<&String>) -> &str {
    party.map_or("—", String::as_str)
}

/// A word of the wire, as it stands there.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// An instant as the people of the project read it, with the offset from UTC.
fn local(at: i64, zone: Tz) -> String {
    match zone.timestamp_millis_opt(at) {
        LocalResult::Single(at) => at.format("%Y-%m-%d %H:%M:%S%.3f %:z").to_string(),
        LocalResult::Ambiguous(..) | LocalResult::None => at.to_string(),
    }
}

fn interval(moment: &Moment, zone: Tz) -> String {
    if moment.earliest == moment.latest {
        return local(moment.latest, zone);
    }
    format!("{} – {}", local(moment.earliest, zone), local(moment.latest, zone))
}

fn op_of(op: &EvidenceOp, zone: Tz) -> Markup {
    html! {
        table {
            (row("记录 · Record", &format!("{} {}", op.kind, op.record)))
            (row("当事方 · Party", letter(op.party.as_ref())))
            (row("序号 · Seq", &op.seq.to_string()))
            (row("时间 · Moment", &format!("{} ({})", interval(&op.moment, zone), word(&op.moment.grade))))
            (row("结果 · Outcome", &op.status))
            (row("上一摘要 · Prev", &op.prev.to_string()))
            (row("摘要 · Digest", &op.digest.to_string()))
            tr { th { "原文 · Text" } td {
                @match &op.text { Some(text) => { pre { (text) } } None => { "仅营销中心与本人可见 · for the office and its author" } }
            } }
        }
    }
}

/// Moments as intervals on one axis of time.
fn drawing(evidence: &Evidence, zone: Tz) -> Markup {
    let of_op = |op: &EvidenceOp| (format!("{} {} #{}", letter(op.party.as_ref()), op.kind, op.seq), op.moment);
    let of_fact = |fact: &EvidenceFact| (format!("{} {}", letter(fact.party.as_ref()), fact.kind), fact.moment);
    let shown = evidence.facts.iter().filter(|fact| fact.kind == "confirmation" || fact.kind == "protection");
    let mut lines: Vec<(String, Moment)> = evidence.ops.iter().map(of_op).chain(shown.map(of_fact)).collect();
    lines.sort_by_key(|(_, moment)| (moment.latest, moment.earliest));
    let from = lines.iter().map(|(_, moment)| moment.earliest).min().unwrap_or_default();
    let until = lines.iter().map(|(_, moment)| moment.latest).max().unwrap_or_default();
    let span = (until - from).max(1);
    let x = |at: i64| NAMES + (at - from).saturating_mul(WIDTH - NAMES - 20) / span;
    let height = LINE * (i64::try_from(lines.len()).unwrap_or_default() + 1);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}")) role="img" {
            @for (place, (name, moment)) in (0..).zip(&lines) {
                @let y = LINE * place + LINE / 2;
                text x="4" y=(y + 4) font-size="12" { (name) }
                line x1=(x(moment.earliest)) y1=(y) x2=(x(moment.latest) + 2) y2=(y) stroke="#2a6" stroke-width="6" {
                    title { (interval(moment, zone)) }
                }
                @if let Some(claimed) = moment.claimed {
                    circle cx=(x(claimed)) cy=(y) r="4" fill="#c33" {}
                }
            }
            text x=(NAMES) y=(height - 6) font-size="11" { (local(from, zone)) }
            text x=(WIDTH - 20) y=(height - 6) font-size="11" text-anchor="end" { (local(until, zone)) }
        }
    }
}
