//! The OpenAPI document: what the annotations of the handlers do not say each.

use api_spec::problem::{MEDIA_TYPE, ProblemBody};
use axum::http::StatusCode;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, ContentBuilder, Info, License, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

const BEARER: &str = "bearer";
const PROBLEM: &str = "Problem";

/// Areas in the order they are shown.
const TAGS: &[(&str, &str)] = &[
    ("identity", "Who works here: logins, devices, passwords."),
    ("sync", "What phones recorded goes up, what concerns them comes down."),
    ("desk", "Arrivals, confirmation sheets and the rotation of consultants."),
    ("customers", "Whose customer somebody is, numbers for calling, and who takes over."),
    ("attendance", "Who worked when, by day and by month."),
    ("logs", "Daily logs and teams."),
    ("outlets", "Visits, outlets, follow-ups and canvassing."),
    ("rulings", "Why something was decided, and what waits for a decision."),
    ("office", "Disputes, policies, customers, audit."),
    ("operations", "For those who run the server."),
];

/// Adds to `document` what holds for all operations.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    let mut info = Info::new("Baobei", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The backend of a channel sales team: phones make claims, the server makes rulings. Errors are RFC 9457 \
         problems in English or Simplified Chinese (`Accept-Language`). Times are RFC 3339, ids UUIDs. Request bodies \
         may be compressed with gzip or zstd."
            .to_owned(),
    );
    info.license = Some(License::new("Apache-2.0"));
    document.info = info;
    document.tags = Some(
        TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect(),
    );
    document.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
    add_components(document.components.get_or_insert_with(Components::new));
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            let problem = RefOr::Ref(Ref::from_response_name(PROBLEM));
            operation.responses.responses.entry("default".to_owned()).or_insert(problem);
            for (status, response) in &mut operation.responses.responses {
                describe(status, response);
            }
        }
    }
    document
}

/// A response must have a description; where the handler's own words say all, the standard's phrase will do.
fn describe(status: &str, response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response
        && response.description.is_empty()
    {
        let phrase = status.parse().ok().and_then(|status: StatusCode| status.canonical_reason());
        phrase.unwrap_or("An answer").clone_into(&mut response.description);
    }
}

fn add_components(components: &mut Components) {
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let token = token.description(Some("The access token of a login.")).build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(token));

    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let problem: Response =
        ResponseBuilder::new().description("What is wrong, and what to do.").content(MEDIA_TYPE, content).build();
    components.responses.insert(PROBLEM.to_owned(), problem.into());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_an_area_and_a_summary() {
        let document = super::super::openapi();
        let areas: Vec<_> = TAGS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut names = BTreeSet::new();
        for (path, item) in &document.paths.paths {
            let operations = [&item.get, &item.put, &item.post, &item.delete, &item.patch];
            for operation in operations.into_iter().flatten() {
                let name = operation.operation_id.clone().unwrap();
                assert!(names.insert(name.clone()), "{path}: {name} is another operation, too");
                assert!(operation.tags.iter().flatten().any(|tag| areas.contains(tag)), "{path}: {name} has no area");
                assert!(operation.summary.is_some(), "{path}: {name}");
            }
        }
        assert!(names.len() > 10, "{names:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = serde_json::to_value(super::super::openapi()).unwrap();
        let mut left = vec![&document];
        while let Some(value) = left.pop() {
            if let Some(target) = value.get("$ref").and_then(serde_json::Value::as_str) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            left.extend(value.as_array().into_iter().flatten());
            left.extend(value.as_object().into_iter().flat_map(serde_json::Map::values));
        }
    }
}
