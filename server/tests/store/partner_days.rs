//! Partners' days (BK-9), masks (BK-7, BK-13) and reminders (PR-7).

use std::sync::Arc;
use std::time::Duration;

use server::store::bookings::{self, Booking};
use server::store::partner_days::{self, PartnerDay};
use server::store::protections::{self, Protection};
use server::store::reminders::{self, Reminder};
use server::store::run_tx;
use sync_core::time::{Grade, Moment};

use crate::fixtures::{PROJECT, id, protection};
use crate::world::{World, on_both_engines};

on_both_engines! {
    bk_9_groups_are_customers_whose_moment_may_lie_on_the_day
    bk_9_a_day_is_due_again_when_its_bookings_change
    bk_7_bookings_of_one_mask_wait_for_each_other
    pr_7_an_end_is_due_once_for_each_of_the_days
}

const DAY: &str = "2026-11-22";
/// The day's end, in these tests.
const END: i64 = 100;

/// A partner's booking of a customer, made between two instants.
fn booking(n: u128, (digits, name): (&str, &str), (earliest, latest): (i64, i64)) -> Booking {
    Booking {
        project: PROJECT,
        id: id(n),
        owner: id(1),
        holder_user: None,
        holder_partner: Some(id(9)),
        digits: digits.to_owned(),
        name_folded: name.to_owned(),
        customer_name: name.to_owned(),
        route: "booked".to_owned(),
        lead: None,
        moment: Moment { earliest, latest, claimed: None, grade: Grade::Bracketed },
        day: if latest < END { DAY } else { "2026-11-23" }.to_owned(),
        state: "cancelled".to_owned(),
        cancelled_at: None,
        sheet: None,
    }
}

async fn bk_9_groups_are_customers_whose_moment_may_lie_on_the_day(world: World) {
    let mut tx = world.begin().await.unwrap();
    let used = Booking { state: "used".to_owned(), ..booking(2, ("138****1234", "王"), (20, 20)) };
    let own = Booking { holder_user: Some(id(1)), holder_partner: None, ..booking(7, ("137****0000", "王"), (1, 1)) };
    let rows = [
        booking(1, ("138****1234", "王"), (10, 10)),
        used,
        booking(3, ("138****1234", "李"), (30, 30)),
        booking(4, ("139****1234", "王"), (END - 1, END)),
        booking(5, ("136****1234", "王"), (END, END)),
        Booking { holder_partner: Some(id(8)), ..booking(6, ("138****1234", "王"), (10, 10)) },
        own,
    ];
    bookings::save(&mut tx, &rows).await.unwrap();
    let counted = partner_days::count(&mut tx, PROJECT, (DAY, END), &[id(8), id(9)]).await.unwrap();
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort();
    assert_eq!(counted, [(id(8), 1, 0), (id(9), 3, 1)], "the fifth is of the next day alone");
}

async fn bk_9_a_day_is_due_again_when_its_bookings_change(world: World) {
    let mut tx = world.begin().await.unwrap();
    let marked = [(PROJECT, id(9), DAY.to_owned())];
    partner_days::mark(&mut tx, &marked).await.unwrap();
    assert_eq!(partner_days::due(&mut tx, PROJECT, DAY, 9).await.unwrap(), [], "the day is not over");
    let due = partner_days::due(&mut tx, PROJECT, "2026-11-23", 9).await.unwrap();
    let locked = partner_days::lock(&mut tx, PROJECT, DAY, &[id(9)]).await.unwrap();
    assert_eq!((due.len(), &due), (1, &locked));
    let day = &locked[0];
    assert!(!partner_days::failed(&mut tx, PROJECT, id(9), DAY).await.unwrap());
    let failed =
        PartnerDay { booked: 10, arrived: 4, outcome: Some("failed".to_owned()), ruling: Some(id(5)), ..day.clone() };
    partner_days::settle(&mut tx, &failed).await.unwrap();
    assert_eq!(partner_days::due(&mut tx, PROJECT, "2026-11-23", 9).await.unwrap(), []);
    assert!(partner_days::failed(&mut tx, PROJECT, id(9), DAY).await.unwrap());
    partner_days::mark(&mut tx, &marked).await.unwrap();
    let again = partner_days::due(&mut tx, PROJECT, "2026-11-23", 9).await.unwrap();
    assert_eq!(again, [PartnerDay { marks: day.marks + 1, ..failed }]);
}

async fn bk_7_bookings_of_one_mask_wait_for_each_other(world: World) {
    let world = Arc::new(world);
    let masks = [(PROJECT, "138****1234".to_owned()), (PROJECT, "139****1234".to_owned())];
    let mut first = world.begin().await.unwrap();
    bookings::lock_masks(&mut first, &masks).await.unwrap();
    bookings::save(&mut first, &[booking(1, ("138****1234", "王"), (10, 10))]).await.unwrap();
    let mut second = tokio::task::JoinSet::new();
    second.spawn({
        let world = Arc::clone(&world);
        async move {
            run_tx(&world, "second", async |mut tx| {
                bookings::lock_masks(&mut tx, &[(PROJECT, "138****1234".to_owned())]).await?;
                bookings::with_digits(&mut tx, PROJECT, &["138****1234".to_owned()], 0).await
            })
            .await
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(second.try_join_next().is_none(), "it waits");
    first.commit().await.unwrap();
    assert_eq!(second.join_next().await.unwrap().unwrap().unwrap().len(), 1, "and then knows the first");
}

async fn pr_7_an_end_is_due_once_for_each_of_the_days(world: World) {
    let mut tx = world.begin().await.unwrap();
    let live = |n, until| Protection { until_at: Some(until), state: "live".to_owned(), ..protection(n, "sheet", n) };
    let reserved = Protection { until_at: Some(60), state: "reserved".to_owned(), ..protection(3, "sheet", 3) };
    for row in [live(1, 50), live(2, 70), reserved, live(4, 10)] {
        assert_eq!(protections::add(&mut tx, &[&row]).await.unwrap(), 1);
    }
    // after 10, until 50 and 70
    assert_eq!(reminders::due(&mut tx, PROJECT, (10, 50), 1, 9).await.unwrap(), [id(1)]);
    let told = Reminder { project: PROJECT, protection: id(1), until: 50, days: 1 };
    reminders::add(&mut tx, &[told]).await.unwrap();
    reminders::add(&mut tx, &[told]).await.unwrap();
    assert!(reminders::due(&mut tx, PROJECT, (10, 50), 1, 9).await.unwrap().is_empty());
    assert_eq!(reminders::due(&mut tx, PROJECT, (10, 70), 7, 9).await.unwrap(), [id(2)], "told a nearer one");
    protections::update(&mut tx, &[&live(1, 55)]).await.unwrap();
    assert_eq!(reminders::due(&mut tx, PROJECT, (10, 70), 7, 9).await.unwrap(), [id(1), id(2)], "another end");
}
