//! The pull half of an exchange: what changed in the user's buckets since the cursors, in one snapshot (P4).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sync_core::checksum::Checksum;
use sync_core::exchange::Bucket;
use uuid::Uuid;

use super::cursor::Cursor;
use super::delivery;
use crate::store::feed::{self, Told};
use crate::store::{Key, Reader, StoreError};

/// Buckets, changes and cursors of an answer.
#[derive(Debug, Default)]
pub struct Pulled {
    /// The state of every bucket of the user.
    pub buckets: Vec<Bucket>,
    /// Changes as JSON objects, separated by commas.
    pub changes: String,
    /// To be sent with the next request.
    pub cursors: BTreeMap<String, String>,
    /// Whether a bucket has more.
    pub more: bool,
    /// Logs whose return may be news to their author.
    pub returned: Vec<Key>,
    /// Rulings against the user: project and id.
    pub disputable: Vec<(Uuid, Uuid)>,
    /// Notices that are to be read.
    pub notices: Vec<Key>,
}

/// Reads up to `limit` changes after `cursors` from these buckets, in the order given.
///
/// # Errors
/// Those of the store.
pub async fn pull(
    reader: &mut Reader,
    org: i64,
    names: &[String],
    cursors: &BTreeMap<String, String>,
    limit: u32,
) -> Result<Pulled, StoreError> {
    let heads = feed::buckets(reader, org, names).await?;
    let mut pulled = Pulled::default();
    let mut room = i64::from(limit);
    for name in names {
        let empty =
            || feed::Bucket { org, bucket: name.clone(), head: 0, count: 0, checksum: Checksum::default(), purged: 0 };
        let head = heads.iter().find(|head| head.bucket == *name).cloned().unwrap_or_else(empty);
        let held: Option<Cursor> = cursors.get(name).and_then(|text| text.parse().ok());
        let held = held.filter(|cursor| cursor.continues(head.head, head.purged));
        let mut cursor = held.unwrap_or(Cursor { rev: 0, mark: head.purged });
        if room > 0 && cursor.rev < head.head {
            let page = feed::page(reader, org, name, cursor.rev, room).await?;
            let full = i64::try_from(page.len()).is_ok_and(|rows| rows >= room);
            room -= i64::try_from(page.len()).unwrap_or(room);
            cursor.rev = if full { page.last().map_or(head.head, |row| row.rev) } else { head.head };
            for row in page {
                if delivery::may_be_news(&row) {
                    pulled.returned.push(row.key);
                }
                if delivery::may_be_notice(&row) {
                    pulled.notices.push(row.key);
                }
                pulled.disputable.extend(delivery::disputable(name, &row));
                write_change(&mut pulled.changes, name, &row);
            }
        }
        pulled.more |= cursor.rev < head.head;
        pulled.cursors.insert(name.clone(), cursor.to_string());
        pulled.buckets.push(Bucket {
            bucket: name.clone(),
            rev: u64::try_from(head.head).unwrap_or_default(),
            count: u64::try_from(head.count).unwrap_or_default(),
            checksum: head.checksum,
            reset: held.is_none(),
        });
    }
    Ok(pulled)
}

/// Writes one change; the body is stored ready to send.
fn write_change(changes: &mut String, bucket: &str, entry: &feed::Entry) {
    let comma = if changes.is_empty() { "" } else { "," };
    // Writing to a String cannot fail.
    let _ = write!(changes, r#"{comma}{{"bucket":"{bucket}","rev":{},"#, entry.rev);
    let _ = match &entry.told {
        Told::Live(wire) => write!(changes, "{}", wire.strip_prefix('{').unwrap_or("}")),
        Told::Gone(gone) => write!(changes, r#""id":"{}","gone":"{}"}}"#, entry.key.id, gone.as_str()),
    };
}
