//! The limit of open files: raised as far as the system lets a process, and connections kept below it.

/// Files that are open beside connections and the database: the log, keys, photos that are written, and some to spare.
const BESIDE: u64 = 256;
/// A reading connection to SQLite has the database, its log and the memory they share.
const OF_A_DATABASE_CONNECTION: u64 = 3;

/// Too few files may be open for a single connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "only {limit} files may be open, of which the server itself needs {own}: raise the limit of open files (ulimit -n)"
)]
pub struct TooFewFiles {
    /// Files that may be open.
    limit: u64,
    /// What is needed for no connection at all.
    own: u64,
}

/// How many connections there can be, of the `wanted` ones, when `limit` files may be open (none is no limit).
///
/// # Errors
/// [`TooFewFiles`]
pub(crate) fn places(wanted: usize, limit: Option<u64>, database: u32, spare: usize) -> Result<usize, TooFewFiles> {
    let Some(limit) = limit else { return Ok(wanted) };
    let own = BESIDE + u64::from(database) * OF_A_DATABASE_CONNECTION + spare as u64;
    let left = limit.checked_sub(own).filter(|left| *left > 0).ok_or(TooFewFiles { limit, own })?;
    let places = usize::try_from(left).map_or(wanted, |left| left.min(wanted));
    if places < wanted {
        tracing::warn!(
            limit,
            wanted,
            places,
            "fewer connections than --max-connections: the limit of open files (ulimit -n) is too low for them"
        );
    }
    Ok(places)
}

/// Raises this process's limit to what it may have; the limit, none when there is none.
#[cfg(unix)]
pub(crate) fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, limit = current, "the limit of open files cannot be raised");
            current
        }
    }
}

/// There is no limit worth asking for.
#[cfg(not(unix))]
pub(crate) fn raise() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_stay_below_the_limit_with_what_the_server_needs_itself() {
        let own = 256 + 8 * 3 + 64;
        for (wanted, limit, expected) in [
            (10_000, None, Some(10_000)),
            (10_000, Some(1_048_576), Some(10_000)),
            (10_000, Some(10_000 + own), Some(10_000)),
            (10_000, Some(10_000 + own - 1), Some(9_999)),
            (10_000, Some(1_024), Some(680)),
            (1, Some(own + 1), Some(1)),
            (1, Some(own), None),
            (1, Some(0), None),
        ] {
            assert_eq!(places(wanted, limit, 8, 64).ok(), expected, "{wanted} of {limit:?}");
        }
        let refusal = places(1, Some(64), 8, 64).unwrap_err().to_string();
        assert!(refusal.contains("only 64 files") && refusal.contains("ulimit -n"), "{refusal}");
    }

    #[cfg(unix)]
    #[test]
    fn the_limit_is_raised_as_far_as_it_may() {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let lower = maximum.map_or(4_096, |most| most / 2);
        setrlimit(Resource::Nofile, Rlimit { current: Some(lower), maximum }).unwrap();
        assert_eq!(raise(), maximum);
        assert_eq!(getrlimit(Resource::Nofile), Rlimit { current: maximum, maximum });
    }
}
