//! Op texts: digests, chains, and what is rejected for its JSON alone.

use serde_json::{Value, json};
use sync_core::op::{Digest, OP_BYTES, OP_DEPTH, Op, Place};

use super::file;

const FIRST: &str = r#"{"seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","kind":"visit","v":1,"id":"0193e0a0-0000-7000-8000-000000000001","project":"0193e0a0-0000-7000-8000-0000000000aa","do":{"set":{"visit_type":"cold","purpose":"扫楼","result":"留下名片"}},"time":{"anchor":"a1","elapsed_ms":734511,"boot":"b7","wall":"2026-11-22T09:31:07.120+08:00"}}"#;

/// A chain of three texts; the second has odd but legal white space, escapes and member order.
fn chain() -> [String; 3] {
    let second = format!(
        "{{ \"prev\" : \"{}\",\n\t\"seq\":2,\"kind\":\"lead\",\"v\":1,\"id\":\"0193e0a0-0000-7000-8000-000000000002\",\"project\":\"0193e0a0-0000-7000-8000-0000000000aa\",\"salt\":\"00112233445566778899aabbccddeeff\",\"do\":{{\"set\":{{\"name\":\"\\u738b\\u5973\\u58eb \\ud83d\\ude00\",\"phone\":\"138 1234 5678\",\"source\":\"visit\"}}}},\"time\":{{}}}}",
        Digest::of(FIRST)
    );
    let third = format!(
        r#"{{"seq":3,"prev":"{}","kind":"canvass","v":1,"id":"0193e0a0-0000-7000-8000-000000000003","project":"0193e0a0-0000-7000-8000-0000000000aa","do":{{"add":{{"flyers":-3}}}},"time":{{"anchor":"a1"}}}}"#,
        Digest::of(&second)
    );
    [FIRST.to_owned(), second, third]
}

pub(super) fn digests() -> Value {
    let cases = chain().into_iter().map(|text| {
        let place = Place::read(&text).unwrap();
        Op::parse(&text).unwrap();
        json!({"digest": Digest::of(&text), "seq": place.seq, "prev": place.prev, "text": text})
    });
    file("One log: `digest` is SHA-256 of the UTF-8 bytes of `text`, and the next text names it as `prev`.", cases)
}

pub(super) fn strictness() -> Value {
    let deep = |levels: usize| FIRST.replace("\"a1\"", &format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    let swapped = |from: &str, to: &str| {
        let text = FIRST.replacen(from, to, 1);
        assert_ne!(text, FIRST, "{from}");
        text
    };
    let cases = [
        ("as it should be", FIRST.to_owned()),
        ("a member this version does not know", swapped("\"v\":1,", "\"v\":1,\"mood\":\"good\",")),
        ("a kind this version does not know is parked, not rejected", swapped("visit", "drone")),
        ("a verb this version does not know is parked, not rejected", swapped("\"set\"", "\"teleport\"")),
        ("nothing inside time rejects an op", swapped("\"elapsed_ms\":734511", "\"elapsed_ms\":\"soon\"")),
        ("the greatest integer", swapped("734511", "9223372036854775807")),
        ("the smallest integer", swapped("734511", "-9223372036854775808")),
        ("an integer beyond 64 bits with sign", swapped("734511", "9223372036854775808")),
        ("an integer beyond every size", swapped("734511", "99999999999999999999999999")),
        ("an infinite number", swapped("734511", "1e400")),
        ("a key twice", swapped("\"purpose\":", "\"visit_type\":\"outlet\",\"purpose\":")),
        ("a key twice, once escaped", swapped("\"purpose\":", "\"visit\\u005ftype\":\"outlet\",\"purpose\":")),
        ("U+0000 in a text", swapped("扫楼", "\\u0000")),
        ("U+0000 in a key", swapped("\"purpose\"", "\"pur\\u0000pose\"")),
        ("half a surrogate pair", swapped("扫楼", "\\ud83d")),
        ("as deep as may be", deep(OP_DEPTH - 2)),
        ("a level too deep", deep(OP_DEPTH - 1)),
        ("two verbs", swapped("{\"set\":", "{\"delete\":true,\"set\":")),
        ("no verb", swapped("\"do\":", "\"did\":")),
        (
            "delete must be true",
            swapped(
                "{\"set\":{\"visit_type\":\"cold\",\"purpose\":\"扫楼\",\"result\":\"留下名片\"}}",
                "{\"delete\":1}",
            ),
        ),
        ("no kind", swapped("\"kind\":\"visit\",", "")),
        ("an id that is no UUID", swapped("0193e0a0-0000-7000-8000-000000000001", "1")),
        ("something after the end", format!("{FIRST} x")),
        ("cut off", FIRST[..FIRST.len() - 1].to_owned()),
    ];
    let case = |name: &str, text: &str, longer: usize| {
        let whole = text.replacen('~', &"~".repeat(longer + 1), 1);
        let rejected = Op::parse(&whole).err().map(|fault| fault.code());
        json!({"name": name, "rejected": rejected, "text": text, "longer": longer})
    };
    let mut cases: Vec<_> = cases.into_iter().map(|(name, text)| case(name, &text, 0)).collect();
    let text = swapped("留下名片", "~");
    cases.push(case("as large as may be", &text, OP_BYTES - text.len()));
    cases.push(case("a byte too large", &text, OP_BYTES - text.len() + 1));
    file(
        "`rejected` is the code an op with this `text` is rejected with, null when its JSON is fine. With `longer` the text is longer by so many `~` after its first `~`.",
        cases,
    )
}
