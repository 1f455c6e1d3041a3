//! Times and numbers on the command line.

use std::time::Duration;

/// A time such as `90s`, `15m`, `12h` or `30d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "a whole number with s, m, h or d is expected, such as 90s or 15m".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(expected)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    let number: u64 = number.parse().map_err(|_| expected())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(expected)
}

/// A time of at least a second and at most ten years.
pub(crate) fn lifetime(text: &str) -> Result<Duration, String> {
    let range = Duration::from_secs(1)..=Duration::from_hours(10 * 366 * 24);
    duration(text)
        .and_then(|time| if range.contains(&time) { Ok(time) } else { Err("1s to 10 years are possible".to_owned()) })
}

/// A number that leaves room for the largest thing that must fit.
pub(super) fn at_least<const LEAST: usize>(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number >= LEAST).ok_or_else(|| format!("a number from {LEAST} on is expected"))
}
