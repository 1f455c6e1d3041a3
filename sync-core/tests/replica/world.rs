//! Phones, a network and a server, driven by a list of steps.

use std::collections::BTreeSet;

use sync_core::exchange::{Request, Response, Status};
use sync_core::replica::{Next, Refusal, Replica, Tick};
use uuid::Uuid;

use crate::oracle;
use crate::people::{self, USERS};
use crate::server::Server;
use crate::steps::{Fate, Step};

type Answer = Result<Response, Refusal>;

pub(crate) struct Phone {
    pub(crate) user: u8,
    pub(crate) replica: Replica,
    /// What is on the phone's disk.
    pub(crate) saved: String,
    pub(crate) backup: Option<String>,
    pub(crate) late: Vec<(u64, Answer)>,
    /// Its copy lost a member at some time.
    pub(crate) damaged: bool,
    pub(crate) boots: u32,
    pub(crate) booted_at: i64,
}

pub(crate) struct World {
    pub(crate) phones: Vec<Phone>,
    pub(crate) server: Server,
    pub(crate) backup: Server,
    /// Counters whose ops were acknowledged and are not lost with a phone and a disk together.
    pub(crate) promised: BTreeSet<String>,
    /// Records somebody deleted.
    pub(crate) deleted: BTreeSet<Uuid>,
    /// Two phones may have gone on with one log.
    pub(crate) cloned: bool,
    pub(crate) counters: u32,
    pub(crate) devices: u128,
}

impl Default for World {
    fn default() -> Self {
        let server = Server { now: 1_000_000_000_000, ..Server::default() };
        let (promised, deleted) = (BTreeSet::new(), BTreeSet::new());
        let mut world = Self {
            phones: Vec::new(),
            backup: server.clone(),
            server,
            promised,
            deleted,
            cloned: false,
            counters: 0,
            devices: 0,
        };
        for user in 0..USERS {
            let device = world.new_device();
            let replica = world.logged_in(user, device);
            world.add(user, replica, 0);
        }
        world
    }
}

impl World {
    pub(crate) fn new_device(&mut self) -> Uuid {
        self.devices += 1;
        Uuid::from_u128(0xD000 + self.devices)
    }

    pub(crate) fn logged_in(&mut self, user: u8, device: Uuid) -> Replica {
        let mut replica = Replica::new(people::user(user), device);
        let login = self.server.login(people::user(user), device);
        replica.login(login, &Tick { boot: "b0".into(), monotonic_ms: 0, wall: None }).unwrap();
        // Small pages: every pull has several.
        replica.set_limit(2);
        replica
    }

    pub(crate) fn add(&mut self, user: u8, replica: Replica, boots: u32) {
        let saved = serde_json::to_string(&replica).unwrap();
        let booted_at = self.server.now;
        self.phones.push(Phone {
            user,
            replica,
            saved,
            backup: None,
            late: Vec::new(),
            damaged: false,
            boots,
            booted_at,
        });
    }

    pub(crate) fn tick(&self, phone: usize) -> Tick {
        let phone = &self.phones[phone];
        let wall = Some("1999-12-31T23:59:59+08:00".to_owned());
        Tick { boot: format!("b{}", phone.boots), monotonic_ms: self.server.now - phone.booted_at, wall }
    }

    /// Every transition is stored before the next one, and what is stored is the whole state.
    pub(crate) fn save(&mut self, phone: usize) {
        let phone = &mut self.phones[phone];
        phone.saved = phone.replica.save_over(Some(&phone.saved)).unwrap();
    }

    pub(crate) fn take(&mut self, step: &Step) {
        self.server.now += 1_000;
        let count = self.phones.len();
        let at = |phone: &u8| usize::from(*phone) % count;
        match step {
            Step::Do(phone, deed) => self.act(at(phone), deed),
            Step::Exchange(phone, fate) => self.exchange(at(phone), *fate),
            Step::Restart(phone) => self.restart(at(phone)),
            Step::Reboot(phone) => {
                let now = self.server.now;
                let phone = &mut self.phones[at(phone)];
                (phone.boots, phone.booted_at) = (phone.boots + 1, now);
            }
            Step::BackUpPhone(phone) => self.phones[at(phone)].backup = Some(self.phones[at(phone)].saved.clone()),
            Step::RestorePhone(phone) => self.restore_phone(at(phone)),
            Step::Clone(phone) => self.clone_phone(at(phone)),
            Step::Wipe(phone) => self.wipe(at(phone)),
            Step::Corrupt(phone) => self.corrupt(at(phone)),
            Step::BackUpServer => {
                self.server.kept =
                    self.server.devices.iter().map(|(id, device)| (*id, device.log.len() as u64)).collect();
                self.backup = self.server.clone();
            }
            Step::RestoreServer => self.restore_server(),
            Step::Hide(user, hidden) => {
                toggle(&mut self.server.hidden, *user, *hidden);
                self.feed_all();
            }
            Step::Leave(user, left) => toggle(&mut self.server.left, *user, *left),
            Step::Wait(ms) => self.server.now += i64::from(*ms),
        }
        self.cloned |= matches!(step, Step::RestorePhone(_) | Step::Clone(_) | Step::Wipe(_));
        if let Step::Do(phone, _) | Step::Exchange(phone, _) | Step::Reboot(phone) | Step::Restart(phone) = step {
            oracle::check_phone(self, at(phone));
        }
    }

    pub(crate) fn feed_all(&mut self) {
        let ids: Vec<Uuid> = self.server.rows.keys().copied().collect();
        for id in ids {
            self.server.feed(id);
        }
    }

    fn exchange(&mut self, at: usize, fate: Fate) {
        let tick = self.tick(at);
        let Some(exchange) = self.phones[at].replica.next_request(&tick) else { return };
        self.save(at);
        let device = self.phones[at].replica.device();
        let text = serde_json::to_string(&exchange.request).unwrap();
        let request: Request = serde_json::from_str(&text).unwrap();
        let mut answer = match fate {
            Fate::RequestLost => return,
            Fate::Overloaded => Err(Refusal::Later { retry_after_ms: Some(5_000) }),
            _ => self.server.sync(device, &request),
        };
        self.server.now += 50;
        match fate {
            Fate::Doubled { first } => {
                let second = self.server.sync(device, &request);
                answer = if first { answer } else { second };
            }
            Fate::AnswerLost => return,
            Fate::Late => {
                self.phones[at].late.push((exchange.ticket, answer));
                return;
            }
            _ => {}
        }
        self.deliver(at, exchange.ticket, answer);
        for (ticket, answer) in std::mem::take(&mut self.phones[at].late) {
            self.deliver(at, ticket, answer);
        }
    }

    fn deliver(&mut self, at: usize, ticket: u64, answer: Answer) {
        let tick = self.tick(at);
        let phone = &mut self.phones[at];
        match answer {
            Ok(response) => {
                let text = serde_json::to_string(&response).unwrap();
                let before = phone.replica.clone();
                if phone.replica.take_response(ticket, serde_json::from_str(&text).unwrap(), &tick).is_err() {
                    assert_eq!(phone.replica, before, "an answer is applied as a whole or not at all");
                }
            }
            Err(refusal) => {
                if phone.replica.take_refusal(ticket, refusal, &tick) == Ok(Next::LogIn) {
                    let login = self.server.login(people::user(phone.user), phone.replica.device());
                    phone.replica.login(login, &tick).unwrap();
                }
            }
        }
        if self.phones[at].replica.fork_needed().is_some() {
            let device = self.new_device();
            let phone = &mut self.phones[at];
            let login = self.server.login(people::user(phone.user), device);
            phone.replica.fork(login, &tick).unwrap();
        }
        self.save(at);
        let replica = &self.phones[at].replica;
        let kept = replica.outcomes().filter(|outcome| outcome.status != Status::Rejected).map(|outcome| outcome.seq);
        let kept: BTreeSet<u64> = kept.collect();
        let texts = replica.texts().filter(|(seq, _)| kept.contains(seq)).map(|(_, text)| text);
        self.promised.extend(texts.flat_map(oracle::counters));
    }

    /// Everything that is on its way arrives, and phones talk until nobody has anything to say.
    pub(crate) fn quiesce(&mut self) {
        for _ in 0..4 {
            for phone in 0..self.phones.len() {
                for _ in 0..400 {
                    self.server.now += 400_000;
                    self.exchange(phone, Fate::Delivered);
                    if self.phones[phone].replica.due_in_ms(&self.tick(phone)) > 0 {
                        break;
                    }
                }
            }
        }
    }
}

fn toggle(set: &mut BTreeSet<u8>, member: u8, on: bool) {
    if on {
        set.insert(member);
    } else {
        set.remove(&member);
    }
}
