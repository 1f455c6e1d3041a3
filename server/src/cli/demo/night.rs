//! At the end: whether phones and server agree, and how often what was ruled.

use std::collections::BTreeMap;

use api_spec::desk::Confirmation;
use api_spec::locale::{Locale, Text};
use api_spec::primitives::Page;
use serde::Serialize;
use serde_json::json;

use super::cast::Cast;
use super::narrator::{say, word};
use super::phone::Phone;
use super::stage::{Stage, check};
use crate::cli::failure::Failure;
use crate::cli::terminal::table;

/// How the day ended.
#[derive(Debug, Serialize)]
pub(super) struct Night {
    phones: Vec<AtNight>,
    rulings: Vec<Standing>,
}

/// How many records of a kind stand with an outcome.
#[derive(Debug, Serialize)]
struct Standing {
    kind: String,
    outcome: String,
    count: usize,
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
    /// Recorded and acknowledged under a device that was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_device: Option<(u64, u64)>,
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
            lost_device: phone.lost.as_ref().map(|lost| (lost.recorded, lost.acknowledged)),
            buckets: served.len(),
            checksums_equal: own == served,
        }
    }
}

/// Lets every phone synchronise once more, compares its copy with the server's, and tells both.
///
/// # Errors
/// When something is still pending, or a copy differs.
pub(super) async fn fall(stage: &mut Stage, cast: &mut Cast) -> Result<Night, Failure> {
    for phone in cast.phones_mut() {
        phone.sync(stage.now).await?;
    }
    let night = Night { phones: cast.phones().map(AtNight::of).into(), rulings: standing(stage, cast).await? };
    let differs = |phone: &&AtNight| {
        phone.pending > 0 || phone.recorded != phone.acknowledged || phone.buckets == 0 || !phone.checksums_equal
    };
    let differing: Vec<&AtNight> = night.phones.iter().filter(differs).collect();
    check(differing.is_empty(), "every phone to agree with the server", &json!(differing))?;
    stage.chapter(&Text::new("At the end", "尾声"))?;
    show(stage, cast, &night)?;
    Ok(night)
}

/// What stands on the phones, and on the sheets of the site.
async fn standing(stage: &Stage, cast: &mut Cast) -> Result<Vec<Standing>, Failure> {
    let sheets = format!("/v1/projects/{}/confirmations?day={}", stage.project, Stage::story_day());
    let sheets: Page<Confirmation> = cast.xuli.get(&sheets).await?;
    let sheets = sheets.items.iter().map(|sheet| (sheet.id, ("confirmation".to_owned(), word(&sheet.status))));
    let records = cast.phones().into_iter().flat_map(|phone| phone.replica.records());
    let records = records.filter_map(|record| Some((record.id, (record.kind, record.verdict?.outcome))));
    let verdicts: BTreeMap<_, _> = records.chain(sheets).collect();
    let counts = verdicts.into_values().fold(BTreeMap::new(), |mut counts, verdict| {
        *counts.entry(verdict).or_default() += 1;
        counts
    });
    Ok(counts.into_iter().map(|((kind, outcome), count)| Standing { kind, outcome, count }).collect())
}

fn show(stage: &Stage, cast: &Cast, night: &Night) -> Result<(), Failure> {
    let narrator = &stage.narrator;
    let mut phones = table(&match narrator.locale() {
        Locale::En => ["phone", "", "ops recorded", "acknowledged", "pending", "buckets", "copy = server"],
        Locale::Zh => ["手机", "", "已记录操作", "已确认", "待同步", "数据桶", "副本 = 服务器"],
    });
    for (phone, night) in cast.phones().into_iter().zip(&night.phones) {
        let name = narrator.words(&phone.person.name).to_owned();
        let counts = [night.recorded, night.acknowledged, night.pending as u64, night.buckets as u64];
        let equal = if night.checksums_equal { "✓" } else { "✗" };
        let cells = [night.phone.to_string(), name.clone()].into_iter().chain(counts.map(|count| count.to_string()));
        if let Some((recorded, acknowledged)) = night.lost_device {
            let name = say!("{name}, in the lake", "{name}（落水的）");
            let counts = [recorded, acknowledged, recorded - acknowledged].map(|count| count.to_string());
            let cells = [night.phone.to_string(), narrator.words(&name).to_owned()];
            phones.add_row(cells.into_iter().chain(counts));
        }
        phones.add_row(cells.chain([equal.to_owned()]));
    }
    let mut rulings = table(&match narrator.locale() {
        Locale::En => ["what was ruled on", "outcome", "how many"],
        Locale::Zh => ["判定对象", "结果", "数量"],
    });
    for Standing { kind, outcome, count } in &night.rulings {
        rulings.add_row([kind.clone(), outcome.clone(), count.to_string()]);
    }
    narrator.show(&format!("{phones}\n\n{rulings}"))
}
