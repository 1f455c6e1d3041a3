//! Sabotage is cheap to survive: what an attacker gets — nothing, and a flag that somebody sees. Black box over HTTP on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bookings;
mod clocks;
mod desk;
#[expect(dead_code, unused_imports, reason = "the desk's own tests need more of it")]
#[path = "../desk/house.rs"]
mod house;
mod numbers;

use api_spec::primitives::Page;
use api_spec::rulings::Review;

use house::House;

/// The rules of the reviews that wait for somebody.
pub(crate) async fn flags(house: &House, username: &str, kind: &str) -> Vec<String> {
    let path = format!("/v1/reviews?project={}&kind={kind}&limit=500", tests::world::PROJECT);
    let page: Page<Review> = house.as_user(username).await.get(&path).await.unwrap();
    page.items.into_iter().flat_map(|review| review.ruling.reasons).map(|reason| reason.rule).collect()
}
