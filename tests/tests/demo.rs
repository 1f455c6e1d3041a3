//! `baobei demo`, as a new user runs it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs;
use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Deserializer, Value};
use tempfile::TempDir;
use tests::api::{Api, read};
use tests::engine::Engine;
use tests::process::{ServerProcess, binary};

const OP_LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/demo/day");
const ORG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/demo/org.json");

fn demo(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.arg("demo").args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Plays the day to its end and returns what was told.
fn told(args: &[&str]) -> String {
    let output = demo(args).arg("--exit").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of a story from one on that contains `head`.
fn scene<'a>(story: &'a str, head: &str) -> impl Iterator<Item = &'a str> {
    let mut lines = story.lines().skip_while(move |line| !line.contains(head)).peekable();
    assert!(lines.peek().is_some(), "{head:?} is not told:\n{story}");
    lines
}

#[test]
fn the_day_is_told_in_time_order_with_every_ruling_and_its_rules() {
    let story = told(&["--listen", "127.0.0.1:0"]);
    for (head, ruling, rule) in [
        ("from the breakfast stall", "check-in: void", "AT-22 no"),
        ("shows 11:19", "check-in: on time", "AT-5  yes"),
        ("09:26  Liu Yang", "check-in: late", "AT-5  no"),
        ("the check-in of 09:19", "check-in: on time", "AT-5  yes"),
        ("10:05  Chen Xiaoyu", "number: protected", "PR-2  yes"),
        ("10:40  Huang Haitao", "number: contested", "PR-2  no"),
        ("fourteen minutes after her phone", "spot check: answered", "AT-11 yes"),
        ("for twelve minutes, checks the display", "visit: counted", "OV-5  yes"),
        ("and grants it", "request: approved", "AT-9  yes"),
        ("thirty minutes after", "sheet: valid", "BK-1  yes"),
        ("twenty-nine minutes after", "sheet: void", "BK-1  no"),
        ("countersigns", "sheet: valid", "PR-1  yes"),
        ("comes in with Ms Sun", "sheet: valid", "BK-11 yes"),
        ("comes in with Mr Gao", "sheet: void", "BK-14 no"),
        ("Zhou Zhiqiang arrives", "sheet: review", "BK-5  unclear"),
        ("calls Lin Jing, and decides", "sheet: valid", "BK-5  yes"),
        ("and returns it", "log: returned", "WL-6  no"),
        ("approves version", "log: approved", "WL-6  yes"),
        ("Tongcheng's day of yesterday", "day: failed", "BK-9  no"),
        ("settles it on the records", "case: settled", "DS-3  yes"),
        ("and upholds it", "case: final", "DS-4  yes"),
        ("and upholds it", "number: protected", "DS-4  yes     Settled for you until 2027-01-20 11:30"),
    ] {
        let lines: Vec<&str> = scene(&story, head).take(8).collect();
        let near = lines.join("\n");
        assert!(near.contains(ruling) && near.contains(rule), "after {head:?}: no {ruling:?} by {rule:?} in\n{near}");
    }
    let flowing = story.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "11 of 12 have not yet",
        "everybody is off, for a training trip (AT-4)",
        "3 of her team are in, 1 is not: Wang Jianguo",
        "witnesses the whole post at once (AT-10)",
        "device-forked: op 3",
        "Nothing is lost",
        "and merges them (OV-2)",
        "120 flyers, 12 contacts, 2 interested",
        "it is approved",
        "says 5 visits where the records have 0 (WL-16)",
        "刘洋 late AT-12",
        "three hours before they are due (WL-9)",
        "24 days off, 1 late",
        "one of two teams has handed in",
        "is given 1 of 2 logs to inspect",
    ] {
        assert!(flowing.contains(line), "{line:?} is not told:\n{story}");
    }
    let (day, _) = story.split_once("The next morning").unwrap();
    let times: Vec<&str> = day.lines().filter(|line| line.get(2..3) == Some(":")).map(|line| &line[..5]).collect();
    let today = &times[1..];
    assert!(times.len() > 30 && today.is_sorted(), "{times:?}");
    assert!(!story.contains("13812345678") && !story.contains("13600001111"), "a full number is told");
    let equal = scene(&story, "copy = server").skip(1).take(9);
    assert_eq!(equal.filter(|line| line.trim_end().ends_with('✓')).count(), 8, "{story}");
}

#[test]
fn the_day_is_told_in_chinese() {
    let story = told(&["--listen", "127.0.0.1:0", "--lang", "zh"]);
    for line in
        ["周四早晨", "渠道客户确认单", "报备 2026-11-19 11:31，到访 2026-11-19 12:00，相距不足 30 分钟。", "尾声"]
    {
        assert!(story.contains(line), "{line:?} is not told:\n{story}");
    }
}

#[test]
fn the_op_logs_in_the_repository_are_what_the_phones_of_the_day_record() {
    let home = TempDir::new().unwrap();
    let (dir, logs) = (home.path().join("day"), home.path().join("logs"));
    told(&["--listen", "127.0.0.1:0", "--dir", dir.to_str().unwrap(), "--op-logs", logs.to_str().unwrap()]);
    let (kept, recorded) = (files(Path::new(OP_LOGS)), files(&logs));
    let names = |files: &[PathBuf]| files.iter().map(|file| file.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&kept), names(&recorded));
    assert_eq!(kept.len(), 8);
    for (kept, recorded) in kept.iter().zip(&recorded) {
        let (kept_text, recorded) = (fs::read_to_string(kept).unwrap(), fs::read_to_string(recorded).unwrap());
        assert!(
            kept_text == recorded,
            "{} is outdated: run `baobei demo --exit --op-logs server/demo/day`",
            kept.display()
        );
    }
    // the phones are left in the folder, and are real ones
    let status = Command::new(binary())
        .args(["--json", "phone", "--state", dir.join("phones/liuyang.json").to_str().unwrap(), "status"])
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    // a second day is not played on top of the first
    assert!(!demo(&["--exit", "--dir", dir.to_str().unwrap()]).output().unwrap().status.success());
}

#[tokio::test]
async fn every_op_log_is_replayed_by_a_phone_in_the_terminal() {
    let server = ServerProcess::start(Engine::Sqlite).await;
    assert!(server.run(["org", "import", ORG]).status.success());
    for log in files(Path::new(OP_LOGS)) {
        let username = log.file_stem().unwrap().to_str().unwrap();
        let state = server.home().join(username).display().to_string();
        let phone = |args: &[&str], typed: &str| {
            let mut command = Command::new(binary());
            command.args(["--json", "phone", "--state", &state]).args(args);
            let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = piped.spawn().unwrap();
            child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{username} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice::<Value>(&output.stdout).unwrap()
        };
        let api = server.api();
        let login = ["login", "--server", api.base(), "--org", "qingshan", "--username", username];
        phone(&login, &format!("{username}-demo-2026\n"));
        phone(&["sync"], ""); // the outlets of the project, which somebody edits
        let drafts = fs::read_to_string(&log).unwrap().lines().filter(|line| !line.starts_with('#')).count();
        assert!(drafts > 0);
        assert_eq!(phone(&["replay", log.to_str().unwrap()], "")["ops"], drafts);
        let synced = phone(&["sync"], "");
        assert_eq!((&synced["acknowledged"], &synced["pending"]), (&drafts.into(), &0.into()), "{username}: {synced}");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn it_serves_on_at_another_port_and_the_requests_it_prints_work() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut child = demo(&["--json", "--listen", &address]).stdout(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap());
    let told = Deserializer::from_reader(told).into_iter::<Value>().next().unwrap().unwrap();
    let url = told["url"].as_str().unwrap();
    assert_ne!(url, format!("http://{address}"));
    let requests: Vec<&str> = told["requests"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let [login, rulings, sheets] = requests[..] else { panic!("three requests: {requests:?}") };
    let quoted = |request: &str, place: usize| request.split('\'').nth(place).unwrap().to_owned();
    let body: Value = serde_json::from_str(&quoted(login, 3)).unwrap();
    let api = Api::new(url);
    let session: Value = api.post("/v1/auth/login", &body).await.unwrap();
    let api = api.with_token(session["access_token"].as_str().unwrap());
    let path = |request: &str| quoted(request, 1).strip_prefix(url).unwrap().to_owned();
    let rulings: Value = read(api.request(Method::GET, &path(rulings))).await.unwrap();
    assert_eq!(rulings[0]["outcome"], "void");
    assert_eq!(rulings[0]["reasons"][0]["rule"], "BK-1");
    let sheets: Value = api.get(&path(sheets)).await.unwrap();
    assert_eq!(sheets["items"].as_array().unwrap().len(), 6, "{sheets}");
    assert!(api.request(Method::GET, "/docs").send().await.unwrap().status().is_success());
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(asked.success() && child.wait().unwrap().success());
}
