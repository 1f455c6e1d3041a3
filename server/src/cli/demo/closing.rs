//! Before the day: who is who. After it: whether phones and server agree, and how to go on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use api_spec::locale::{Locale, Text};
use comfy_table::Cell;
use serde::Serialize;
use serde_json::json;

use super::cast::{Cast, ORG, PEOPLE};
use super::narrator::say;
use super::phone::Phone;
use super::stage::{Stage, check};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{FAINT, GOOD, STRONG, Terminal, styled, table};

/// Tells who is who.
///
/// # Errors
/// When it cannot be told.
pub(super) fn introduce(stage: &Stage, url: &str, taken: Option<SocketAddr>) -> Result<(), Failure> {
    let narrator = &stage.narrator;
    let title = Text::new("Baobei 报备 — a day in the field", "报备 — 外场的一天");
    narrator.show(&styled(STRONG, narrator.words(&title)))?;
    let server = say!(
        "A server on embedded SQLite at {url}, eight phones, real HTTP. Only time is set.\nPhones make claims, the server makes rulings: every ▸ below is the server's own answer.",
        "内嵌 SQLite 的服务器在 {url}，八部手机，真实 HTTP，只有时间是设定的。\n手机提出主张，服务器作出判定：下文每个 ▸ 都是服务器的原话。",
    );
    narrator.show(narrator.words(&server))?;
    if let Some(taken) = taken {
        let note = say!("({taken} is taken, so this port was chosen.)", "（{taken} 已被占用，故换用此端口。）");
        narrator.show(&styled(FAINT, narrator.words(&note)))?;
    }
    let mut rows = table(&[]);
    for person in &PEOPLE {
        let phone = person.phone.map_or_else(String::new, |number| match narrator.locale() {
            Locale::En => format!("phone {number}"),
            Locale::Zh => format!("手机 {number}"),
        });
        rows.add_row([
            Cell::new(person.name.get(Locale::En)),
            Cell::new(person.name.get(Locale::Zh)),
            Cell::new(narrator.words(&person.does)),
            Cell::new(phone),
        ]);
    }
    narrator.show(&format!("\n{rows}"))
}

/// One phone at the end of the day.
#[derive(Debug, Serialize)]
struct AtNight {
    phone: u8,
    username: &'static str,
    recorded: u64,
    acknowledged: u64,
    pending: usize,
    rejected: usize,
    buckets: usize,
    checksums_equal: bool,
}

impl AtNight {
    fn of(phone: &Phone) -> Self {
        let status = phone.replica.status();
        let own = status.buckets.iter().map(|bucket| (&bucket.bucket, bucket.count, bucket.checksum));
        let served = phone.served.iter().map(|bucket| (&bucket.bucket, bucket.count, bucket.checksum));
        let own: BTreeMap<_, _> = own.map(|(name, count, checksum)| (name, (count, checksum))).collect();
        let served: BTreeMap<_, _> = served.map(|(name, count, checksum)| (name, (count, checksum))).collect();
        Self {
            phone: phone.person.phone.unwrap_or_default(),
            username: phone.person.username,
            recorded: status.recorded,
            acknowledged: status.acknowledged,
            pending: status.pending,
            rejected: status.rejected,
            buckets: served.len(),
            checksums_equal: own == served,
        }
    }
}

/// Lets every phone synchronise once more, and compares its copy with the server's.
///
/// # Errors
/// When something is still pending, or a copy differs.
pub(super) async fn compare(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    for phone in cast.phones_mut() {
        phone.sync(stage.now).await?;
        let night = AtNight::of(phone);
        let agree = night.pending == 0 && night.recorded == night.acknowledged && night.checksums_equal;
        check(agree, "a phone that agrees with the server", &json!(night))?;
    }
    stage.chapter(&Text::new("At night", "当晚"))?;
    let narrator = &stage.narrator;
    let header = match narrator.locale() {
        Locale::En => ["phone", "", "ops recorded", "acknowledged", "pending", "buckets", "copy = server"],
        Locale::Zh => ["手机", "", "已记录操作", "已确认", "待同步", "桶", "副本 = 服务器"],
    };
    let mut rows = table(&header);
    for phone in cast.phones() {
        let night = AtNight::of(phone);
        let cells = [u64::from(night.phone).to_string(), narrator.words(&phone.person.name).to_owned()];
        let counts = [night.recorded, night.acknowledged, night.pending as u64, night.buckets as u64];
        let equal = if night.checksums_equal { "✓" } else { "✗" };
        rows.add_row(cells.into_iter().chain(counts.map(|count| count.to_string())).chain([equal.to_owned()]));
    }
    narrator.show(&format!("{rows}\n"))?;
    let mut rulings = table(&match narrator.locale() {
        Locale::En => ["what was ruled on", "outcome", "how many"],
        Locale::Zh => ["判定对象", "结果", "数量"],
    });
    for ((kind, outcome), count) in outcomes(cast) {
        rulings.add_row([kind, outcome, count.to_string()]);
    }
    narrator.show(&rulings.to_string())
}

/// How many records stand with which verdict, over all phones.
fn outcomes(cast: &Cast) -> BTreeMap<(String, String), usize> {
    let records = cast.phones().into_iter().flat_map(|phone| phone.replica.records());
    let verdicts = records.filter_map(|record| Some((record.id, (record.kind, record.verdict?.outcome))));
    let verdicts: BTreeMap<_, _> = verdicts.collect();
    verdicts.into_values().fold(BTreeMap::new(), |mut counts, verdict| {
        *counts.entry(verdict).or_default() += 1;
        counts
    })
}

/// Puts the phones into files, and what they recorded into op logs.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn hand_over(stage: &Stage, cast: &Cast, home: &Path, op_logs: Option<&Path>) -> Result<(), Failure> {
    for phone in cast.phones() {
        phone.put_down(&home.join("phones").join(phone.person.username).with_extension("json"))?;
        let Some(folder) = op_logs else { continue };
        let file = folder.join(phone.person.username).with_extension("jsonl");
        let head = format!("# {} · {}", phone.person.name.zh, stage.day());
        let lines = std::iter::once(head).chain(phone.recorded.iter().map(ToString::to_string));
        let text = lines.collect::<Vec<_>>().join("\n") + "\n";
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text));
        written
            .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be written: {error}", file.display())))?;
    }
    Ok(())
}

/// How it ended, for machines.
#[derive(Debug, Serialize)]
struct Told<'a, L> {
    url: &'a str,
    story: &'a L,
    phones: Vec<AtNight>,
    rulings: Vec<Standing>,
}

#[derive(Debug, Serialize)]
struct Standing {
    kind: String,
    outcome: String,
    count: usize,
}

/// Says how to go on: address, logins, and three requests that work when pasted.
///
/// # Errors
/// When it cannot be told.
pub(super) fn farewell(
    stage: &Stage,
    cast: &Cast,
    home: &Path,
    url: &str,
    goes_on: bool,
    terminal: Terminal,
) -> Result<(), Failure> {
    let phones = cast.phones().into_iter().map(AtNight::of).collect();
    let rulings = outcomes(cast).into_iter().map(|((kind, outcome), count)| Standing { kind, outcome, count });
    let told = Told { url, story: stage.narrator.lines(), phones, rulings: rulings.collect() };
    let rest = goes_on.then(|| go_on(stage, cast, home, url));
    terminal.answer(&told, |out| rest.map_or(Ok(()), |rest| writeln!(out, "{rest}")))
}

/// Address, logins, phones, and three requests.
fn go_on(stage: &Stage, cast: &Cast, home: &Path, url: &str) -> String {
    let narrator = &stage.narrator;
    let (first, phones) = (cast.xuli.person.username, home.join("phones").display().to_string());
    let serving = say!("Serving {url}; Ctrl-C ends it.", "正在 {url} 提供服务，Ctrl-C 结束。");
    let words = say!(
        "Documentation: {url}/docs\nLogins: org {ORG}, any username of {phones} or {first}, password <username>-demo-2026\nTake a phone into your hand: baobei phone --state {phones}/liuyang.json status\nTry, one after the other:",
        "文档：{url}/docs\n账号：公司 {ORG}，用户名见 {phones} 下各文件，或 {first}；密码为 <用户名>-demo-2026\n拿起一部手机：baobei phone --state {phones}/liuyang.json status\n依次试试：",
    );
    let requests = requests(cast, url).map(|request| format!("\n  {request}")).concat();
    format!("\n{}\n{}{requests}", styled(GOOD, narrator.words(&serving)), narrator.words(&words))
}

/// Three requests that work when pasted into a shell, the first one first.
fn requests(cast: &Cast, url: &str) -> [String; 3] {
    let (reader, wang) = (cast.xuli.person.username, cast.wang.person.id());
    let login = json!({"org": ORG, "username": reader, "password": format!("{reader}-demo-2026")});
    let bearer = "-H \"authorization: Bearer $TOKEN\"";
    [
        format!(
            "TOKEN=$(curl -s {url}/v1/auth/login -H 'content-type: application/json' -d '{login}' | sed -E 's/.*\"access_token\":\"([^\"]+)\".*/\\1/')"
        ),
        format!("curl -s {bearer} {url}/v1/me"),
        format!("curl -s {bearer} '{url}/v1/devices?user={wang}'"),
    ]
}
