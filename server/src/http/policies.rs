//! Policies: what a project plays by, and what another one would have changed.

use api_spec::policy::{
    Backtest, BacktestRequest, PolicyChange, PolicyDiffQuery, PolicyDocument, PolicyQuery, PublishPolicy,
};
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Anyone, Auth, Permission, Shared};
use super::extract::{Json, Path, Query};
use super::version::{IfMatch, Versioned};
use crate::app::policies::{backtest_policy, compare_policies, publish_policy, show_policy};
use crate::error::AppError;
use crate::rules::policy::schema;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(describe))
        .routes(routes!(show, publish))
        .routes(routes!(compare))
        .routes(routes!(backtest))
}

/// Who reads the whole policy; phones have what they check in their feed.
#[derive(Debug)]
struct PolicyReader;

impl Permission for PolicyReader {
    const ROLES: &'static [Role] = &[Role::Desk, Role::SiteLead, Role::TeamLead, Role::BackOffice, Role::Admin];
}

/// Who publishes and tries policies.
#[derive(Debug)]
struct PolicyKeeper;

impl Permission for PolicyKeeper {
    const ROLES: &'static [Role] = &[Role::BackOffice];
}

/// The JSON schema of the policy document: every key with its default, its range and its rules.
#[utoipa::path(get, path = "/v1/policy.schema.json", operation_id = "policy_schema", tag = "office", security(()),
    responses((status = 200, description = "JSON schema, draft 2020-12.", body = Object)))]
async fn describe(_: Anyone) -> Json<serde_json::Value> {
    Json(schema())
}

/// The policy in force, or the version that is named, with all versions there are.
#[utoipa::path(get, path = "/v1/projects/{project}/policy", operation_id = "show_policy", tag = "office",
    params(("project" = Uuid, Path, description = "The project."), PolicyQuery),
    responses((status = 200, body = PolicyDocument)))]
async fn show(
    auth: Auth<PolicyReader>,
    Path(project): Path<Uuid>,
    Query(query): Query<PolicyQuery>,
) -> Result<Versioned<Json<PolicyDocument>>, AppError> {
    auth.on_project(project)?;
    let (newest, document) = show_policy(&auth.app, &auth.actor, project, query.version).await?;
    Ok(Versioned(newest, Json(document)))
}

/// Publishes a new version of the policy. `If-Match` names the version published last, as `ETag` of `GET` does.
#[utoipa::path(put, path = "/v1/projects/{project}/policy", operation_id = "publish_policy", tag = "office",
    params(("project" = Uuid, Path, description = "The project."),
        ("If-Match" = String, Header, description = "The version published last, such as \"3\".")),
    responses((status = 200, body = PolicyDocument)))]
async fn publish(
    auth: Auth<PolicyKeeper>,
    Path(project): Path<Uuid>,
    if_match: IfMatch,
    Json(request): Json<PublishPolicy>,
) -> Result<Versioned<Json<PolicyDocument>>, AppError> {
    auth.on_project(project)?;
    let check = |current| if_match.require(current);
    let document = publish_policy(&auth.app, &auth.actor, project, &request, check).await?;
    Ok(Versioned(document.version.version, Json(document)))
}

/// Every key in which two versions differ, defaults filled in.
#[utoipa::path(get, path = "/v1/projects/{project}/policy/diff", operation_id = "compare_policies", tag = "office",
    params(("project" = Uuid, Path, description = "The project."), PolicyDiffQuery),
    responses((status = 200, body = Vec<PolicyChange>)))]
async fn compare(
    auth: Auth<PolicyReader>,
    Path(project): Path<Uuid>,
    Query(query): Query<PolicyDiffQuery>,
) -> Result<Json<Vec<PolicyChange>>, AppError> {
    auth.on_project(project)?;
    compare_policies(&auth.app, &auth.actor, project, &query).await.map(Json)
}

/// Decides the rulings of a period again under another policy, and changes nothing.
#[utoipa::path(post, path = "/v1/projects/{project}/policy/backtest", operation_id = "backtest_policy", tag = "office",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = Backtest)))]
async fn backtest(
    auth: Auth<PolicyKeeper>,
    Path(project): Path<Uuid>,
    Json(request): Json<BacktestRequest>,
) -> Result<Json<Backtest>, AppError> {
    auth.on_project(project)?;
    backtest_policy(&auth.app, &auth.actor, project, &request).await.map(Json)
}
