//! The only source of chance: ids, secret bytes and jitter, from the operating system or from a seed.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A source of randomness; cheap to clone, clones draw from the same source.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<Stream>>),
}

/// SHA-256 in counter mode: block `n` is the digest of `seed ‖ n`.
struct Stream {
    seed: u64,
    counter: u64,
}

impl Random {
    /// Randomness from the operating system, for everything that guards a secret.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Randomness that repeats itself for the same seed. For simulations only: whoever knows the seed knows every key.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(Stream { seed, counter: 0 }))))
    }

    /// Fills `target` with random bytes.
    ///
    /// Ends the process when the operating system has no randomness to give: ids and keys that repeat would be worse.
    pub fn fill(&self, target: &mut [u8]) {
        match &self.0 {
            Source::System => fill_from_system(target),
            Source::Seeded(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).fill(target),
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new UUIDv7 whose time part is `now_ms` (Unix milliseconds): the id of everything the server makes.
    pub fn id(&self, now_ms: i64) -> Uuid {
        Builder::from_unix_timestamp_millis(u64::try_from(now_ms).unwrap_or(0), &self.bytes()).into_uuid()
    }

    /// A new UUIDv4, for ids that must not tell when they were made.
    pub fn opaque_id(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A number below `bound`, evenly spread; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        // the high half of a 128-bit product; the bias is below bound / 2^64
        let product = u128::from(u64::from_le_bytes(self.bytes())) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// `span` changed by up to a quarter in either direction, so that many waiters do not come back together.
    pub fn jittered(&self, span: Duration) -> Duration {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX / 2);
        Duration::from_micros(micros - micros / 4 + self.below(micros / 2 + 1))
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Random(system)",
            Source::Seeded(_) => "Random(seeded)",
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is where randomness comes from")]
fn fill_from_system(target: &mut [u8]) {
    if let Err(error) = getrandom::fill(target) {
        tracing::error!(%error, "the operating system has no randomness");
        std::process::abort();
    }
}

impl Stream {
    fn fill(&mut self, target: &mut [u8]) {
        for chunk in target.chunks_mut(32) {
            let block = Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(self.counter.to_le_bytes());
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
            self.counter += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_repeats_and_another_does_not() {
        let draw = |seed| {
            let random = Random::seeded(seed);
            (random.id(1), random.opaque_id(), random.bytes::<40>(), random.below(1 << 40))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn clones_share_one_stream() {
        let random = Random::seeded(1);
        assert_ne!(random.clone().bytes::<16>(), random.bytes::<16>());
    }

    #[test]
    fn ids_carry_their_version_and_time() {
        for random in [Random::system(), Random::seeded(3)] {
            let id = random.id(1_795_312_267_120);
            assert_eq!(id.get_version_num(), 7);
            let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
            assert_eq!((seconds, nanos / 1_000_000), (1_795_312_267, 120));
            assert_ne!(id, random.id(1_795_312_267_120));
            assert_eq!(random.opaque_id().get_version_num(), 4);
        }
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_everything_below_it() {
        let random = Random::seeded(5);
        assert_eq!(random.below(0), 0);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[usize::try_from(random.below(6)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
    }

    #[test]
    fn jitter_stays_within_a_quarter() {
        let random = Random::seeded(9);
        let spans: Vec<_> = (0..500).map(|_| random.jittered(Duration::from_secs(4))).collect();
        assert!(spans.iter().all(|span| (3_000..=5_000).contains(&span.as_millis())));
        assert!(spans.iter().any(|span| span.as_millis() < 3_300) && spans.iter().any(|span| span.as_millis() > 4_700));
    }
}
