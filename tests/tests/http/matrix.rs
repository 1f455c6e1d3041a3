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


use self::call::{Answer, Call};
use self::callers::{Caller, Place};
use self::calls::CALLS;
use self::house::House;
use self::targets::Targets;
use crate::strangers::{OPEN, operations};

/// Operations about what the caller sends, not about anything that somebody has.
const FOR_ALL: [&str; 1] = ["PUT /v1/attachments/{sha256}"];
/// What is left to a phone that was stolen.
const PUSH: &str = "POST /v1/sync";

/// The calls of every operation of the document, lists also as files.
async fn rows(house: &House) -> Vec<Call> {
    let mut rows = Vec::new();
    let mut known: BTreeSet<String> = CALLS.iter().map(Call::operation).collect();
    for operation in operations(&house.server.api()).await {
        let name = &operation.name;
        let call = CALLS.iter().find(|call| call.operation() == *name);
        let call = call.unwrap_or_else(|| {
            panic!(
                "{name} is new: say in CALLS of tests/tests/http/matrix/calls.rs what it is sent. What it is about, if that is something new, \
                 stands among the targets of tests/tests/http/matrix/house.rs; a body is refused for what it says after it is clear who asks. \
                 Then BLESS=1 cargo test -p tests --test http matrix, and read the new row of matrix.txt."
            )
        });
        known.remove(name);
        rows.push(*call);
        if operation.is_list {
            rows.push(call.as_file());
        }
    }
    assert!(known.is_empty(), "no such operation: take {known:?} out of tests/tests/http/matrix/calls.rs");
    rows
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

/// Who may not know of a thing learns nothing: the answer is that for an id that nothing has, be it together with the other ids of the
/// project or put in among the own ones.
async fn hold_unaware(call: &Call, caller: &Caller, answer: &Answer, targets: &Targets) {
    let name = format!("{} by {}", call.name(), caller.column);
    let unknown = targets.unknown();
    let is_for_all = FOR_ALL.contains(&&*call.operation());
    if is_for_all && caller.place == Place::OtherProject {
        return;
    }
    if !call.is_same(targets, &unknown) {
        assert!(is_for_all || [401, 403, 404, 422].contains(&answer.status), "{name}: {answer:?}");
        let other = call.send(&caller.api, &unknown).await;
        assert_eq!(answer.refusal(), other.refusal(), "{name}, as for what does not exist");
    }
    let (mixed, unknown) = (caller.at_home(targets.clone()), caller.at_home(unknown));
    if !call.is_same(&mixed, &unknown) && !is_for_all {
        let (mixed, unknown) = (call.send(&caller.api, &mixed).await, call.send(&caller.api, &unknown).await);
        assert_eq!(mixed, unknown, "{name}, as for what does not exist, among the own things");
    }
}

/// What callers are answered to a call, each of them.
async fn answers(house: &House, call: &Call, callers: &[Caller], is_open: bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    for caller in callers {
        let answer = call.send(&caller.api, &house.targets).await;
        assert!(answer.status < 500, "{} by {}: {answer:?}", call.name(), caller.column);
        match caller.place {
            Place::Outside if !is_open => hold_closed(call, caller, &answer),
            Place::OtherOrg | Place::OtherProject => hold_unaware(call, caller, &answer, &house.targets).await,
            Place::Outside | Place::Here => {}
        }
        answers.push(answer);
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
        let calls = rows(&house).await;
        let mut rows = Vec::new();
        for call in &calls {
            let is_open = OPEN.contains(&&*call.operation());
            rows.push((call.name(), answers(&house, call, &callers, is_open).await));
        }
        house.wait().await;
        for (call, (_, row)) in calls.iter().zip(&mut rows) {
            let is_open = OPEN.contains(&&*call.operation());
            row.extend(answers(&house, call, std::slice::from_ref(&late), is_open).await);
        }
        callers.push(late);
        table::check(&table::text(&callers, &rows));
    }
}
