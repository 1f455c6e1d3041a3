//! What serde says about a value, told to the caller in two languages without quoting the value.

use api_spec::locale::Text;
use serde_path_to_error::{Path, Segment};

/// JSON pointer (RFC 6901) to the mistake. A field that is missing is pointed at, too.
pub(super) fn pointer(path: &Path, message: &str) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    if let Some(field) = missing_field(message) {
        push(&mut pointer, field);
    }
    pointer
}

fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// The mistake in words. A value may be somebody's number, so only what was expected is repeated.
pub(super) fn text(message: &str) -> Text {
    if missing_field(message).is_some() {
        return Text::new("is required", "不能缺少");
    }
    match message.split_once(", expected ") {
        Some((_, expected)) => {
            let expected = expected.split(" at line ").next().unwrap_or(expected);
            Text { en: format!("must be {expected}").into(), zh: format!("格式应为：{expected}").into() }
        }
        None => Text::new("does not have the right form", "格式不正确"),
    }
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Customer {
        #[expect(dead_code, reason = "only parsed")]
        visits: u8,
    }

    fn mistake(json: &str) -> (String, Text) {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let error = serde_path_to_error::deserialize::<_, Vec<Customer>>(&mut deserializer).unwrap_err();
        let message = error.inner().to_string();
        (pointer(error.path(), &message), text(&message))
    }

    #[test]
    fn p11_a_wrong_value_is_pointed_at_but_not_repeated() {
        let (pointer, text) = mistake(r#"[{"visits":1},{"visits":"13800138000"}]"#);
        assert_eq!((pointer.as_str(), &*text.en, &*text.zh), ("/1/visits", "must be u8", "格式应为：u8"));
        let (_, text) = mistake(r#"[{"visits":13800138000}]"#);
        assert_eq!(text.en, "must be u8");
    }

    #[test]
    fn a_missing_field_is_pointed_at() {
        assert_eq!(mistake("[{}]"), ("/0/visits".to_owned(), Text::new("is required", "不能缺少")));
    }
}
