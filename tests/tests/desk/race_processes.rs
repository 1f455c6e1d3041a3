//! Two servers on one database, asked at the same instant: what one decides the other knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use api_spec::desk::SheetStatus;
use serde_json::json;
use server::store::{confirmations, protections};
use sync_core::kinds::LEAD;
use tests::api::Api;
use tests::engine::{self, Engine};
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world::{self, PROJECT};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::house::{Desk, House, MASK, NUMBER, arrival, book, brought, sheet, told};

/// Phones of people, each a device of its own, the odd ones at the second server.
async fn phones(servers: &[Api; 2], usernames: &[&str]) -> Vec<Phone> {
    let mut phones = Vec::new();
    for (n, username) in usernames.iter().enumerate() {
        let device = Uuid::new_v5(&PROJECT, format!("{username}-{n}").as_bytes());
        let mut phone = Phone::new(&servers[n % 2], username, device);
        phone.log_in().await.unwrap();
        phone.sync().await.unwrap();
        phones.push(phone);
    }
    phones
}

/// Everybody exchanges at the same instant.
async fn sync_at_once(phones: Vec<Phone>) -> Vec<Phone> {
    let together = Arc::new(Barrier::new(phones.len()));
    let mut set = JoinSet::new();
    for (n, mut phone) in phones.into_iter().enumerate() {
        let together = Arc::clone(&together);
        set.spawn(async move {
            together.wait().await;
            phone.sync_patiently().await.unwrap();
            (n, phone)
        });
    }
    let by_place: BTreeMap<usize, Phone> = set.join_all().await.into_iter().collect();
    by_place.into_values().collect()
}

tests::scenarios! {
    async fn bk_7_four_bookings_of_one_customer_at_once_are_three_live_and_one_void(engine: Engine) {
        let house = House::open(engine).await;
        let second = house.server.sibling().await;
        let servers = [house.server.api(), second.api()];
        // a partner's agents are one holder
        let mut phones = phones(&servers, &["machao", "linna", "machao", "linna"]).await;
        for round in 0..6 {
            let mask = format!("139****{round:04}");
            let ids: Vec<Uuid> = phones.iter_mut().map(|phone| book(phone, "王女士", &mask)).collect();
            phones = sync_at_once(phones).await;
            let mut outcomes = Vec::new();
            for (phone, id) in phones.iter_mut().zip(ids) {
                outcomes.push(told(phone, id).await);
            }
            outcomes.sort();
            let live = ("live".to_owned(), vec![]);
            assert_eq!(outcomes, [live.clone(), live.clone(), live, ("void".to_owned(), vec!["BK-7".to_owned()])], "round {round}");
        }
        house.replay().await;
    }

    async fn bk_13_a_booking_is_never_live_after_the_sheet_it_raced_with(engine: Engine) {
        let house = House::open(engine).await;
        let second = house.server.sibling().await;
        let servers = [house.server.api(), second.api()];
        let desk = house.as_user("zhoumei").await;
        let mut phones = phones(&servers, &["machao", "linna", "zhaolei", "liuyang"]).await;
        for round in 0..6_u128 {
            let (mask, number) = (format!("139****{round:04}"), format!("1390000{round:04}"));
            let ids: Vec<Uuid> = phones.iter_mut().map(|phone| book(phone, "王女士", &mask)).collect();
            let body = brought(round, &number, "zhangwei");
            let arriving = tokio::spawn({
                let desk = Desk(desk.clone());
                async move { desk.arrive(&body).await.unwrap() }
            });
            phones = sync_at_once(phones).await;
            let sheet = arriving.await.unwrap();
            // each one either lay before the sheet, was too late for it and fell with it, or came after it
            for (phone, id) in phones.iter_mut().zip(ids) {
                let (outcome, rules) = told(phone, id).await;
                assert!(["void", "contested"].contains(&outcome.as_str()), "round {round}: {outcome} {rules:?} beside {:?}", sheet.status);
            }
            assert_eq!(sheet.status, SheetStatus::Valid);
        }
        house.replay().await;
    }

    async fn bk_2_a_booking_is_never_used_by_two_sheets(engine: Engine) {
        let house = House::open(engine).await;
        let second = house.server.sibling().await;
        let (mut phone, booking) = house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        tokio::time::sleep(Duration::from_millis(500)).await; // the other server follows the clock
        let token = house.as_user("zhoumei").await;
        let other = second.api().with_token(&token_of(&house).await);
        let desks = [token, other];
        // two numbers with these digits, so that nothing but the booking is shared
        let numbers = ["13811115678", "13822225678", "13833335678", "13844445678"];
        let together = Arc::new(Barrier::new(numbers.len()));
        let mut set = JoinSet::new();
        for (n, number) in numbers.into_iter().enumerate() {
            let (desk, together) = (Desk(desks[n % 2].clone()), Arc::clone(&together));
            set.spawn(async move {
                together.wait().await;
                desk.arrive(&arrival(n as u128, "王丽", number)).await.unwrap()
            });
        }
        let sheets = set.join_all().await;
        let used: Vec<_> = sheets.iter().filter(|sheet| sheet.status == SheetStatus::Valid).collect();
        assert_eq!(used.len(), 1, "{sheets:?}");
        assert_eq!(used[0].booking, Some(booking));
        assert!(sheets.iter().all(|sheet| sheet.status == SheetStatus::Valid || sheet.booking.is_none()));
        assert_eq!(told(&mut phone, booking).await.0, "used");
        house.replay().await;
    }

    async fn p8_pr_3_leads_and_arrivals_at_once_leave_one_protection_a_class(engine: Engine) {
        let house = House::open(engine).await;
        let second = house.server.sibling().await;
        let servers = [house.server.api(), second.api()];
        let token = token_of(&house).await;
        let people = ["zhangwei", "wangfang", "liuyang", "zhaolei", "sunli", "machao", "linna", "lihua"];
        let mut phones = phones(&servers, &people).await;
        for round in 0..3_u128 {
            let number = format!("1390000{round:04}");
            let fields = json!({"name": "王丽", "phone": number, "source": "visit"});
            let ids: Vec<Uuid> = phones.iter_mut().map(|phone| phone.create(&LEAD, fields.clone())).collect();
            let mut arriving = JoinSet::new();
            for n in 0..8 {
                let desk = Desk(servers[n % 2].with_token(&token));
                let body = brought(round * 8 + n as u128, &number, people[n]);
                arriving.spawn(async move { desk.arrive(&body).await.unwrap() });
            }
            phones = sync_at_once(phones).await;
            let sheets = arriving.join_all().await;
            let customer = house.customer(sheet(round * 8)).await;
            let reserved = house.standing("sheet", &[customer]).await;
            assert_eq!(reserved.len(), 1, "round {round}");
            let leads = house.standing("lead", &[customer]).await;
            assert!(leads.len() <= 1, "round {round}");
            let mut protected = BTreeSet::new();
            for ((phone, id), person) in phones.iter_mut().zip(ids).zip(people) {
                if told(phone, id).await.0 == "protected" {
                    // the agents of one company are one holder
                    protected.insert(if ["machao", "linna"].contains(&person) { "anju" } else { person });
                }
            }
            assert!(protected.len() <= 1 || leads.is_empty(), "round {round}: {protected:?} all say that they are protected");
            let valid: BTreeSet<_> = sheets
                .iter()
                .filter(|sheet| sheet.status == SheetStatus::Valid)
                .map(|sheet| sheet.holder.map(|holder| (holder.user, holder.partner)))
                .collect();
            assert!(valid.len() <= 1, "round {round}: two holders");
            assert!(sheets.iter().all(|sheet| !sheet.reasons.is_empty()), "a verdict without reasons");
        }
        house.replay().await;
    }
}

/// Two processes and many connections, on PostgreSQL: what the database holds is held whoever asks.
#[test]
fn p8_pr_3_two_processes_with_many_connections_leave_one_protection_a_class() {
    engine::run(async {
        let one = ServerProcess::start(Engine::Postgres).await;
        let other = one.sibling().await;
        one.api().set_clock(world::MORNING).await;
        world::found_at(one.database()).await;
        tokio::time::sleep(Duration::from_millis(500)).await; // the other process follows the clock
        let servers = [one.api(), other.api()];
        let token = token_at(&servers[0]).await;
        let people = ["zhangwei", "wangfang", "liuyang", "zhaolei", "sunli", "machao", "linna", "lihua"];
        let mut phones = phones(&servers, &[people, people].concat()).await;
        let fields = json!({"name": "王丽", "phone": NUMBER, "source": "visit"});
        for phone in &mut phones {
            phone.create(&LEAD, fields.clone());
        }
        let mut arriving = JoinSet::new();
        for n in 0..16 {
            let desk = Desk(servers[n % 2].with_token(&token));
            let body = brought(n as u128, NUMBER, people[n % people.len()]);
            arriving.spawn(async move { desk.arrive(&body).await.unwrap() });
        }
        sync_at_once(phones).await;
        let sheets = arriving.join_all().await;
        let db = world::open(one.database()).await;
        let mut reader = db.read().await.unwrap();
        let row = confirmations::find(&mut reader, &[PROJECT], sheet(0)).await.unwrap().unwrap();
        let standing = protections::standing(&mut reader, PROJECT, &[row.customer]).await.unwrap();
        let of = |class: &str| standing.iter().filter(|row| row.class == class).count();
        assert_eq!(of("sheet"), 1, "{standing:?}");
        assert!(of("lead") <= 1, "{standing:?}");
        let holders = sheets.iter().filter(|sheet| sheet.status == SheetStatus::Valid).map(|sheet| sheet.holder);
        let holders: BTreeSet<_> = holders.map(|holder| holder.map(|holder| (holder.user, holder.partner))).collect();
        assert!(holders.len() <= 1, "two holders: {holders:?}");
        assert!(sheets.iter().all(|sheet| !sheet.reasons.is_empty()), "a verdict without reasons");
    });
}

/// A token of the desk, good at every server of the database.
async fn token_of(house: &House) -> String {
    token_at(&house.server.api()).await
}

async fn token_at(server: &Api) -> String {
    let login = json!({"org": world::ORG, "username": "zhoumei", "password": world::PASSWORD});
    let session: api_spec::auth::Session = server.post("/v1/auth/login", &login).await.unwrap();
    session.tokens.access_token.reveal().to_owned()
}
