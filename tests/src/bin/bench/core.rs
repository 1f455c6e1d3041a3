//! W7: `sync-core` alone. The times are criterion's, which `./dev bench` runs before; memory is measured here.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use sync_core::kinds;
use sync_core::op::Action;
use sync_core::record::State;
use sync_core::time::Stamp;
use uuid::Uuid;

use super::figures::Figures;
use super::meter::memory;

/// Records held at once to weigh one.
const RECORDS: u64 = 50_000;

/// Takes criterion's figures, as far as there are any, and weighs a record in memory.
pub(crate) fn take(figures: &mut Figures) {
    for name in ["read", "digest", "create", "merge"] {
        if let Some(nanoseconds) = estimate(name) {
            figures.add("core", "W7 core", name, "ops/s", 1e9 / nanoseconds);
        }
    }
    figures.add("core", "W7 core", "a record", "bytes in memory", weigh());
}

/// Nanoseconds of one iteration, as criterion estimated them.
fn estimate(name: &str) -> Option<f64> {
    let folder = std::env::var_os("BAOBEI_CRITERION").map(PathBuf::from)?;
    let text = fs::read_to_string(folder.join("core").join(name).join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    estimates.get("median")?.get("point_estimate")?.as_f64()
}

fn weigh() -> f64 {
    let fields = json!({
        "visit_type": "cold", "location": { "lat": 30.5, "lng": 104.06, "accuracy_m": 12, "mocked": false },
        "place": "万象城地铁口三号出口", "minutes": 35, "purpose": "了解周边租售情况", "result": "加了微信，想看样板间，预算两百万左右",
        "next_step": "周末带家人来现场",
    });
    let action = Action::Set(fields.as_object().cloned().unwrap_or_default());
    let before = memory(std::process::id());
    let stamp = |seq| Stamp { ms: 0, seq, device: Uuid::from_u128(7) };
    let records: Vec<State> = (0..RECORDS).map(|seq| State::of(&kinds::VISIT, &action, stamp(seq))).collect();
    let mebibytes = memory(std::process::id()) - before;
    assert_eq!(records.len() as u64, RECORDS, "all of them are held while they are weighed");
    mebibytes * 1_024.0 * 1_024.0 / RECORDS as f64
}
