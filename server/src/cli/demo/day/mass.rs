//! A partner's agent books whoever may come: at the day's end it is counted, and where a case is about one of that day, they lose (BK-9, DS-2).

use api_spec::locale::Text;
use api_spec::primitives::Page;
use serde_json::{Value, json};
use sync_core::exchange::Verdict;
use sync_core::kinds::{BOOKING, NOTICE};

use crate::cli::demo::cast::Cast;
use crate::cli::demo::narrator::{Told, say};
use crate::cli::demo::stage::{Stage, check, eventually, needs};
use crate::cli::failure::Failure;

/// Names and masks off a bought list.
const LIST: [(&str, &str); 11] = [
    ("何女士", "138****1001"),
    ("吕先生", "138****1002"),
    ("施女士", "138****1003"),
    ("孔先生", "138****1004"),
    ("曹女士", "138****1005"),
    ("严先生", "138****1006"),
    ("金女士", "138****1007"),
    ("魏先生", "138****1008"),
    ("陶女士", "138****1009"),
    ("姜先生", "138****1010"),
    ("谢女士", "138****1011"),
];

/// In the morning: eleven bookings in one go.
pub(super) async fn booked(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("09:42").await?;
    let lin = &mut cast.lin;
    lin.sync(stage.now).await?;
    for (name, mask) in LIST {
        lin.create(stage.now, &BOOKING, json!({"customer_name": name, "phone_masked": mask, "route": "booked"}))?;
    }
    lin.sync(stage.now).await?;
    let groups = LIST.len();
    stage.act(
        lin.person,
        &say!(
            "books {groups} customers in one go, off a list. Nobody stops her: there is no limit (BK-8).",
            "照着名单一口气报备 {groups} 组客户。没人拦她：报备不限数量（BK-8）。",
        ),
    )?;
    let live = lin.replica.records().into_iter().filter(|record| record.kind == BOOKING.name).count();
    check(live == groups, "eleven bookings on her phone", &live)
}

/// The next morning: the day was counted at midnight, and the office is told.
pub(super) async fn counted(stage: &mut Stage, cast: &mut Cast) -> Result<(), Failure> {
    stage.at("09:30").await?;
    let notice = notice(stage, cast).await?;
    stage.act(
        cast.xuli.person,
        &Text::new(
            "finds a notice about Tongcheng's day of yesterday, counted at midnight.",
            "看到一条通知：同城房产昨日的报备已在零点清点。",
        ),
    )?;
    let verdict: Option<Verdict> = serde_json::from_value(notice["verdict"].clone()).unwrap_or_default();
    let verdict = verdict.ok_or_else(|| needs("a ruling on the partner's day", &notice))?;
    stage.ruling(&Text::new("Tongcheng's day", "同城房产当日"), Told::from(&verdict), ("failed", &["BK-9"]))?;
    stage.remark(&Text::new(
        "Nothing changes for those who came. But in a case, bookings of that day lose (DS-2).",
        "已到访的客户不受影响；但一旦判客，该日的报备不作数（DS-2）。",
    ))
}

/// The notice, which a job writes within moments.
async fn notice(stage: &Stage, cast: &mut Cast) -> Result<Value, Failure> {
    let path = format!("/v1/projects/{}/records?kind={}", stage.project, NOTICE.name);
    eventually("a notice about the partner's day", async || {
        let notices: Page<Value> = cast.xuli.get(&path).await?;
        let about = |notice: &Value| notice["body"]["title"].as_str().is_some_and(|title| title.contains("BK-9"));
        Ok(notices.items.into_iter().find(about))
    })
    .await
}
