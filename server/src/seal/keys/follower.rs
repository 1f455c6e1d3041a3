//! A running server notices that keys come and go.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::{KeyUse, Keys, KeysError, list_folder, read_folder};

/// Looks for new keys now and then, and lets a server write with one only when every other had the time to see it: what one
/// writes, all can read.
#[derive(Debug)]
pub struct Follower {
    keys: Keys,
    folder: PathBuf,
    seen: BTreeSet<(KeyUse, u32)>,
    /// Looks since the folder last changed, until the newest keys are written with.
    waited: Option<u32>,
}

impl Follower {
    /// How often to look.
    pub const EVERY: Duration = Duration::from_millis(500);
    /// Looks until a new key is written with.
    const PATIENCE: u32 = 4;
    /// After this time every server writes with a new key.
    pub const SETTLED: Duration = Duration::from_secs(4);

    /// Follows the folder from which `keys` were read.
    pub fn new(keys: Keys, folder: PathBuf) -> Self {
        let seen = KeyUse::ALL
            .into_iter()
            .flat_map(|purpose| keys.ring(purpose).all().into_iter().map(move |(id, _)| (purpose, id)));
        Self { seen: seen.collect(), keys, folder, waited: None }
    }

    /// Looks once; whether something changed.
    ///
    /// # Errors
    /// [`KeysError`]; the keys stay as they were.
    pub fn look(&mut self) -> Result<bool, KeysError> {
        let names = list_folder(&self.folder)?;
        if names != self.seen {
            let mut found = read_folder(&self.folder)?.keys;
            for purpose in KeyUse::ALL {
                self.keys.ring(purpose).take_over(found.remove(&purpose).unwrap_or_default());
            }
            (self.seen, self.waited) = (names, Some(0));
            return Ok(true);
        }
        let Some(waited) = self.waited.map(|waited| waited + 1) else { return Ok(false) };
        self.waited = (waited < Self::PATIENCE).then_some(waited);
        if self.waited.is_none() {
            for purpose in KeyUse::ALL {
                self.keys.ring(purpose).use_newest();
            }
        }
        Ok(self.waited.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{add_generation, retire_generation};
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_new_key_is_read_with_at_once_and_written_with_when_all_have_seen_it() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, random) = (parent.path().join("keys"), Random::system());
        let keys = Keys::create(&folder, &random).unwrap();
        let mut follower = Follower::new(keys.clone(), folder.clone());
        assert!(!follower.look().unwrap());
        add_generation(&folder, KeyUse::Sealing, &random).unwrap();
        assert!(follower.look().unwrap());
        assert_eq!((keys.sealing.newest().0, keys.sealing.get(2).is_some()), (1, true));
        for _ in 1..Follower::PATIENCE {
            assert!(!follower.look().unwrap());
        }
        assert!(follower.look().unwrap());
        assert_eq!(keys.sealing.newest().0, 2);
        assert!(
            Follower::EVERY * (Follower::PATIENCE + 2) < Follower::SETTLED,
            "the wait of the command line is long enough"
        );

        let before = keys.fingerprint();
        retire_generation(&folder, KeyUse::Sealing, 1, &random).unwrap();
        assert!(follower.look().unwrap());
        assert!(keys.sealing.get(1).is_none() && keys.sealing.get(2).is_some());
        let again = Keys::open(&folder).unwrap();
        assert_eq!((again.fingerprint(), again.sealing.newest().0), (before, 2), "it is still this database's folder");
        assert!(!std::fs::read_to_string(folder.join("sealing-1.retired")).unwrap().is_empty());
    }
}
