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
    ("logs", "Daily logs, attendance and teams."),
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
