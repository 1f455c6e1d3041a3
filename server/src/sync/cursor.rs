//! How far a phone has pulled a bucket: opaque to phones, small for us.

use std::fmt;
use std::str::FromStr;

/// A rev, and the purge mark of the bucket when this pull of it began.
///
/// Tombstones up to the purge mark are gone, so a copy that began under an older mark may keep what was deleted: it is reset.
/// Written as `rev`, or `rev.mark` when the mark is not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Everything up to here has been pulled.
    pub rev: i64,
    /// The purge mark it began under.
    pub mark: i64,
}

impl Cursor {
    /// Whether the copy behind this cursor can be continued.
    pub fn continues(self, head: i64, purged: i64) -> bool {
        self.rev <= head && self.rev >= 0 && (self.rev >= purged || self.mark >= purged)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mark {
            0 => write!(f, "{}", self.rev),
            mark => write!(f, "{}.{mark}", self.rev),
        }
    }
}

/// A text that is no cursor; the bucket is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (rev, mark) = text.split_once('.').unwrap_or((text, "0"));
        let number = |text: &str| text.parse().map_err(|_| NotACursor);
        Ok(Self { rev: number(rev)?, mark: number(mark)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_from_before_the_purge_is_reset_and_a_first_pull_goes_on() {
        let begun = |rev, mark| Cursor { rev, mark }.continues(100, 50);
        assert!(begun(50, 0) && begun(100, 0), "nothing missed");
        assert!(!begun(49, 0), "a deletion may be missing");
        assert!(begun(10, 50), "a first pull that began after the purge");
        assert!(!begun(101, 50), "from a future that was lost");
        assert!(!begun(-1, 50));
        for cursor in [Cursor { rev: 120, mark: 0 }, Cursor { rev: 120, mark: 7 }] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        assert_eq!("12x".parse::<Cursor>(), Err(NotACursor));
    }
}
