//! Rulings and confirmation sheets.

use server::store::confirmations::{self, Confirmation, Filter};
use server::store::rulings::{self, RulingRow};
use server::store::{StoreError, run_tx};

use crate::fixtures::{ORG, PROJECT, id};
use crate::world::{World, on_both_engines};

on_both_engines! {
    p9_a_ruling_is_superseded_once
    open_reviews_are_listed_until_they_are_decided
    a_sheet_is_changed_from_the_version_that_was_seen
    sheets_are_found_by_arrival_and_customer
}

fn ruling(n: u128, outcome: &str) -> RulingRow {
    RulingRow {
        project: PROJECT,
        id: id(n),
        org: ORG,
        subject: id(100),
        family: "BK".to_owned(),
        at: i64::try_from(n).unwrap(),
        outcome: outcome.to_owned(),
        reasons: "[]".to_owned(),
        facts: "{\"n\":1.50}".to_owned(),
        policy_version: 1,
        supersedes: None,
        superseded_by: None,
        decided_by: None,
        note: None,
        team: Some(id(7)),
        owner: None,
    }
}

async fn p9_a_ruling_is_superseded_once(world: World) {
    run_tx(&world, "rule", async |mut tx| rulings::add(&mut tx, &[ruling(1, "live")]).await).await.unwrap();
    let world = std::sync::Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 2..=5 {
        let world = std::sync::Arc::clone(&world);
        tasks.spawn(async move {
            let next = [RulingRow { supersedes: Some(id(1)), ..ruling(n, "void") }];
            run_tx(&world, "rule", async |mut tx| rulings::add(&mut tx, &next).await).await
        });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().flat_map(Result::as_ref).count() == 1);
    assert!(results.into_iter().filter_map(Result::err).all(|error| matches!(error, StoreError::RowCount { .. })));
    let all = rulings::of_subjects(&mut world.read().await.unwrap(), PROJECT, &[id(100)]).await.unwrap();
    assert_eq!(all.len(), 2, "those who came too late left no trace");
    assert_eq!((all[0].superseded_by, all[1].supersedes), (Some(all[1].id), Some(id(1))));
    assert_eq!(all[0].facts, ruling(1, "live").facts);
    let found = rulings::find(&mut world.read().await.unwrap(), &[PROJECT], all[1].id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&all[1]));
}

async fn open_reviews_are_listed_until_they_are_decided(world: World) {
    let mut tx = world.begin().await.unwrap();
    let other = RulingRow { team: None, family: "AT".to_owned(), ..ruling(3, "review") };
    rulings::add(&mut tx, &[ruling(1, "review"), ruling(2, "live"), other, ruling(4, "review")]).await.unwrap();
    let decided = RulingRow { supersedes: Some(id(1)), decided_by: Some(id(9)), ..ruling(5, "live") };
    rulings::add(&mut tx, &[decided]).await.unwrap();
    let ids = |rulings: Vec<RulingRow>| rulings.iter().map(|ruling| ruling.id.as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(rulings::in_review(&mut tx, PROJECT, None, None, None, 10).await.unwrap()), [3, 4]);
    assert_eq!(ids(rulings::in_review(&mut tx, PROJECT, Some(&[id(7)]), None, None, 10).await.unwrap()), [4]);
    assert_eq!(ids(rulings::in_review(&mut tx, PROJECT, None, Some("AT"), None, 10).await.unwrap()), [3]);
    let after = Some((3, id(3)));
    assert_eq!(ids(rulings::in_review(&mut tx, PROJECT, None, None, after, 10).await.unwrap()), [4]);
    assert_eq!(ids(rulings::of_project(&mut tx, PROJECT, after, 10).await.unwrap()), [4, 5]);
    assert_eq!(rulings::lock(&mut tx, PROJECT, id(4)).await.unwrap(), Some(ruling(4, "review")));
}

fn sheet(n: u128, customer: u128, arrived_at: i64) -> Confirmation {
    Confirmation {
        project: PROJECT,
        id: id(n),
        org: ORG,
        customer: id(customer),
        state: "valid".to_owned(),
        phase: "open".to_owned(),
        route: "booked".to_owned(),
        arrived_at,
        opened_at: arrived_at,
        opened_by: id(900),
        booking: None,
        holder_user: Some(id(1)),
        holder_partner: None,
        consultant: Some(id(5)),
        signed_by: None,
        signed_at: None,
        confirmed_by: None,
        confirmed_at: None,
        version: 1,
        request_digest: [3; 32],
        late_entry: false,
        body: "{}".to_owned(),
    }
}

async fn a_sheet_is_changed_from_the_version_that_was_seen(world: World) {
    let mut tx = world.begin().await.unwrap();
    confirmations::add(&mut tx, &sheet(1, 100, 50)).await.unwrap();
    let mut seen = confirmations::lock(&mut tx, PROJECT, id(1)).await.unwrap().unwrap();
    assert_eq!(seen, sheet(1, 100, 50));
    seen.version += 1;
    seen.signed_by = Some(id(5));
    seen.signed_at = Some(60);
    confirmations::update(&mut tx, &seen).await.unwrap();
    assert!(matches!(confirmations::update(&mut tx, &seen).await, Err(StoreError::RowCount { .. })));
    assert_eq!(confirmations::find(&mut tx, &[PROJECT], id(1)).await.unwrap(), Some(seen));
    assert_eq!(confirmations::find(&mut tx, &[], id(1)).await.unwrap(), None);
    assert!(matches!(confirmations::add(&mut tx, &sheet(1, 100, 50)).await, Err(StoreError::Taken { .. })));
}

async fn sheets_are_found_by_arrival_and_customer(world: World) {
    let mut tx = world.begin().await.unwrap();
    for (n, customer, at) in [(1, 100, 50), (2, 101, 40), (3, 100, 60), (4, 102, 60)] {
        confirmations::add(&mut tx, &sheet(n, customer, at)).await.unwrap();
    }
    let ids = |sheets: Vec<Confirmation>| sheets.iter().map(|sheet| sheet.id.as_u128()).collect::<Vec<_>>();
    let filter =
        Filter { project: PROJECT, arrived: (40, 61), phase: None, consultant: None, late_entry: None, after: None };
    assert_eq!(ids(confirmations::list(&mut tx, &filter, 10).await.unwrap()), [2, 1, 3, 4]);
    let rest = Filter { after: Some((60, id(3))), ..filter.clone() };
    assert_eq!(ids(confirmations::list(&mut tx, &rest, 10).await.unwrap()), [4]);
    let none = Filter { phase: Some("signed"), consultant: Some(id(5)), ..filter.clone() };
    assert_eq!(ids(confirmations::list(&mut tx, &none, 10).await.unwrap()), []);
    let early = Filter { arrived: (0, 50), ..filter };
    assert_eq!(ids(confirmations::list(&mut tx, &early, 10).await.unwrap()), [2]);
    assert_eq!(ids(confirmations::of_customers(&mut tx, PROJECT, &[id(100)]).await.unwrap()), [1, 3]);
}
