//! Disputes (判客): whose customer it is, when that is not agreed.

use api_spec::disputes::{Dispute, DisputeQuery, Evidence, NewDispute, Note, Settle, Statement};
use api_spec::primitives::{Page, PageQuery, Reason};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::evidence_page;
use super::extract::{Json, Path, Query};
use super::version::{IfMatch, Versioned};
use crate::app::change_dispute::{Act, change_dispute};
use crate::app::dispute_evidence::dispute_evidence;
use crate::app::list_disputes::{list_disputes, show_dispute};
use crate::app::open_dispute::open_dispute;
use crate::app::settle_dispute::settle_dispute;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(open, list))
        .routes(routes!(show))
        .routes(routes!(state))
        .routes(routes!(withdraw))
        .routes(routes!(appeal))
        .routes(routes!(settle))
        .routes(routes!(outside))
        .routes(routes!(evidence))
}

/// In which form the evidence is wanted.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EvidenceQuery {
    /// `json`, or `html` for a page to read; else as `Accept` says.
    format: Option<String>,
}

/// Opens a case about a sheet or a lead, or joins the one about the customer. The same body with the same id again is answered with the same
/// case.
#[utoipa::path(post, path = "/v1/disputes", operation_id = "open_dispute", tag = "office",
    responses((status = 201, body = Dispute)))]
async fn open(
    auth: Auth<SignedIn>,
    Json(request): Json<NewDispute>,
) -> Result<(StatusCode, Versioned<Json<Dispute>>), AppError> {
    let case = open_dispute(&auth.app, &auth.actor, &request).await?;
    Ok((StatusCode::CREATED, Versioned(case.version, Json(case))))
}

/// The cases of the office's projects, or those one is a party of, by opening.
#[utoipa::path(get, path = "/v1/disputes", operation_id = "list_disputes", tag = "office",
    params(DisputeQuery, PageQuery), responses((status = 200, body = Page<Dispute>)))]
async fn list(
    auth: Auth<SignedIn>,
    Query(query): Query<DisputeQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Dispute>>, AppError> {
    list_disputes(&auth.app, &auth.actor, &query, &page).await.map(Json)
}

/// A case with everything said in it. Who the other parties are only the office sees.
#[utoipa::path(get, path = "/v1/disputes/{id}", operation_id = "show_dispute", tag = "office",
    params(("id" = Uuid, Path, description = "The case.")), responses((status = 200, body = Dispute)))]
async fn show(auth: Auth<SignedIn>, Path(id): Path<Uuid>) -> Result<Versioned<Json<Dispute>>, AppError> {
    let case = show_dispute(&auth.app, &auth.actor, id).await?;
    Ok(Versioned(case.version, Json(case)))
}

/// A party says something, while the case waits for the office.
#[utoipa::path(post, path = "/v1/disputes/{id}/statements", operation_id = "state_in_dispute", tag = "office",
    params(("id" = Uuid, Path, description = "The case.")), responses((status = 200, body = Dispute)))]
async fn state(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(statement): Json<Statement>,
) -> Result<Versioned<Json<Dispute>>, AppError> {
    act(&auth, id, Act::State(&statement.text, &statement.attachments), seen).await
}

/// A claimant withdraws; the case goes on while somebody else claims. Who appealed withdraws the appeal.
#[utoipa::path(post, path = "/v1/disputes/{id}/withdraw", operation_id = "withdraw_dispute", tag = "office",
    params(("id" = Uuid, Path, description = "The case.")), responses((status = 200, body = Dispute)))]
async fn withdraw(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
) -> Result<Versioned<Json<Dispute>>, AppError> {
    act(&auth, id, Act::Withdraw, seen).await
}

/// A party that lost appeals, once; somebody else of the office decides for good.
#[utoipa::path(post, path = "/v1/disputes/{id}/appeal", operation_id = "appeal_dispute", tag = "office",
    params(("id" = Uuid, Path, description = "The case.")), responses((status = 200, body = Dispute)))]
async fn appeal(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(request): Json<Reason>,
) -> Result<Versioned<Json<Dispute>>, AppError> {
    act(&auth, id, Act::Appeal(&request.reason), seen).await
}

/// The office settles for a party or for the site, with a reason; protection and sheet follow.
#[utoipa::path(post, path = "/v1/disputes/{id}/settle", operation_id = "settle_dispute", tag = "office",
    params(("id" = Uuid, Path, description = "The case."),
        ("If-Match" = String, Header, description = "The version that was looked at, such as \"3\".")),
    responses((status = 200, body = Dispute)))]
async fn settle(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(request): Json<Settle>,
) -> Result<Versioned<Json<Dispute>>, AppError> {
    let case = settle_dispute(&auth.app, &auth.actor, id, &request, |current| if_match.require(current)).await?;
    Ok(Versioned(case.version, Json(case)))
}

/// The office records what an arbitration or a court said about a settled case; it changes nothing else (DS-7).
#[utoipa::path(post, path = "/v1/disputes/{id}/outside", operation_id = "note_outside", tag = "office",
    params(("id" = Uuid, Path, description = "The case.")), responses((status = 200, body = Dispute)))]
async fn outside(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(request): Json<Note>,
) -> Result<Versioned<Json<Dispute>>, AppError> {
    act(&auth, id, Act::Outside(&request.note), seen).await
}

/// What the records say about the customer: exact op texts that anybody can check against their digests, bookings, arrivals, protections and
/// rulings. The office reads all of it, a party the texts of its own ops. With `Accept: text/html` it is a page.
#[utoipa::path(get, path = "/v1/disputes/{id}/evidence", operation_id = "dispute_evidence", tag = "office",
    params(("id" = Uuid, Path, description = "The case."), EvidenceQuery), responses((status = 200, body = Evidence)))]
async fn evidence(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Query(query): Query<EvidenceQuery>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let evidence = dispute_evidence(&auth.app, &auth.actor, id).await?;
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let wants_page = query.format.as_deref().map_or_else(|| accepts.contains("text/html"), |format| format == "html");
    if !wants_page {
        return Ok(Json(evidence).into_response());
    }
    let page = evidence_page::page(&evidence).into_string();
    let nothing_from_elsewhere = "default-src 'none'; style-src 'unsafe-inline'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, nothing_from_elsewhere),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, page).into_response())
}

async fn act(
    auth: &Auth<SignedIn>,
    id: Uuid,
    act: Act<'_>,
    seen: IfMatch,
) -> Result<Versioned<Json<Dispute>>, AppError> {
    let case = change_dispute(&auth.app, &auth.actor, id, act, |current| seen.check(current)).await?;
    Ok(Versioned(case.version, Json(case)))
}
