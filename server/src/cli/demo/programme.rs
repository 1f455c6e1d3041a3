//! Before the day: where it takes place, and who is who.

use std::net::SocketAddr;

use api_spec::locale::{Locale, Text};
use comfy_table::Cell;

use super::cast::PEOPLE;
use super::narrator::say;
use super::stage::Stage;
use crate::cli::failure::Failure;
use crate::cli::terminal::{FAINT, STRONG, styled, table};

/// Tells who is who.
///
/// # Errors
/// When it cannot be told.
pub(super) fn read_out(stage: &Stage, url: &str, taken: Option<SocketAddr>) -> Result<(), Failure> {
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
    let mut rows = table(&match narrator.locale() {
        Locale::En => ["name", "", "login", "", ""],
        Locale::Zh => ["姓名", "", "登录名", "", ""],
    });
    for person in &PEOPLE {
        let phone = person.phone.map_or_else(String::new, |number| match narrator.locale() {
            Locale::En => format!("phone {number}"),
            Locale::Zh => format!("手机 {number}"),
        });
        rows.add_row([
            Cell::new(person.name.get(Locale::En)),
            Cell::new(person.name.get(Locale::Zh)),
            Cell::new(person.username),
            Cell::new(narrator.words(&person.does)),
            Cell::new(phone),
        ]);
    }
    narrator.show(&format!("\n{rows}"))
}
