//! What is aimed at, and how far a figure is from it.

use super::figures::{Figures, Name};

/// The words for ratios and goals.
pub(crate) const RAW_100: &str = "raw, 100 a transaction";
/// The raw engine with large transactions.
pub(crate) const RAW_1000: &str = "raw, 1 000 a transaction";
/// The server's rows without the server.
pub(crate) const OWN_ROWS: &str = "own rows";

type Ratios = Vec<(String, f64)>;
type Goal = Option<(String, bool)>;

/// What a figure is compared with, and whether it meets its goal.
pub(crate) fn judge(figures: &Figures, name: &Name, median: f64) -> (Ratios, Goal) {
    let ratio = |of: &str| {
        let other = figures.median(&name.engine, "W0 engine", of, "ops/s")?;
        (other > 0.0).then_some((of.to_owned(), median / other))
    };
    let at_least = |ratio: Option<&(String, f64)>, least: f64| {
        ratio.map(|(of, ratio)| (format!("≥ {least:.2} × {of}"), *ratio >= least))
    };
    let at_most = |most: f64, unit: &str| Some((format!("≤ {most} {unit}"), median <= most));
    let (workload, case, metric) = (name.workload.as_str(), name.case.as_str(), name.metric.as_str());
    match (name.engine.as_str(), workload, case, metric) {
        ("sqlite", "W1 push", case, "ops/s") => {
            let ratios: Ratios = [RAW_100, OWN_ROWS].into_iter().filter_map(ratio).collect();
            let least = if case.starts_with("64") { Some(0.45) } else { case.starts_with("1 ").then_some(0.30) };
            let goal = least.and_then(|least| at_least(ratios.first(), least));
            (ratios, goal)
        }
        ("postgres", "W1 push", case, "ops/s") => {
            let ratios: Ratios = [RAW_1000, OWN_ROWS].into_iter().filter_map(ratio).collect();
            let goal = case.starts_with("64").then(|| at_least(ratios.first(), 0.60)).flatten();
            (ratios, goal)
        }
        ("sqlite", "W1 push", "1 at a time", "p99 ms") => (Vec::new(), at_most(12.0, "ms")),
        (_, "W2 delta", case, "p50 ms") if !case.contains("plain") => {
            let at =
                |stored: &str| figures.median(&name.engine, workload, &format!("{stored}, {}", encoding(case)), metric);
            let growth = (!case.starts_with("10 k")).then(|| at("10 k")).flatten().map(|first| median / first);
            (growth.map(|growth| ("10 k".to_owned(), growth)).into_iter().collect(), at_most(0.8, "ms"))
        }
        (_, "W2 delta", case, "KB") if case.ends_with("zstd") => (Vec::new(), at_most(9.0, "KB")),
        (_, "W2 delta", case, "KB") if case.ends_with("gzip") => (Vec::new(), at_most(14.0, "KB")),
        (_, "W3 first sync", _, "p50 ms") => (Vec::new(), at_most(40.0, "ms")),
        (_, "W3 first sync", "zstd", "KB") => (Vec::new(), at_most(800.0, "KB")),
        (_, "W3 first sync", "gzip", "KB") => (Vec::new(), at_most(1_200.0, "KB")),
        (_, "W4 growth", case, "ops/s") if !case.starts_with("10 k") => {
            let first = figures.median(&name.engine, workload, "10 k", metric);
            let ratio = first.map(|first| ("10 k".to_owned(), median / first));
            let goal = at_least(ratio.as_ref(), 0.90);
            (ratio.into_iter().collect(), goal)
        }
        (_, "W5 spike", _, "p99 ms") => (Vec::new(), at_most(1_000.0, "ms")),
        (_, "W5 spike", _, "seconds") => (Vec::new(), at_most(60.0, "s")),
        (_, "W5 spike", _, "server MiB, peak") => (Vec::new(), at_most(256.0, "MiB")),
        (_, "W6 desk", _, "p99 ms") => (Vec::new(), at_most(20.0, "ms")),
        (_, "W7 core", "merge", "ops/s") => (Vec::new(), Some(("≥ 1 000 000".to_owned(), median >= 1e6))),
        _ => (Vec::new(), None),
    }
}

fn encoding(case: &str) -> &str {
    case.rsplit_once(", ").map_or("", |(_, encoding)| encoding)
}
