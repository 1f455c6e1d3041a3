//! Who opens, speaks and settles.

use api_spec::disputes::{Dispute, DisputeState};
use api_spec::primitives::Page;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use server::store::teams::Membership;
use server::store::{orgs, run_tx, teams};
use tests::api::{Answer, Api};
use tests::world::{self, ORG, PARTNER, PROJECT};
use uuid::Uuid;

use crate::house::{House, NUMBER};

/// Opens a case about a sheet.
pub(crate) async fn about_sheet(api: &Api, sheet: Uuid) -> Answer<Dispute> {
    api.post("/v1/disputes", &json!({"confirmation": sheet, "claim": "客户由我先接待"})).await
}

/// Opens a case about a lead.
pub(crate) async fn about_lead(api: &Api, lead: Uuid) -> Answer<Dispute> {
    api.post("/v1/disputes", &json!({"lead": lead, "claim": "线索由我先录入"})).await
}

/// The case as somebody sees it.
pub(crate) async fn look(api: &Api, id: Uuid) -> Answer<Dispute> {
    api.get(&format!("/v1/disputes/{id}")).await
}

/// Does something in a case.
pub(crate) async fn act(api: &Api, id: Uuid, act: &str, body: &Value) -> Answer<Dispute> {
    api.post(&format!("/v1/disputes/{id}/{act}"), body).await
}

/// Settles a case in the version that the caller sees.
pub(crate) async fn settle(api: &Api, id: Uuid, body: &Value) -> Answer<Dispute> {
    let version = look(api, id).await.unwrap().version;
    act(&api.with_header(IF_MATCH, &format!("\"{version}\"")), id, "settle", body).await
}

/// A settlement for somebody of the own staff.
pub(crate) fn for_user(username: &str) -> Value {
    json!({"holder": {"user": world::id(username)}, "reason": "以报备记录为准"})
}

/// A settlement for the partner.
pub(crate) fn for_partner() -> Value {
    json!({"holder": {"partner": PARTNER}, "reason": "以报备记录为准"})
}

/// A settlement for the site.
pub(crate) fn for_site() -> Value {
    json!({"holder": null, "reason": "均无有效记录"})
}

/// The cases that somebody finds in a list.
pub(crate) async fn listed(api: &Api, query: &str) -> Vec<Dispute> {
    let page: Page<Dispute> = api.get(&format!("/v1/disputes{query}")).await.unwrap();
    page.items
}

/// Makes somebody work for the back office, too.
pub(crate) async fn make_office(house: &House, username: &str) {
    run_tx(&house.server.app().db, "promote", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let second = Membership {
            org,
            user: world::id(username),
            id: Uuid::from_u128(0x12),
            project: PROJECT,
            team: None,
            role: "back_office".to_owned(),
            from_at: 0,
            until_at: None,
        };
        teams::add_memberships(&mut tx, &[second]).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}

/// A lead of zhangwei, and a minute later one of zhaolei on the same number, which is contested.
pub(crate) async fn contested_lead(house: &House) -> (tests::phone::Phone, Uuid, tests::phone::Phone, Uuid) {
    let (first, held) = house.lead("zhangwei", "王丽", NUMBER).await;
    house.at("09:01").await;
    let (second, contested) = house.lead("zhaolei", "王女士", NUMBER).await;
    (first, held, second, contested)
}

/// State and outcome of a case.
pub(crate) fn stands(case: &Dispute) -> (DisputeState, Option<String>) {
    let outcome = case.outcome.map(|outcome| serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned());
    (case.state, outcome)
}
