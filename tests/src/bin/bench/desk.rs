//! W6: the desk opens sheets for customers who arrive, while phones push.

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::wire::{Latencies, Line};

/// Between two arrivals at the desk.
const PAUSE: Duration = Duration::from_millis(25);

/// Opens sheets until it is told to stop; every other customer has been registered by a promoter before.
pub(crate) async fn run(
    address: &str,
    token: &str,
    project: Uuid,
    known: &[String],
    stop: CancellationToken,
) -> Latencies {
    let mut line = Line::connect(address).await;
    let mut latencies = Latencies::default();
    let path = format!("/v1/projects/{project}/arrivals");
    for n in 0_usize.. {
        if stop.is_cancelled() {
            break;
        }
        let stranger = format!("186{n:08}");
        let phone = known.get(n).filter(|_| n % 2 == 0).unwrap_or(&stranger);
        let arrival = json!({
            "id": Uuid::new_v5(&project, format!("arrival {n}").as_bytes()), "customer": { "name": "王女士", "phone": phone },
            "companions": [], "route": "walk_in",
        });
        let answer = line.post(&path, token, None, arrival.to_string().into()).await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        latencies.push(answer.took);
        tokio::time::sleep(PAUSE).await;
    }
    latencies
}
