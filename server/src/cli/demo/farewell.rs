//! How to go on: the phones in files, the logins, and three requests to try.

use std::path::Path;

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::cast::{Cast, ORG};
use super::narrator::say;
use super::night::Night;
use super::stage::Stage;
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{GOOD, Terminal, styled};

/// Puts the phones into files, and what they recorded into op logs.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn put_down(cast: &Cast, home: &Path, op_logs: Option<&Path>) -> Result<(), Failure> {
    for phone in cast.phones() {
        phone.put_down(&home.join("phones").join(phone.person.username).with_extension("json"))?;
        let Some(folder) = op_logs else { continue };
        let file = folder.join(phone.person.username).with_extension("jsonl");
        let head = format!("# {} · {}", phone.person.name.zh, Stage::story_day());
        let lines = std::iter::once(head).chain(phone.recorded.iter().map(ToString::to_string));
        let text = lines.collect::<Vec<_>>().join("\n") + "\n";
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text));
        written
            .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be written: {error}", file.display())))?;
    }
    Ok(())
}

/// Everything that was told, for machines.
#[derive(Debug, Serialize)]
struct Told<'a, L> {
    url: &'a str,
    story: &'a L,
    #[serde(flatten)]
    night: &'a Night,
    requests: &'a [String; 3],
}

/// Where the day took place, and what is worth asking about.
#[derive(Debug)]
pub(super) struct Souvenir<'a> {
    /// The server's URL.
    pub(super) url: &'a str,
    /// The folder with the phones.
    pub(super) home: &'a Path,
    /// A subject with rulings.
    pub(super) subject: Uuid,
}

/// Says how to go on, when the server does; machines get the whole day.
///
/// # Errors
/// When it cannot be told.
pub(super) fn tell(
    stage: &Stage,
    cast: &Cast,
    night: &Night,
    souvenir: &Souvenir<'_>,
    goes_on: bool,
    terminal: Terminal,
) -> Result<(), Failure> {
    let requests = requests(stage, cast, souvenir);
    let told = Told { url: souvenir.url, story: stage.narrator.lines(), night, requests: &requests };
    let rest = goes_on.then(|| go_on(stage, cast, souvenir, &requests));
    terminal.answer(&told, |out| rest.map_or(Ok(()), |rest| writeln!(out, "{rest}")))
}

fn go_on(stage: &Stage, cast: &Cast, souvenir: &Souvenir<'_>, requests: &[String; 3]) -> String {
    let narrator = &stage.narrator;
    let Souvenir { url, home, .. } = souvenir;
    let phone = home.join("phones").join(cast.liu.person.username).with_extension("json").display().to_string();
    let serving = say!("Serving {url} until Ctrl-C.", "正在 {url} 提供服务，Ctrl-C 结束。");
    let words = say!(
        "Documentation: {url}/docs\nLogins: org {ORG}, the names above, password <login>-demo-2026\nTake up a phone: baobei phone --state {phone} status\nAsk the server yourself, one after the other:",
        "文档：{url}/docs\n账号：公司 {ORG}，登录名见上表，密码为 <登录名>-demo-2026\n拿起一部手机：baobei phone --state {phone} status\n自己问问服务器，依次执行：",
    );
    let requests: Vec<String> = requests.iter().map(|request| format!("\n  {request}")).collect();
    format!("\n{}\n{}{}", styled(GOOD, narrator.words(&serving)), narrator.words(&words), requests.concat())
}

/// Three requests that work when pasted into a shell, the first one first: log in, why a sheet is void, the day's sheets.
fn requests(stage: &Stage, cast: &Cast, souvenir: &Souvenir<'_>) -> [String; 3] {
    let Souvenir { url, subject, .. } = souvenir;
    let (login, project, day) = (cast.xuli.person.username, stage.project, Stage::story_day());
    let body = json!({"org": ORG, "username": login, "password": format!("{login}-demo-2026")});
    let token = r#"sed -E 's/.*"access_token":"([^"]+)".*/\1/'"#;
    let curl = r#"curl -s -H "authorization: Bearer $TOKEN""#;
    [
        format!("TOKEN=$(curl -s -H 'content-type: application/json' -d '{body}' {url}/v1/auth/login | {token})"),
        format!("{curl} '{url}/v1/rulings?subject={subject}'"),
        format!("{curl} '{url}/v1/projects/{project}/confirmations?day={day}'"),
    ]
}
