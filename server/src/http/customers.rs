//! Customers: the daily question whose one is, numbers for calling, and who works on whom.

use api_spec::customers::{CustomerLookup, CustomersFound, RevealLeads, Revealed, TransferLeads, Transferred};
use api_spec::primitives::Reason;
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared, SignedIn};
use super::extract::{Json, Path};
use crate::app::lookup_customer::lookup_customer;
use crate::app::reveal;
use crate::app::transfer_leads::transfer_leads;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(lookup))
        .routes(routes!(reveal_leads))
        .routes(routes!(reveal_lead))
        .routes(routes!(reveal_sheet))
        .routes(routes!(transfer))
}

/// Who may ask about any customer of a project; the desk is answered state and end alone.
#[derive(Debug)]
struct Asks;

impl Permission for Asks {
    const ROLES: &'static [Role] = &[Role::Desk, Role::SiteLead, Role::BackOffice];
}

/// Who calls the customers of a sheet. Others do not learn whether there is one.
#[derive(Debug)]
struct Receiver;

impl Permission for Receiver {
    const ROLES: &'static [Role] = &[Role::Consultant, Role::SiteLead, Role::BackOffice];
}

/// Is this customer protected, and until when? By number, mask or name; audited and counted per day.
#[utoipa::path(post, path = "/v1/projects/{project}/customers/lookup", operation_id = "lookup_customer", tag = "customers",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = CustomersFound)))]
async fn lookup(
    auth: Auth<Asks>,
    Path(project): Path<Uuid>,
    Json(request): Json<CustomerLookup>,
) -> Result<Json<CustomersFound>, AppError> {
    auth.on_project(project)?;
    lookup_customer(&auth.app, &auth.actor, project, &request).await.map(Json)
}

/// The number of a lead in clear, with a reason: for its owner and the back office. Audited and counted per day (DP-2).
#[utoipa::path(post, path = "/v1/leads/{id}/reveal", operation_id = "reveal_lead", tag = "customers",
    params(("id" = Uuid, Path, description = "The lead.")),
    responses((status = 200, body = Revealed)))]
async fn reveal_lead(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(request): Json<Reason>,
) -> Result<Json<Revealed>, AppError> {
    reveal::reveal_lead(&auth.app, &auth.actor, id, &request.reason).await.map(Json)
}

/// The numbers of own leads in clear, at most 50, with a reason. Each is audited and counted per day (DP-2).
#[utoipa::path(post, path = "/v1/leads/reveal", operation_id = "reveal_leads", tag = "customers",
    responses((status = 200, body = Revealed)))]
async fn reveal_leads(auth: Auth<SignedIn>, Json(request): Json<RevealLeads>) -> Result<Json<Revealed>, AppError> {
    reveal::reveal_leads(&auth.app, &auth.actor, &request).await.map(Json)
}

/// The numbers of a sheet's customers in clear, in its newest version, with a reason: for the consultant in charge, the site lead and the
/// back office. Each is audited and counted per day (DP-2).
#[utoipa::path(post, path = "/v1/confirmations/{id}/reveal", operation_id = "reveal_sheet", tag = "customers",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 200, body = Revealed)))]
async fn reveal_sheet(
    auth: Auth<Receiver>,
    Path(id): Path<Uuid>,
    Json(request): Json<Reason>,
) -> Result<Json<Revealed>, AppError> {
    reveal::reveal_sheet(&auth.app, &auth.actor, id, &request.reason).await.map(Json)
}

/// A colleague takes over leads and protections: for the lead of the team, and the back office. The holder moves, never the end (PR-4).
#[utoipa::path(post, path = "/v1/leads/transfer", operation_id = "transfer_leads", tag = "customers",
    responses((status = 200, body = Transferred)))]
async fn transfer(auth: Auth<SignedIn>, Json(request): Json<TransferLeads>) -> Result<Json<Transferred>, AppError> {
    transfer_leads(&auth.app, &auth.actor, &request).await.map(Json)
}
