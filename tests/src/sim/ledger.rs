//! What the server said it has: written down beside the phones, which may be restored and forget it.

use std::collections::BTreeMap;

use sync_core::exchange::{Request, Response};
use sync_core::op::{Digest, Place};
use uuid::Uuid;

use crate::phone::{Failure, Phone};

/// Every op the server acknowledged, by device and seq, and every device there was.
#[derive(Default)]
pub(super) struct Ledger {
    acknowledged: BTreeMap<(Uuid, u64), Digest>,
    pub(super) devices: BTreeMap<Uuid, Uuid>,
}

impl Ledger {
    pub(super) fn len(&self) -> usize {
        self.acknowledged.len()
    }

    pub(super) fn acknowledged(&self) -> impl Iterator<Item = (&(Uuid, u64), &Digest)> {
        self.acknowledged.iter()
    }

    /// Remembers the phone's device and its owner.
    pub(super) fn knows(&mut self, phone: &Phone) {
        self.devices.insert(phone.replica.device(), phone.replica.user());
    }

    /// Writes down what an answer acknowledges, also the part of it that a refusal does.
    pub(super) fn write_down(&mut self, device: Uuid, request: &Request, answer: &Result<Response, Failure>) {
        let member = |failure: &Failure, name: &str| failure.problem().members.get(name)?.as_u64();
        let upto = match answer {
            Ok(response) => response.acked,
            Err(failure) => match failure.code() {
                Some("device-forked") => member(failure, "seq").map_or(0, |seq| seq.saturating_sub(1)),
                Some("seq-gap") => member(failure, "expected").map_or(0, |seq| seq.saturating_sub(1)),
                _ => 0,
            },
        };
        for op in &request.ops {
            let place = Place::read(op.get()).expect("phones write places");
            if place.seq <= upto {
                let digest = Digest::of(op.get());
                let before = self.acknowledged.insert((device, place.seq), digest);
                assert!(before.is_none_or(|before| before == digest), "{device} {}: two ops at one place", place.seq);
            }
        }
    }
}
