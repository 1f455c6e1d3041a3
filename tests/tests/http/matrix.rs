//! Who may call what: every operation × every role, on things of one project, compared with `matrix.txt`.
//!
//! `BLESS=1 cargo test -p tests --test http matrix` writes the file anew. Read what changed in it: each cell is a promise to somebody.

mod call;
mod callers;
mod calls;
mod house;
mod others;
mod table;
mod targets;

use std::collections::BTreeSet;

use futures_util::future::join_all;

use self::call::{Answer, Call, get};
use self::callers::{Caller, Place};
use self::calls::CALLS;
use self::house::House;
use self::table::Row;
use crate::strangers::{OPEN, operations};

/// Sends bytes, which are nobody's: their digest is no id.
const SEND: &str = "PUT /v1/attachments/{sha256}";
/// What everybody on a project has on the phone (P10), though no list shows it to all.
const ON_PHONES: [&str; 4] = ["team", "user", "leaver", "outlet"];
/// Shows every record that one may see.
const HISTORY: Call = get("/v1/records/{id}/history");
/// What is left to a phone that was stolen.
const PUSH: &str = "POST /v1/sync";

/// The calls of every operation of the document, lists also as files.
async fn calls(house: &House) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut known: BTreeSet<String> = CALLS.iter().map(Call::operation).collect();
    for operation in operations(&house.server.api()).await {
        let name = &operation.name;
        let call = CALLS.iter().find(|call| call.operation() == *name);
        let call = call.unwrap_or_else(|| {
            panic!(
                "{name} is new: say in CALLS of tests/tests/http/matrix/calls.rs what it is sent, with a body that is refused for what \
                 it says after it is clear who asks. A new sort of thing it is about is made and named in matrix/house.rs. \
                 Then BLESS=1 cargo test -p tests --test http matrix, and read the new row of matrix.txt."
            )
        });
        known.remove(name);
        calls.push(*call);
        if operation.is_list {
            calls.push(call.as_file());
        }
    }
    assert!(known.is_empty(), "no such operation: take {known:?} out of tests/tests/http/matrix/calls.rs");
    calls
}

/// Whoever has no good token is told so, and nothing else.
fn hold_closed(call: &Call, caller: &Caller, answer: &Answer) {
    let name = format!("{} by {}", call.name(), caller.column);
    match caller.column {
        "ST" if call.operation() == PUSH => assert!(answer.is_success(), "{name}: {answer:?}"),
        "ST" => assert_eq!(answer.refusal(), (403, "push-only"), "{name}"),
        "RV" => assert_eq!(answer.refusal(), (403, "device-revoked"), "{name}"),
        _ => assert_eq!(answer.status, 401, "{name}: {answer:?}"),
    }
}

/// Who may not know of the things learns nothing: each answer is that for ids that nothing has, be they sent together with the others of
/// the project or put in among the own ones.
async fn hold_unaware(house: &House, call: &Call, caller: &Caller, answer: &Answer) {
    let name = format!("{} by {}", call.name(), caller.column);
    let is_about_bytes = call.operation() == SEND;
    assert!(is_about_bytes || !house.is_told_in(&answer.text), "{name}: {answer:?}");
    if call.is_file || (is_about_bytes && caller.place == Place::OtherProject) {
        return; // a list as a file has the filters of the list; what was sent once to an organisation need not be sent again
    }
    let (known, unknown) = (&house.targets, house.targets.unknown());
    if !call.is_same(known, &unknown) {
        assert!(is_about_bytes || [401, 403, 404, 422].contains(&answer.status), "{name}: {answer:?}");
        let other = call.send(&caller.api, &unknown).await;
        assert_eq!(answer.refusal(), other.refusal(), "{name}, as for what does not exist");
    }
    let (mixed, unknown) = (caller.at_home(known.clone()), caller.at_home(unknown));
    if !call.is_same(&mixed, &unknown) && !is_about_bytes {
        let (mixed, unknown) = (call.send(&caller.api, &mixed).await, call.send(&caller.api, &unknown).await);
        assert_eq!(mixed, unknown, "{name}, as for what does not exist, among the own things");
    }
}

/// Somebody of the project who is not shown a thing, and may do nothing with it, does not learn that it exists: the refusal is that for an id
/// that nothing has.
async fn hold_unseen(house: &House, callers: &[Caller], rows: &[Row]) {
    let mut told = Vec::new();
    for (index, caller) in callers.iter().enumerate().filter(|(_, caller)| caller.place == Place::Here) {
        let answers = || rows.iter().map(|row| (&row.call, &row.answers[index]));
        let shown: Vec<&str> = answers().filter(|(call, _)| call.is_look()).map(|(_, answer)| &*answer.text).collect();
        let about = |call: &Call| !call.target.is_empty() && !ON_PHONES.contains(&call.target);
        for (call, answer) in answers().filter(|(call, answer)| about(call) && answer.status == 403) {
            let is_shown = shown.iter().any(|text| text.contains(house.targets.get(call.target)));
            if is_shown || HISTORY.on(call.target).send(&caller.api, &house.targets).await.is_success() {
                continue;
            }
            let unknown = call.send(&caller.api, &house.targets.unknown()).await;
            if answer.refusal() != unknown.refusal() {
                told.push(format!("{} by {}: {}, else {}", call.name(), caller.column, answer.status, unknown.status));
            }
        }
    }
    assert!(told.is_empty(), "who is not shown a thing learns that it exists:\n{}", told.join("\n"));
}

/// What a caller is answered to a call.
async fn answer(house: &House, call: &Call, caller: &Caller) -> Answer {
    let answer = call.send(&caller.api, &house.targets).await;
    assert!(answer.status < 500, "{} by {}: {answer:?}", call.name(), caller.column);
    match caller.place {
        Place::Outside if !OPEN.contains(&&*call.operation()) => hold_closed(call, caller, &answer),
        Place::OtherOrg | Place::OtherProject => hold_unaware(house, call, caller, &answer).await,
        Place::Outside | Place::Here => {}
    }
    answer
}

/// What all of them are answered: all at once, unless it matters who comes first.
async fn answers(house: &House, call: &Call, callers: &[Caller]) -> Vec<Answer> {
    if !call.is_done {
        return join_all(callers.iter().map(|caller| answer(house, call, caller))).await;
    }
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(answer(house, call, caller).await);
    }
    answers
}

tests::scenarios! {
    /// Also: no caller is answered 5xx, who has no good token gets nothing, and who may not know of a thing learns nothing.
    async fn p10_who_may_call_what_is_written_down(engine: Engine) {
        let mut house = House::open(engine).await;
        let server = house.server.api();
        let late = callers::late(&server).await;
        let mut callers = callers::people(&server).await;
        callers.extend(callers::locked_out(&server).await);
        let mut rows = Vec::new();
        for call in calls(&house).await {
            rows.push(Row { call, answers: answers(&house, &call, &callers).await });
        }
        hold_unseen(&house, &callers, &rows).await;
        house.wait().await;
        let answers = join_all(rows.iter().map(|row| answer(&house, &row.call, &late))).await;
        rows.iter_mut().zip(answers).for_each(|(row, answer)| row.answers.push(answer));
        callers.push(late);
        table::check(&table::text(&house, &callers, &rows));
    }
}
