//! What differs between two policies.

use serde_json::Value;

use super::Policy;

/// A key whose value differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where, in dotted keys such as `booking.min_lead_minutes`.
    pub path: String,
    /// The value of the first policy.
    pub from: Value,
    /// The value of the second.
    pub to: Value,
}

/// Every key in which two policies differ, defaults filled in, in the order of their paths.
pub fn diff(from: &Policy, to: &Policy) -> Vec<Change> {
    let document = |policy| serde_json::to_value(policy).unwrap_or_default();
    let mut changes = Vec::new();
    walk("", &document(from), &document(to), &mut changes);
    changes
}

fn walk(path: &str, from: &Value, to: &Value, changes: &mut Vec<Change>) {
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => {
            for (key, value) in from {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&path, value, to.get(key).unwrap_or(&Value::Null), changes);
            }
        }
        _ if from == to => {}
        _ => changes.push(Change { path: path.to_owned(), from: from.clone(), to: to.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_listed_with_both_values() {
        let read = |document| Policy::read(&document).unwrap();
        let from = read(json!({"booking": {"min_lead_minutes": 45}}));
        let to = read(json!({"booking": {"daily_cap": 9}, "time": {"unclear": {"bk": "received"}}}));
        let changes: Vec<_> = diff(&from, &to).into_iter().map(|each| (each.path, each.from, each.to)).collect();
        let change = |path: &str, from, to| (path.to_owned(), from, to);
        assert_eq!(
            changes,
            [
                change("booking.daily_cap", Value::Null, json!(9)),
                change("booking.min_lead_minutes", json!(45), json!(30)),
                change("time.unclear.bk", json!("review"), json!("received")),
            ]
        );
        assert_eq!(diff(&from, &from), []);
    }
}
