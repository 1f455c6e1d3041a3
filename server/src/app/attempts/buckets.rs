//! Buckets that are taken from and fill again: a burst, then one in so long. As many as one likes, in a fixed amount of memory.

use std::time::Duration;

/// How much a bucket holds, and how fast it fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// Taken at once, at the most.
    pub(super) burst: u32,
    /// Then one in so long.
    pub(super) refill: Duration,
}

/// Buckets by key, in slots that keys fall into by their hash. Keys of one slot share its bucket, and none is ever forgotten early: whoever
/// invents keys can neither fill the memory nor push out what is remembered of another.
///
/// A slot is the "theoretical arrival time" of the generic cell rate algorithm (ITU-T I.371): when its bucket will be full again, in ns.
#[derive(Debug)]
pub(super) struct Buckets {
    quota: Quota,
    slots: Box<[u64]>,
}

impl Buckets {
    /// Full buckets in this many slots. Memory is used from the first take of a slot on.
    pub(super) fn new(quota: Quota, slots: usize) -> Self {
        Self { quota, slots: vec![0; slots.max(1)].into_boxed_slice() }
    }

    /// How long until something can be taken; zero is now.
    pub(super) fn wait(&self, key: u64, now: Duration) -> Duration {
        let now = nanos(now);
        let holds = self.refill().saturating_mul(u64::from(self.quota.burst));
        let full_again = self.slots[self.slot(key)].max(now).saturating_add(self.refill());
        Duration::from_nanos(full_again.saturating_sub(holds).saturating_sub(now))
    }

    /// Takes one, whether or not the bucket has it: [`wait`](Self::wait) is asked first.
    pub(super) fn take(&mut self, key: u64, now: Duration) {
        let (slot, refill) = (self.slot(key), self.refill());
        self.slots[slot] = self.slots[slot].max(nanos(now)).saturating_add(refill);
    }

    /// Puts back one that was taken.
    pub(super) fn give_back(&mut self, key: u64) {
        let (slot, refill) = (self.slot(key), self.refill());
        self.slots[slot] = self.slots[slot].saturating_sub(refill);
    }

    fn refill(&self) -> u64 {
        nanos(self.quota.refill)
    }

    fn slot(&self, key: u64) -> usize {
        usize::try_from(key % self.slots.len() as u64).unwrap_or(0)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { burst: 3, refill: Duration::from_secs(10) };

    fn taken(buckets: &mut Buckets, key: u64, now: Duration) -> usize {
        let free = std::iter::from_fn(|| buckets.wait(key, now).is_zero().then(|| buckets.take(key, now)));
        free.take(100).count()
    }

    #[test]
    fn a_burst_and_then_one_in_so_long() {
        let mut buckets = Buckets::new(QUOTA, 8);
        let at = Duration::from_secs;
        assert_eq!(taken(&mut buckets, 5, at(7)), 3);
        assert_eq!(buckets.wait(5, at(7)), at(10));
        assert_eq!(buckets.wait(5, at(16)), at(1));
        assert_eq!(taken(&mut buckets, 5, at(17)), 1);
        assert_eq!(taken(&mut buckets, 5, at(26)), 0);
        assert_eq!(taken(&mut buckets, 5, at(1_000)), 3, "full again, and no fuller");
        assert_eq!(taken(&mut buckets, 6, at(1_000)), 3, "another key has a bucket of its own");
    }

    #[test]
    fn what_is_put_back_was_never_taken() {
        let mut buckets = Buckets::new(QUOTA, 8);
        for _ in 0..1_000 {
            assert!(buckets.wait(5, Duration::ZERO).is_zero());
            buckets.take(5, Duration::ZERO);
            buckets.give_back(5);
        }
        assert_eq!(taken(&mut buckets, 5, Duration::ZERO), 3);
        buckets.give_back(5);
        assert_eq!(taken(&mut buckets, 5, Duration::ZERO), 1);
        // put back when it is full already
        buckets.give_back(5);
        assert_eq!(taken(&mut buckets, 5, Duration::from_secs(1_000)), 3);
    }

    #[test]
    fn any_number_of_keys_has_room_in_the_slots() {
        let mut buckets = Buckets::new(QUOTA, 4);
        let admitted: usize = (0..10_000).map(|key| taken(&mut buckets, key, Duration::ZERO)).sum();
        assert_eq!(admitted, 4 * 3);
    }
}
