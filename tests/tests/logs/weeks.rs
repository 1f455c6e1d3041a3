//! WL-9: weeks are handed in and frozen. WL-8: some of their logs are inspected.

use api_spec::audit::AuditEntry;
use api_spec::logs::DailyLog;
use api_spec::primitives::Page;
use api_spec::weeks::{Finding, LogSample, SampledLog, WeekSheet};
use serde_json::{Value, json};
use sync_core::op::Digest;
use tests::world::{self, PROJECT, TEAMS};

use crate::house::{House, check_in, eventually, hand_in, log_id, post_at, refused};
use crate::notices;

const WEEK: &str = "2026-W48";

fn path(team: usize) -> String {
    format!("/v1/teams/{}/weeks/{WEEK}", TEAMS[team])
}

/// A Monday on which somebody of each team hands a log in, and somebody of the first does not.
async fn monday(house: &House) {
    for (username, hands_in) in [("zhangwei", true), ("liuyang", false), ("zhaolei", true)] {
        let mut phone = house.phone(username).await;
        check_in(&mut phone, 0.0);
        if hands_in {
            hand_in(&mut phone, "三个小区");
        }
        house.sync(&mut phone).await;
    }
}

tests::scenarios! {
    async fn wl_9_a_week_is_handed_in_by_monday_noon_and_frozen(engine: Engine) {
        let house = House::open(engine).await;
        monday(&house).await;
        let lead = house.user("lihua").await;
        let hand_in = format!("{}/hand-in", path(0));
        house.at("2026-11-29", "23:59").await;
        let refusal = lead.post::<WeekSheet>(&hand_in, &json!({})).await.unwrap_err();
        assert_eq!((refusal.status, refusal.members["rule"].as_str()), (409, Some("WL-9")), "the week is not over");
        house.at("2026-11-30", "11:59").await;
        let states = |sheet: &WeekSheet| sheet.rows.iter().map(|row| (row.person, row.state.clone())).collect::<Vec<_>>();
        let expected = [(world::id("zhangwei"), "submitted".to_owned()), (world::id("liuyang"), "missing".to_owned())];
        eventually(async || states(&lead.get::<WeekSheet>(&path(0)).await.unwrap()) == expected).await;
        let before: WeekSheet = lead.get(&path(0)).await.unwrap();
        assert_eq!((before.handed_in, before.from.to_string(), before.until.to_string()), (None, "2026-11-23".to_owned(), "2026-11-29".to_owned()));
        for (somebody, expected) in [("huangyan", (403, "forbidden")), ("zhangwei", (404, "not-found")), ("chenjing", (404, "not-found")), ("gaofei", (404, "not-found"))] {
            let answer = house.user(somebody).await.post::<WeekSheet>(&hand_in, &json!({})).await;
            assert_eq!(refused(answer), (expected.0, expected.1.to_owned()), "{somebody}");
        }
        let remark = json!({"remark": "致电 13812345678"});
        let sheet: WeekSheet = lead.post(&hand_in, &remark).await.unwrap();
        assert_eq!(states(&sheet), expected);
        let known = sheet.handed_in.clone().unwrap();
        assert_eq!((known.late, known.remark.as_deref(), known.by.id), (false, Some("致电 138****5678"), world::id("lihua")));
        assert_eq!(known.checksum, Digest::of(&serde_json::to_string(&sheet.rows).unwrap()).to_string());
        assert_eq!(lead.post::<WeekSheet>(&hand_in, &remark).await.unwrap(), sheet, "the same again");
        assert_eq!(refused(lead.post::<WeekSheet>(&hand_in, &json!({})).await), (409, "id-taken".to_owned()));

        let back = format!("/v1/daily-logs/{}/return", log_id("zhangwei"));
        let _: DailyLog = post_at(&lead, &back, 1, &json!({"reason": "哪三个？"})).await.unwrap();
        let after: WeekSheet = house.user("huangyan").await.get(&path(0)).await.unwrap();
        assert_eq!((&after.rows, &after.handed_in), (&sheet.rows, &sheet.handed_in), "frozen");
        let [change] = &after.changed[..] else { panic!("{after:?}") };
        assert_eq!((change.was.as_ref().unwrap().state.as_str(), change.now.state.as_str()), ("submitted", "returned"));
        assert_eq!(refused(lead.get::<WeekSheet>(&path(0).replace(WEEK, "2026-W54")).await), (400, "bad-parameter".to_owned()));
        house.replay().await;
    }

    async fn wl_9_an_overdue_week_is_told_to_the_office_and_late_is_flagged(engine: Engine) {
        let house = House::open(engine).await;
        monday(&house).await;
        let mut office = house.phone("huangyan").await;
        house.at("2026-11-30", "09:00").await;
        let _: WeekSheet = house.user("lihua").await.post(&format!("{}/hand-in", path(0)), &json!({})).await.unwrap();
        house.at("2026-11-30", "12:00").await;
        eventually(async || {
            house.sync(&mut office).await;
            !notices(&office, "WL-9 ").is_empty()
        })
        .await;
        let told = notices(&office, "WL-9 ");
        assert_eq!(told.len(), 1, "the other team handed its week in: {told:?}");
        assert!(told[0].1.contains("2组: the week 2026-W48 was due before 2026-11-30 12:00."), "{told:?}");
        let sheet: WeekSheet = house.user("chenjing").await.post(&format!("{}/hand-in", path(1)), &json!({})).await.unwrap();
        assert!(sheet.handed_in.unwrap().late);
        house.sync(&mut office).await;
        assert!(notices(&office, "WL-9 ")[0].1.contains("is handed in"), "the notice is healed");
        house.replay().await;
    }

    async fn wl_8_some_of_a_weeks_logs_are_inspected(engine: Engine) {
        let house = House::open(engine).await;
        monday(&house).await;
        let office = house.user("huangyan").await;
        let path = format!("/v1/projects/{PROJECT}/log-samples/{WEEK}");
        let open: LogSample = office.get(&path).await.unwrap();
        assert_eq!((open.drawn_at, open.items.len()), (None, 0));
        house.at("2026-11-30", "12:00").await;
        let mut drawn = open;
        eventually(async || {
            drawn = office.get(&path).await.unwrap();
            drawn.drawn_at.is_some()
        })
        .await;
        assert_eq!((drawn.logs, drawn.items.len()), (2, 1), "a tenth, at least one");
        let log = drawn.items[0].log.id;
        let rank = |username: &str| Digest::of(&format!("{PROJECT}:{WEEK}:{}", log_id(username))).0;
        let first = if rank("zhangwei") < rank("zhaolei") { "zhangwei" } else { "zhaolei" };
        assert_eq!(log, log_id(first), "anybody can repeat the draw");
        for (somebody, expected) in [("lihua", (403, "forbidden")), ("zhangwei", (403, "forbidden")), ("gaofei", (404, "not-found"))] {
            assert_eq!(refused(house.user(somebody).await.get::<LogSample>(&path).await), (expected.0, expected.1.to_owned()));
        }
        let inspect = format!("{path}/{log}");
        let doubtful = json!({"finding": "doubtful", "note": "与 13812345678 核对不符"});
        assert_eq!(refused(office.post::<SampledLog>(&inspect, &json!({"finding": "doubtful", "note": " "})).await), (422, "validation".to_owned()));
        let found: SampledLog = office.post(&inspect, &doubtful).await.unwrap();
        let inspection = found.inspection.clone().unwrap();
        assert_eq!((inspection.finding, inspection.note.as_deref()), (Finding::Doubtful, Some("与 138****5678 核对不符")));
        assert_eq!(office.post::<SampledLog>(&inspect, &doubtful).await.unwrap(), found, "the same again");
        assert_eq!(refused(office.post::<SampledLog>(&inspect, &json!({"finding": "ok"})).await), (409, "id-taken".to_owned()));
        let other = if first == "zhangwei" { "zhaolei" } else { "zhangwei" };
        let unchosen = format!("{path}/{}", log_id(other));
        assert_eq!(refused(office.post::<SampledLog>(&unchosen, &json!({"finding": "ok"})).await), (404, "not-found".to_owned()));
        let acts: Page<AuditEntry> = office.get("/v1/audit?act=inspect_log").await.unwrap();
        assert_eq!(acts.items.len(), 1);
        assert_eq!(acts.items[0].detail["note"], Value::from("与 138****5678 核对不符"));
    }
}
