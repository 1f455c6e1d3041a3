//! Cards of outlets and their months (OV).

use server::store::outlet_months;
use server::store::outlets::{self, Outlet};

use crate::fixtures::{PROJECT, id, key};
use crate::world::{World, on_both_engines};

on_both_engines! {
    ov_2_a_card_is_looked_at_again_when_its_name_changes
    ov_3_a_month_is_due_until_it_was_counted_with_all_its_marks
}

fn card(n: u128, name: &str) -> Outlet {
    Outlet {
        project: PROJECT,
        id: id(n),
        name: name.to_owned(),
        name_folded: name.to_owned(),
        grade: Some("A".to_owned()),
        position: None,
        cell: Some(5),
        owner: Some(id(7)),
        team: Some(id(70)),
        opened_on: "2026-11-02".to_owned(),
        state: "open".to_owned(),
        ended_on: None,
        into: None,
        idle_from: "2026-11-02".to_owned(),
        keep_until: None,
    }
}

async fn ov_2_a_card_is_looked_at_again_when_its_name_changes(world: World) {
    let mut tx = world.begin().await.unwrap();
    let (one, other) = (card(1, "链家"), card(2, "安居"));
    outlets::save(&mut tx, &[one.clone(), other.clone()]).await.unwrap();
    assert_eq!(outlets::to_look_at(&mut tx, PROJECT, 9).await.unwrap(), [one.clone(), other.clone()]);
    // renamed after it was read: under its new name it was not compared
    let renamed = Outlet { name: "安居客".to_owned(), name_folded: "安居客".to_owned(), ..other.clone() };
    outlets::save(&mut tx, std::slice::from_ref(&renamed)).await.unwrap();
    outlets::looked(&mut tx, &[one.clone(), other]).await.unwrap();
    assert_eq!(outlets::to_look_at(&mut tx, PROJECT, 9).await.unwrap(), std::slice::from_ref(&renamed));
    let regraded = Outlet { grade: Some("C".to_owned()), ..one.clone() };
    outlets::save(&mut tx, std::slice::from_ref(&regraded)).await.unwrap();
    assert_eq!(
        outlets::to_look_at(&mut tx, PROJECT, 9).await.unwrap(),
        std::slice::from_ref(&renamed),
        "its name is the same"
    );
    let alike = outlets::alike(&mut tx, PROJECT, &["链家".to_owned()], &[5]).await.unwrap();
    assert_eq!(alike.iter().map(|card| card.id).collect::<Vec<_>>(), [id(1), id(2)], "each once");
    let deleted = Outlet { state: "deleted".to_owned(), ..renamed };
    outlets::save(&mut tx, std::slice::from_ref(&deleted)).await.unwrap();
    assert_eq!(outlets::alike(&mut tx, PROJECT, &[], &[5]).await.unwrap(), std::slice::from_ref(&regraded));
    outlets::drop_card(&mut tx, key(1), "2026-11-30").await.unwrap();
    let dropped = Outlet { state: "dropped".to_owned(), ended_on: Some("2026-11-30".to_owned()), ..regraded.clone() };
    // what its record says changes nothing about that
    outlets::save(&mut tx, &[regraded]).await.unwrap();
    assert_eq!(outlets::by_ids(&mut tx, &[key(1), key(9)]).await.unwrap(), [dropped]);
}

async fn ov_3_a_month_is_due_until_it_was_counted_with_all_its_marks(world: World) {
    let mut tx = world.begin().await.unwrap();
    outlet_months::open(&mut tx, PROJECT, "2026-11", &[id(1), id(2)]).await.unwrap();
    let mark = (PROJECT, "2026-10".to_owned(), id(1));
    outlet_months::mark(&mut tx, std::slice::from_ref(&mark)).await.unwrap();
    let mut months = outlet_months::of_outlets(&mut tx, PROJECT, &[id(1)]).await.unwrap();
    months.sort();
    assert_eq!(months, [("2026-10".to_owned(), id(1)), ("2026-11".to_owned(), id(1))]);
    let due = outlet_months::due(&mut tx, PROJECT, "2026-11-05", 9).await.unwrap();
    assert_eq!(
        due.iter().map(|row| (row.month.as_str(), row.outlet)).collect::<Vec<_>>(),
        [("2026-10", id(1)), ("2026-11", id(1)), ("2026-11", id(2)),]
    );
    let locked = outlet_months::lock(&mut tx, PROJECT, "2026-11", &[id(1), id(2)]).await.unwrap();
    let counted = |row: outlet_months::OutletMonth| outlet_months::OutletMonth {
        judged: row.marks,
        counted_on: "2026-11-05".to_owned(),
        counted: 3,
        quota: 5,
        ..row
    };
    let counted: Vec<_> = locked.into_iter().map(counted).collect();
    outlet_months::settle(&mut tx, &counted).await.unwrap();
    let october = outlet_months::due(&mut tx, PROJECT, "2026-11-05", 9).await.unwrap();
    assert_eq!(october.len(), 1);
    let closed = outlet_months::OutletMonth { judged: 1, closed: true, ..october[0].clone() };
    outlet_months::settle(&mut tx, &[closed]).await.unwrap();
    assert_eq!(outlet_months::due(&mut tx, PROJECT, "2026-11-05", 9).await.unwrap(), []);
    let tomorrow = outlet_months::due(&mut tx, PROJECT, "2026-11-06", 9).await.unwrap();
    assert_eq!(tomorrow.len(), 2, "months that run are counted every day");
    // beginning a month again changes nothing, a mark does
    outlet_months::open(&mut tx, PROJECT, "2026-11", &[id(1)]).await.unwrap();
    assert_eq!(outlet_months::due(&mut tx, PROJECT, "2026-11-05", 9).await.unwrap(), []);
    outlet_months::mark(&mut tx, &[mark]).await.unwrap();
    let again = outlet_months::due(&mut tx, PROJECT, "2026-11-05", 9).await.unwrap();
    assert_eq!(
        again.iter().map(|row| (row.month.as_str(), row.marks, row.judged)).collect::<Vec<_>>(),
        [("2026-10", 2, 1)]
    );
}
