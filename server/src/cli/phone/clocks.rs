//! This machine's clocks, read the way a phone reads its own.

use std::fs;

use sync_core::replica::Tick;
use sync_core::time::rfc3339;

use crate::clock::Clock;
use crate::random::Random;

/// One reading. The monotonic clock is the time since the machine's boot, sleep included, which Linux tells. Elsewhere
/// each command counts as a boot of its own: ops then carry the anchor, and no elapsed time.
pub(super) fn read() -> Tick {
    let wall = Some(rfc3339::text(wall_ms()));
    match since_boot() {
        Some((boot, monotonic_ms)) => Tick { boot, monotonic_ms, wall },
        None => Tick { boot: Random::system().opaque_id().to_string(), monotonic_ms: 0, wall },
    }
}

/// What the wall clock shows, Unix ms: for new ids and as evidence, never decisive.
pub(super) fn wall_ms() -> i64 {
    Clock::process(0).now()
}

fn since_boot() -> Option<(String, i64)> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    Some((boot.trim().to_owned(), uptime_ms(&uptime)?))
}

/// `12345.67 …` in ms.
fn uptime_ms(text: &str) -> Option<i64> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<i64>().ok()? * 1_000 + hundredths.get(..2)?.parse::<i64>().ok()? * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_uptime_is_read_to_the_hundredth() {
        assert_eq!(uptime_ms("12345.67 4321.00\n"), Some(12_345_670));
        assert_eq!(uptime_ms("0.05 0.00"), Some(50));
        assert_eq!(uptime_ms("soon"), None);
    }

    #[test]
    fn two_readings_never_go_back() {
        let (first, second) = (read(), read());
        assert!(second.boot != first.boot || second.monotonic_ms >= first.monotonic_ms);
    }
}
