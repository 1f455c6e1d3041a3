//! Plays a script on two servers of one database, with all phones and the jobs of both at the same time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use server::jobs::Jobs;
use server::state::App;
use tests::chance::Chance;
use tests::engine::Engine;
use tests::phone::Phone;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::delivery::{close, created, found, push, record};
use super::outcome::Outcome;
use super::script::{Deed, SIGNAL, Script};

/// Records whose creation is on the server.
type There = Arc<Mutex<BTreeSet<Uuid>>>;

/// What a phone has to send at a signal: its ops with what they need and make.
type Part = Vec<(String, Deed)>;

/// Plays a script; what it comes to.
pub(crate) async fn play_at_once(script: &Script) -> Outcome {
    let (server, mut phones) = found(Engine::Postgres).await;
    let second = server.sibling().await;
    let logs = record(script, &mut phones);
    let there = There::default();
    for (signal, at) in SIGNAL.into_iter().enumerate() {
        server.api().set_clock(at).await;
        while second.app().clock.now() != server.app().clock.now() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let (mut sending, over) = (JoinSet::new(), Arc::new(AtomicBool::new(false)));
        for (number, (phone, log)) in phones.iter().zip(&logs).enumerate() {
            let part: Part = log
                .texts
                .iter()
                .cloned()
                .zip(log.deeds.iter().cloned())
                .filter(|(_, deed)| deed.signal == signal)
                .collect();
            let at = [phone.clone(), phone.clone().at(&second.api())];
            sending.spawn(send(at, part, Arc::clone(&there), Chance::new(number as u64)));
        }
        let mut working = JoinSet::new();
        for app in [server.app(), second.app()] {
            working.spawn(work(app.clone(), Arc::clone(&over)));
        }
        sending.join_all().await;
        over.store(true, Ordering::Relaxed);
        working.join_all().await;
    }
    close(&server).await
}

/// Sends in pieces, to one server or the other; what needs something waits for it.
async fn send(at: [Phone; 2], part: Part, there: There, mut chance: Chance) {
    let mut left = &part[..];
    while !left.is_empty() {
        let ready = {
            let mut there = there.lock().unwrap().clone();
            let may = |(_, deed): &&(String, Deed)| {
                let may = deed.after.iter().all(|id| there.contains(id));
                there.extend(created(deed));
                may
            };
            left.iter().take_while(may).count()
        };
        if ready == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let (now, later) = left.split_at(ready.min(1 + chance.index(6)));
        let texts: Vec<String> = now.iter().map(|(text, _)| text.clone()).collect();
        at[chance.index(2)].send(&push(&texts)).await.unwrap();
        there.lock().unwrap().extend(now.iter().filter_map(|(_, deed)| created(deed)));
        left = later;
    }
}

/// Does what is done by itself, again and again.
async fn work(app: App, over: Arc<AtomicBool>) {
    while !over.load(Ordering::Relaxed) {
        Jobs::default().run(&app).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
