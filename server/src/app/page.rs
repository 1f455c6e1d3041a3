//! Pages of lists that are ordered by an instant and an id.

use api_spec::locale::Text;
use api_spec::primitives::PageQuery;
use api_spec::problem::{Code, Problem};
use uuid::Uuid;

/// Where a page begins, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Instant (Unix ms) and id of the last entry of the page before.
    pub(super) after: Option<(i64, Uuid)>,
    limit: u32,
}

impl Wanted {
    /// # Errors
    /// `bad-cursor`, `bad-parameter` for a limit that no page has.
    pub(super) fn read(query: &PageQuery) -> Result<Self, Problem> {
        let limit = query.limit.unwrap_or(PageQuery::DEFAULT_LIMIT);
        if !(1..=PageQuery::MAX_LIMIT).contains(&limit) {
            let text = Text::new("must be 1 to 500", "须为 1 至 500");
            return Err(Problem::new(Code::BadParameter).at("?limit", text));
        }
        let place = |cursor: &String| {
            let (at, id) = cursor.split_once('.')?;
            Some((at.parse().ok()?, id.parse().ok()?))
        };
        let after = query.cursor.as_ref().map(|cursor| place(cursor).ok_or(Code::BadCursor)).transpose()?;
        Ok(Self { after, limit })
    }

    /// How many rows to load: one more than wanted tells whether there is a next page.
    pub(super) fn rows(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The rows as a page; `place` is the instant and id by which they are ordered.
    pub(super) fn cut<R>(self, mut rows: Vec<R>, place: impl Fn(&R) -> (i64, Uuid)) -> (Vec<R>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| {
            let (at, id) = place(row);
            format!("{at}.{id}")
        });
        (rows, next)
    }
}
