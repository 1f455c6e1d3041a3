//! The network between the phones and the server: it loses, delays and repeats.

use serde_json::Value;
use sync_core::exchange::{Request, Response};

use super::Sim;
use crate::phone::{Failure, Phone, Step, Synced};

/// Exchanges after which a phone at rest is stuck.
const PATIENCE: usize = 200;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Requests that are still under way although their phones gave up.
#[derive(Default)]
pub(super) struct Network {
    late: Vec<(Phone, String)>,
}

impl Network {
    /// Something that is late, the newest first.
    pub(super) fn late_one(&mut self) -> Option<(Phone, String)> {
        self.late.pop()
    }
}

impl Sim {
    /// One exchange of a phone over the bad network.
    pub(super) async fn exchange(&mut self, at: usize) {
        let faults = self.options.faults;
        self.phones[at].replica.poke();
        let tick = self.phones[at].clock.tick();
        let Some(exchange) = self.phones[at].replica.next_request(&tick) else { return };
        let text = serde_json::to_string(&exchange.request).expect("a request is JSON");
        let sender = self.phones[at].clone();
        let answer = if self.chance.hits(faults.request_lost) {
            Err(Failure::Lost)
        } else if self.chance.hits(faults.request_late) {
            self.network.late.push((sender, text));
            Err(Failure::Lost)
        } else {
            let answer = self.serve(&sender, &exchange.request).await;
            if self.chance.hits(faults.request_twice) {
                self.network.late.push((sender, text));
            }
            if self.chance.hits(faults.answer_lost) { Err(Failure::Lost) } else { answer }
        };
        self.take(at, exchange.ticket, answer).await;
    }

    /// Some of what is late arrives, in any order; the answers find nobody.
    pub(super) async fn deliver_late(&mut self) {
        while !self.network.late.is_empty() && self.chance.hits(300) {
            let index = self.chance.index(self.network.late.len());
            let (sender, text) = self.network.late.swap_remove(index);
            let request: Request = serde_json::from_str(&text).expect("it was a request");
            let _nobody_hears = self.serve(&sender, &request).await;
        }
    }

    /// The server gets a request; whatever becomes of its answer, what it acknowledged is written down.
    pub(super) async fn serve(&mut self, sender: &Phone, request: &Request) -> Result<Response, Failure> {
        let answer = sender.send(request).await;
        self.ledger.write_down(sender.replica.device(), request, &answer);
        self.trace.exchanges += usize::from(answer.is_ok());
        let heard = match &answer {
            Ok(response) => serde_json::to_value(response).expect("an answer is JSON"),
            Err(failure) => Value::from(format!("{} {:?}", failure.status(), failure.code())),
        };
        self.note(&heard.to_string());
        answer
    }

    async fn take(&mut self, at: usize, ticket: u64, answer: Result<Response, Failure>) -> Step {
        let mut synced = Synced::default();
        let step = self.phones[at].take(ticket, answer, &mut synced).await;
        self.trace.forks += synced.forks;
        self.ledger.knows(&self.phones[at]);
        step
    }

    /// The network is perfect, and the phone exchanges until it is done.
    pub(super) async fn finish(&mut self, at: usize) {
        for _ in 0..PATIENCE {
            self.phones[at].replica.poke();
            let tick = self.phones[at].clock.tick();
            let Some(exchange) = self.phones[at].replica.next_request(&tick) else {
                let wait = self.phones[at].replica.due_in_ms(&tick);
                self.pass(i64::try_from(wait).expect("a short wait")).await;
                continue;
            };
            let sender = self.phones[at].clone();
            let answer = self.serve(&sender, &exchange.request).await;
            match self.take(at, exchange.ticket, answer).await {
                Step::Done => return,
                Step::Again => {}
                Step::Wait(_, failure) if failure.code() == Some("too-many-forks") => self.pass(DAY_MS).await,
                Step::Wait(ms, _) => self.pass(i64::try_from(ms).expect("a short wait")).await,
            }
        }
        let status = self.phones[at].replica.status();
        panic!("seed {}: {} does not come to an end: {status:?}", self.options.seed, self.phones[at].username());
    }
}
