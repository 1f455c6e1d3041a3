//! Customers, protections, bookings, leads and the rotation.

use std::collections::BTreeSet;
use std::sync::Arc;

use server::store::bookings::{self, Booking};
use server::store::checkins::{self, Checkin, PostAssignment};
use server::store::customers::{self, Customer, Fingerprint, Number};
use server::store::leads::{self, Lead, NumbersSet};
use server::store::protections::Protection;
use server::store::rotation::{self, Call, Purpose};
use server::store::{Key, StoreError, protections, run_tx};

use crate::fixtures::{PROJECT, id, key, moment, protection};
use crate::world::{World, on_both_engines};

on_both_engines! {
    one_number_has_one_customer_whoever_comes_at_once
    a_new_key_learns_numbers_from_older_ones
    p8_one_protection_stands_per_class_and_customer
    an_ended_protection_makes_room
    cf_4_no_turn_is_given_twice
    cf_4_a_sheet_that_asks_again_gets_its_turn
    bookings_are_found_by_digits_and_counted_by_day
    leads_are_found_by_customer_and_counted_by_owner
    checkins_and_posts_are_found_by_person_and_day
}

fn number(hmacs: &[(i64, u8)], customer: u128) -> Number {
    Number {
        fingerprints: hmacs.iter().map(|&(key_id, hmac)| Fingerprint { key_id, hmac: vec![hmac; 32] }).collect(),
        customer: Customer {
            project: PROJECT,
            id: id(customer),
            sealed: vec![1, 2],
            key_id: 1,
            masked: "138****1234".to_owned(),
            name: "王女士".to_owned(),
            created_at: 5,
        },
    }
}

async fn one_number_has_one_customer_whoever_comes_at_once(world: World) {
    let world = Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for desk in 0..8_u8 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let mut numbers: Vec<_> =
                (0..5).map(|n| number(&[(1, n)], u128::from(desk) * 10 + u128::from(n) + 1)).collect();
            numbers.rotate_left(usize::from(desk) % 5);
            let resolve = async |mut tx: server::store::TxGuard| customers::resolve(&mut tx, PROJECT, &numbers).await;
            let mut found = run_tx(&world, "resolve", resolve).await.unwrap();
            found.rotate_right(usize::from(desk) % 5);
            found.iter().map(|customer| customer.id).collect::<Vec<_>>()
        });
    }
    let answers: BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(answers.len(), 1, "everybody got the same customers");
}

async fn a_new_key_learns_numbers_from_older_ones(world: World) {
    let mut tx = world.begin().await.unwrap();
    let first = customers::resolve(&mut tx, PROJECT, &[number(&[(1, 7)], 1)]).await.unwrap();
    assert_eq!(first, [number(&[], 1).customer]);
    let numbers = [number(&[(2, 8), (1, 7)], 2), number(&[(2, 9), (1, 6)], 3)];
    let again = customers::resolve(&mut tx, PROJECT, &numbers).await.unwrap();
    let again: Vec<_> = again.iter().map(|customer| customer.id).collect();
    assert_eq!(again, [id(1), id(3)]);
    let known = customers::find(&mut tx, PROJECT, &number(&[(2, 8), (2, 5)], 9).fingerprints).await.unwrap();
    assert_eq!(known.into_values().collect::<Vec<_>>(), [id(1)]);
    assert_eq!(customers::by_ids(&mut tx, PROJECT, &[id(1), id(2), id(3)]).await.unwrap().len(), 2);
    assert_eq!(customers::lock(&mut tx, &[key(3), key(1)]).await.unwrap()[0].id, id(1));
}

async fn p8_one_protection_stands_per_class_and_customer(world: World) {
    let world = Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=12 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let class = if n % 2 == 0 { "sheet" } else { "lead" };
            let row = protection(n, class, 100);
            run_tx(&world, "protect", async |mut tx| protections::add(&mut tx, &[&row]).await).await.unwrap() == 1
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|&added| added).count(), 2);
    let standing = protections::standing(&mut world.read().await.unwrap(), PROJECT, &[id(100)]).await.unwrap();
    assert_eq!(standing.iter().map(|row| row.class.as_str()).collect::<Vec<_>>(), ["lead", "sheet"]);
}

async fn an_ended_protection_makes_room(world: World) {
    let mut tx = world.begin().await.unwrap();
    let (one, other, third) = (protection(1, "lead", 100), protection(2, "lead", 101), protection(3, "lead", 100));
    assert_eq!(protections::add(&mut tx, &[&one, &other]).await.unwrap(), 2);
    assert_eq!(protections::add(&mut tx, &[&third]).await.unwrap(), 0);
    let lapsed = protections::lapsed(&mut tx, PROJECT, 20, 10).await.unwrap();
    assert_eq!(lapsed, [protection(1, "lead", 100), protection(2, "lead", 101)]);
    assert_eq!(protections::lapsed(&mut tx, PROJECT, 19, 10).await.unwrap(), []);
    let ended = Protection { ended_at: Some(20), state: "lapsed".to_owned(), ..one };
    protections::end(&mut tx, &[&ended]).await.unwrap();
    assert!(protections::end(&mut tx, &[&ended]).await.is_err(), "it has ended");
    assert_eq!(protections::add(&mut tx, &[&third]).await.unwrap(), 1);
    let mut permanent = protection(3, "lead", 100);
    permanent.until_at = None;
    permanent.holder_user = None;
    permanent.holder_partner = Some(id(50));
    protections::update(&mut tx, &[&permanent]).await.unwrap();
    assert_eq!(protections::standing(&mut tx, PROJECT, &[id(100)]).await.unwrap(), std::slice::from_ref(&permanent));
    let history = protections::of_customer(&mut tx, PROJECT, id(100)).await.unwrap();
    assert_eq!(history.iter().map(|row| row.ended_at).collect::<Vec<_>>(), [Some(20), None]);
    assert_eq!(protections::by_ids(&mut tx, PROJECT, &[id(3)]).await.unwrap(), [permanent]);
}

fn call(at: i64) -> Call<'static> {
    Call { project: PROJECT, day: "2026-11-22", at, actor: id(900) }
}

async fn cf_4_no_turn_is_given_twice(world: World) {
    let world = Arc::new(world);
    let candidates = [id(1), id(2), id(3)];
    let mut tasks = tokio::task::JoinSet::new();
    for sheet in 1..=12 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let sheet = Purpose::Sheet(id(100 + sheet));
            let take =
                async |mut tx: server::store::TxGuard| rotation::take(&mut tx, &call(1), &candidates, &sheet).await;
            run_tx(&world, "take", take).await.unwrap().unwrap()
        });
    }
    let mut turns = tasks.join_all().await;
    turns.sort_by_key(|turn| turn.turn);
    assert_eq!(turns.iter().map(|turn| turn.turn).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    for (turn, consultant) in turns.iter().zip(candidates.iter().cycle()) {
        assert_eq!(turn.consultant, *consultant, "round robin");
    }
    let mut reader = world.read().await.unwrap();
    assert_eq!(rotation::of_day(&mut reader, PROJECT, "2026-11-22").await.unwrap(), turns);
}

async fn cf_4_a_sheet_that_asks_again_gets_its_turn(world: World) {
    let mut tx = world.begin().await.unwrap();
    let sheet = Purpose::Sheet(id(101));
    let first = rotation::take(&mut tx, &call(1), &[id(1), id(2)], &sheet).await.unwrap().unwrap();
    assert_eq!(rotation::take(&mut tx, &call(2), &[id(2)], &sheet).await.unwrap(), Some(first));
    let skipped = rotation::take(&mut tx, &call(3), &[id(1), id(2)], &Purpose::Skip { id: id(200), reason: "lunch" })
        .await
        .unwrap()
        .unwrap();
    assert_eq!((skipped.consultant, skipped.reason.as_deref(), skipped.sheet), (id(2), Some("lunch"), id(200)));
    let next = Purpose::Sheet(id(102));
    let turn = rotation::take(&mut tx, &call(4), &[id(3), id(1), id(2)], &next).await.unwrap().unwrap();
    assert_eq!((turn.turn, turn.consultant), (3, id(3)));
    assert_eq!(rotation::take(&mut tx, &call(5), &[], &Purpose::Sheet(id(103))).await.unwrap(), None);
    tx.commit().await.unwrap();
}

fn booking(n: u128, digits: &str, latest: i64) -> Booking {
    Booking {
        project: PROJECT,
        id: id(n),
        owner: id(1),
        holder_user: Some(id(1)),
        holder_partner: None,
        digits: digits.to_owned(),
        name_folded: "王女士".to_owned(),
        customer_name: "王 女士".to_owned(),
        route: "booked".to_owned(),
        lead: None,
        moment: sync_core::time::Moment { latest, ..moment() },
        day: "2026-11-22".to_owned(),
        state: "live".to_owned(),
        cancelled_at: None,
        sheet: None,
    }
}

async fn bookings_are_found_by_digits_and_counted_by_day(world: World) {
    let mut tx = world.begin().await.unwrap();
    let rows = [booking(3, "138****1234", 20), booking(2, "138****1234", 30), booking(1, "139****0000", 25)];
    bookings::save(&mut tx, &rows).await.unwrap();
    let mut used = rows[1].clone();
    "used".clone_into(&mut used.state);
    used.sheet = Some(id(70));
    bookings::save(&mut tx, std::slice::from_ref(&used)).await.unwrap();
    let digits = ["138****1234".to_owned()];
    let found = bookings::with_digits(&mut tx, PROJECT, &digits, 0).await.unwrap();
    assert_eq!(found, [rows[0].clone(), used.clone()]);
    assert_eq!(bookings::with_digits(&mut tx, PROJECT, &digits, 21).await.unwrap(), [used]);
    let for_partner = Booking { holder_user: None, holder_partner: Some(id(50)), ..booking(4, "137****0000", 40) };
    bookings::save(&mut tx, &[for_partner]).await.unwrap();
    let counted = bookings::booked_by(&mut tx, PROJECT, "2026-11-22", &[id(1), id(2)]).await.unwrap();
    assert_eq!(counted, [(id(1), 4)]);
    let mut counted = bookings::booked_for(&mut tx, PROJECT, "2026-11-22", &[id(1), id(50), id(2)]).await.unwrap();
    counted.sort_unstable();
    assert_eq!(counted, [(id(1), 3), (id(50), 1)]);
    assert_eq!(bookings::booked_by(&mut tx, PROJECT, "2026-11-23", &[id(1)]).await.unwrap(), []);
    assert_eq!(bookings::by_ids(&mut tx, &[key(1), key(9)]).await.unwrap(), [rows[2].clone()]);
}

async fn leads_are_found_by_customer_and_counted_by_owner(world: World) {
    let lead = |n, owner, customer: Option<u128>| Lead {
        project: PROJECT,
        id: id(n),
        owner: id(owner),
        customer: customer.map(id),
        moment: moment(),
        state: "protected".to_owned(),
    };
    let mut tx = world.begin().await.unwrap();
    leads::save(&mut tx, &[lead(1, 10, Some(100)), lead(2, 11, Some(100)), lead(3, 10, None)]).await.unwrap();
    leads::save(&mut tx, &[lead(2, 11, Some(101))]).await.unwrap();
    assert_eq!(leads::of_customers(&mut tx, PROJECT, &[id(100)]).await.unwrap(), [lead(1, 10, Some(100))]);
    let contested = Lead { state: "contested".to_owned(), ..lead(4, 10, Some(103)) };
    leads::save(&mut tx, &[contested]).await.unwrap();
    let received = moment().latest;
    let of_both = [id(10), id(12)];
    let set = leads::numbers(&mut tx, PROJECT, &of_both, (received, received + 1)).await.unwrap();
    assert_eq!(set, [NumbersSet { owner: id(10), all: 3, contested: 1 }]);
    assert_eq!(leads::numbers(&mut tx, PROJECT, &of_both, (0, received)).await.unwrap(), [], "half-open");
    assert_eq!(leads::by_ids(&mut tx, &[key(2)]).await.unwrap(), [lead(2, 11, Some(101))]);
}

async fn checkins_and_posts_are_found_by_person_and_day(world: World) {
    let checkin = |n, subject, day: &str| Checkin {
        project: PROJECT,
        id: id(n),
        owner: id(1),
        subject: id(subject),
        kind: "on".to_owned(),
        day: day.to_owned(),
        moment: sync_core::time::Moment { claimed: None, grade: sync_core::time::Grade::Bracketed, ..moment() },
        location: None,
        verdict: "counted".to_owned(),
        source: "phone".to_owned(),
        witnessed: false,
        decided: false,
    };
    let post = |n, subject| PostAssignment {
        project: PROJECT,
        id: id(n),
        day: "2026-11-22".to_owned(),
        subject: id(subject),
        post: id(60),
        taken_back: None,
    };
    run_tx(&world, "save", async |mut tx| {
        checkins::save(
            &mut tx,
            &[checkin(1, 5, "2026-11-21"), checkin(2, 5, "2026-11-22"), checkin(3, 6, "2026-11-22")],
        )
        .await?;
        checkins::assign_posts(&mut tx, &[post(1, 5), post(2, 6)]).await?;
        let taken_back = PostAssignment { taken_back: Some(7), ..post(2, 6) };
        checkins::assign_posts(&mut tx, &[post(1, 5), taken_back]).await?;
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
    let mut reader = world.read().await.unwrap();
    let days = ("2026-11-22", "2026-11-30");
    let found = checkins::of_subjects(&mut reader, PROJECT, &[id(5), id(7)], days).await.unwrap();
    assert_eq!(found, [checkin(2, 5, "2026-11-22")]);
    assert_eq!(checkins::of_day(&mut reader, PROJECT, "2026-11-22").await.unwrap().len(), 2);
    let posts = checkins::assigned_posts(&mut reader, PROJECT, "2026-11-22", &[id(5), id(6)]).await.unwrap();
    let taken_back = PostAssignment { taken_back: Some(7), ..post(2, 6) };
    assert_eq!(posts, [post(1, 5), taken_back.clone()]);
    let key = |n| Key { project: PROJECT, id: id(n) };
    assert_eq!(checkins::assignments(&mut reader, &[key(2), key(3)]).await.unwrap(), [taken_back]);
}
