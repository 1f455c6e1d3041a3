//! Every operation the server knows, called by those who have no business there.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use server::store::{orgs, run_tx, users};
use tests::api::{Api, read};
use tests::in_process::InProcess;
use uuid::Uuid;

use crate::org::{self, ORG, Who, log_in, of};

/// Operations that ask for no access token, each for its reason.
pub(crate) const OPEN: [&str; 10] = [
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /v1/info",
    "GET /v1/policy.schema.json",
    "POST /v1/auth/login",
    "POST /v1/auth/logout",  // the refresh token
    "POST /v1/auth/refresh", // the refresh token
    "POST /v1/devices",      // the refresh token
    "PUT /v1/dev/clock",     // on a loopback address only
];

/// Operations for those who still have to set a password.
const BEFORE_PASSWORD: [&str; 2] = ["GET /v1/me", "POST /v1/me/password"];

pub(crate) struct Operation {
    pub(crate) name: String,
    method: Method,
    path: String,
    is_open: bool,
    /// Whether it is a list that can be taken away as a file.
    pub(crate) is_list: bool,
}

/// Every operation of the server's own document.
pub(crate) async fn operations(api: &Api) -> Vec<Operation> {
    let document: Value = api.get("/openapi.json").await.unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if !operation.is_object() {
                continue;
            }
            let parts = path
                .split('/')
                .map(|part| if part.starts_with('{') { Uuid::max().to_string() } else { part.to_owned() });
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let names: BTreeSet<_> = parameters.filter_map(|parameter| parameter["name"].as_str()).collect();
            all.push(Operation {
                name: format!("{method} {path}"),
                method,
                path: parts.collect::<Vec<_>>().join("/"),
                is_open: operation["security"] == json!([{}]),
                is_list: names.contains("format") && names.contains("cursor"),
            });
        }
    }
    all
}

async fn refusal(api: &Api, operation: &Operation) -> (u16, String) {
    let request = api.request(operation.method.clone(), &operation.path).header(CONTENT_TYPE, "application/json");
    let problem = read::<Value>(request.body("{}")).await.expect_err(&operation.name);
    (problem.status, problem.code)
}

tests::scenarios! {
    async fn only_a_few_operations_ask_for_no_token(engine: Engine) {
        let server = InProcess::start(engine).await;
        let all = operations(&server.api()).await;
        let open: BTreeSet<_> = all.iter().filter(|operation| operation.is_open).map(|each| each.name.as_str()).collect();
        assert_eq!(open, BTreeSet::from(OPEN));
        for operation in all.iter().filter(|operation| !operation.is_open) {
            assert_eq!(refusal(&server.api(), operation).await, (401, "token-missing".to_owned()), "{}", operation.name);
            let forged = server.api().with_token("a.b.c");
            assert_eq!(refusal(&forged, operation).await, (401, "token-invalid".to_owned()), "{}", operation.name);
        }
    }

    async fn who_has_to_set_a_password_can_do_nothing_else(engine: Engine) {
        let server = org::start(engine).await;
        let newcomer = of(&server.api(), &log_in(&server.api(), Who::Promoter, Some(Uuid::from_u128(0xd1))).await);
        run_tx(&server.app().db, "test", async |mut tx| {
            let org = orgs::by_code(&mut tx, ORG).await?.unwrap().org;
            users::set_password(&mut tx, org, Who::Promoter.id(), "set by somebody else", true).await
        })
        .await
        .unwrap();
        for operation in operations(&server.api()).await.iter().filter(|operation| !operation.is_open) {
            if !BEFORE_PASSWORD.contains(&operation.name.as_str()) {
                let expected = (403, "must-change-password".to_owned());
                assert_eq!(refusal(&newcomer, operation).await, expected, "{}", operation.name);
            }
        }
    }
}
