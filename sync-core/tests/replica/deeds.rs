//! What people record.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sync_core::kind::Kind;
use sync_core::kinds;
use sync_core::op::Action;
use sync_core::replica::Draft;
use uuid::Uuid;

use crate::people;
use crate::steps::Deed;
use crate::world::World;

impl World {
    pub(crate) fn act(&mut self, at: usize, deed: &Deed) {
        let user = self.phones[at].user;
        let kind = |deed: &Deed| match deed {
            Deed::Visit { index, .. } | Deed::Tag { index, .. } | Deed::Delete { index } => (0, &kinds::VISIT, *index),
            Deed::Count { .. } | Deed::Group => (1, &kinds::CANVASS, 0),
            Deed::Booking { .. } => (2, &kinds::BOOKING, 0),
        };
        let (number, kind, index) = kind(deed);
        let own = people::record(number, user, index);
        let known = self.phones[at].replica.view(own).is_some();
        match deed {
            Deed::Visit { purpose, .. } => {
                let create = if known { json!({}) } else { json!({"visit_type": "cold"}) };
                self.record(at, kind, own, set(create, json!({"purpose": purpose.map(|text| text.to_string())})));
            }
            Deed::Tag { tag, add, .. } => {
                let sets = BTreeMap::from([("tags".to_owned(), vec![format!("t{tag}")])]);
                self.record(at, kind, own, if *add { Action::Tag(sets) } else { Action::Untag(sets) });
            }
            Deed::Delete { .. } => {
                if self.record(at, kind, own, Action::Delete) {
                    self.deleted.insert(own);
                }
            }
            Deed::Count { owner } if *owner != user || known => {
                let count = self.count();
                self.record(at, kind, people::record(1, *owner, 0), count);
            }
            Deed::Count { .. } | Deed::Group => {
                let note = set(json!({"note": "a"}), json!({}));
                let drafts = vec![note, self.count(), self.count()];
                let drafts = drafts.into_iter().map(|action| Draft::new(kind, own, people::project(), action));
                let (group, tick) = (Uuid::from_u128(u128::from(self.counters)), self.tick(at));
                self.phones[at].replica.record_group(group, drafts.collect(), &tick).unwrap();
                self.save(at);
            }
            Deed::Booking { cancel: true } => {
                self.record(at, kind, own, Action::Command { name: "cancel".into(), args: serde_json::Map::new() });
            }
            Deed::Booking { cancel: false } => {
                let fields = json!({"customer_name": "王", "phone_masked": "138****5678", "route": "booked"});
                self.record(at, kind, own, set(fields, json!({})));
            }
        }
    }

    pub(crate) fn count(&mut self) -> Action {
        self.counters += 1;
        Action::Add(BTreeMap::from([(format!("counter{}x", self.counters), 1)]))
    }

    pub(crate) fn record(&mut self, at: usize, kind: &'static Kind, id: Uuid, action: Action) -> bool {
        let tick = self.tick(at);
        let before = self.phones[at].replica.clone();
        let recorded = self.phones[at].replica.record(Draft::new(kind, id, people::project(), action), &tick);
        match &recorded {
            Ok(_) => self.save(at),
            // Nothing typed in this world is malformed: what is refused is a matter of phase or of a pending deletion.
            Err(fault) => {
                assert!(["wrong-state", "frozen"].contains(&fault.code()), "{fault}");
                assert_eq!(self.phones[at].replica, before);
            }
        }
        recorded.is_ok()
    }
}

/// A `set` of both objects' members.
fn set(a: Value, b: Value) -> Action {
    let members = [a, b].into_iter().filter_map(|value| value.as_object().cloned());
    Action::Set(members.flatten().collect())
}
