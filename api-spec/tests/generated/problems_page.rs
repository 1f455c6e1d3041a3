//! `problems.md`: every problem in two languages.

use std::fmt::Write as _;

use api_spec::problem::{Code, Entry, MEDIA_TYPE, TYPE_BASE};

pub(crate) fn page() -> String {
    let mut page = format!(
        "# Problems · 错误一览\n\n\
        Made from the problem table in `src/problem/code.rs`; not to be edited by hand.\n\
        本页由 `src/problem/code.rs` 中的错误表生成，请勿手工修改。\n\n\
        Every error is answered as `{MEDIA_TYPE}` (RFC 9457): `type` (`{TYPE_BASE}<code>`, an identifier), `title`, `status`, `detail`\n\
        (what to do), `code`, `request_id`, `errors` (`[{{pointer, message}}]`, every mistake with its place) and the members that stand in\n\
        braces below. Texts follow `Accept-Language`. Programs act on `code`, and on `status` where they do not know the code.\n\
        The same codes stand in `outcomes[].rule` of the exchange; the status then is only what the refusal would be over plain HTTP.\n\n\
        | status | code | problem | what to do |\n|---|---|---|---|\n"
    );
    for code in Code::ALL {
        let Entry { code, status, title, what_to_do } = code.entry();
        let row =
            format!("| {status} | `{code}` | {}<br>{} | {}<br>{} |", title.en, title.zh, what_to_do.en, what_to_do.zh);
        writeln!(page, "{row}").unwrap();
    }
    page
}
