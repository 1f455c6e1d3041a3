//! What happens to phones and disks.

use std::collections::BTreeSet;

use serde_json::Value;
use sync_core::replica::Replica;
use uuid::Uuid;

use crate::oracle;
use crate::server::Server;
use crate::world::World;

impl World {
    pub(crate) fn restart(&mut self, at: usize) {
        let phone = &mut self.phones[at];
        phone.late.clear();
        let read: Replica = serde_json::from_str(&phone.saved).unwrap();
        assert_eq!(read, phone.replica, "what is saved is the whole state");
        phone.replica = Replica::open(&phone.saved, Uuid::from_u128(1)).unwrap();
        self.save(at);
    }

    pub(crate) fn restore_phone(&mut self, at: usize) {
        let phone = &mut self.phones[at];
        if let Some(backup) = phone.backup.clone() {
            phone.replica = serde_json::from_str(&backup).unwrap();
            (phone.saved, phone.late) = (backup, Vec::new());
            phone.boots += 1;
            self.forget();
        }
    }

    pub(crate) fn clone_phone(&mut self, at: usize) {
        if self.phones.len() < 6 {
            let phone = &self.phones[at];
            let (replica, damaged) = (serde_json::from_str(&phone.saved).unwrap(), phone.damaged);
            self.add(phone.user, replica, phone.boots + 1_000);
            self.phones.last_mut().unwrap().damaged = damaged;
        }
    }

    pub(crate) fn wipe(&mut self, at: usize) {
        let (user, device) = (self.phones[at].user, self.phones[at].replica.device());
        let replica = self.logged_in(user, device);
        let phone = &mut self.phones[at];
        (phone.saved, phone.replica) = (serde_json::to_string(&replica).unwrap(), replica);
        (phone.late, phone.backup) = (Vec::new(), None);
        phone.boots += 1;
        self.forget();
    }

    pub(crate) fn corrupt(&mut self, at: usize) {
        let mut state: Value = serde_json::from_str(&self.phones[at].saved).unwrap();
        let buckets = state["copy"]["buckets"].as_object_mut().unwrap();
        let filled = buckets.values_mut().filter_map(|bucket| bucket["members"].as_object_mut());
        for members in filled.filter(|members| !members.is_empty()).take(1) {
            let id = members.keys().next().unwrap().clone();
            members.remove(&id);
        }
        let phone = &mut self.phones[at];
        (phone.replica, phone.damaged) = (serde_json::from_value(state).unwrap(), true);
        self.save(at);
    }

    /// The server's disk dies: what the backup and the phones do not have is gone.
    pub(crate) fn restore_server(&mut self) {
        let now = self.server.now;
        let epoch = self.server.epoch + 1;
        let (hidden, left) = (self.server.hidden.clone(), self.server.left.clone());
        self.server = Server { now, epoch, hidden, left, ..self.backup.clone() };
        self.feed_all();
        self.forget();
    }

    /// A promise lasts as long as the server or a phone has what was promised: two losses at once are beyond any protocol.
    pub(crate) fn forget(&mut self) {
        let mut safe: BTreeSet<String> = oracle::on_server(&self.server).into_keys().collect();
        safe.extend(self.phones.iter().flat_map(|phone| oracle::in_log(&phone.saved)));
        self.promised.retain(|counter| safe.contains(counter));
    }
}
