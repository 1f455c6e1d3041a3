//! The server as processes: the demonstration's organisation, ends and returns, two processes on one database.

use std::path::Path;

use api_spec::auth::{Login, User};
use api_spec::org::{OrgDocument, OrgUser};
use sync_core::people::Role;
use tests::engine::Engine;
use tests::process::ServerProcess;

const DEMO_ORG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/demo/org.json");

tests::scenarios! {
    async fn the_demonstrations_organisation_is_taken_and_everybody_can_log_in(engine: Engine) {
        let server = ServerProcess::start(engine).await;
        let org = import_demo_org(&server);
        for user in &org.users {
            let (_, session) = server.api().log_in(&login(&org, user)).await.unwrap();
            assert_eq!((session.user.name.as_str(), session.user.role), (user.name.as_str(), user.role));
            assert!(!session.must_change_password);
        }
        let roles = Role::ALL.iter().filter(|role| !org.users.iter().any(|user| user.role == **role));
        assert_eq!(roles.count(), 0, "somebody has each role");
        let again = import(&server, Path::new(DEMO_ORG));
        assert!(again.contains("nothing to do"), "{again}");
    }

    async fn a_killed_server_comes_back_at_its_address_with_its_logins(engine: Engine) {
        let mut server = ServerProcess::start(engine).await;
        let org = import_demo_org(&server);
        let (me, session) = server.api().log_in(&login(&org, &org.users[0])).await.unwrap();
        server.kill();
        assert!(me.request(reqwest::Method::GET, "/v1/me").send().await.is_err(), "nobody is there");
        server.restart().await;
        assert_eq!(me.get::<User>("/v1/me").await.unwrap(), session.user);
    }

    async fn a_server_told_to_end_ends_well(engine: Engine) {
        let mut server = ServerProcess::start(engine).await;
        assert!(server.stop().await.success(), "{}", server.log());
        server.restart().await;
    }
}

#[test]
fn two_processes_on_one_postgres_share_logins_and_the_set_clock() {
    tests::engine::run(async {
        let one = ServerProcess::start(Engine::Postgres).await;
        let other = one.sibling().await;
        let org = import_demo_org(&one);
        let (me, session) = one.api().log_in(&login(&org, &org.users[0])).await.unwrap();
        let me_there = other.api().with_token(session.tokens.access_token.reveal());
        assert_eq!(me.get::<User>("/v1/me").await.unwrap(), me_there.get::<User>("/v1/me").await.unwrap());
        one.api().set_clock("2030-01-01T00:00:00Z").await;
        // the other process follows within a moment
        let expired = async {
            while me_there.get::<User>("/v1/me").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), expired).await.unwrap();
        assert_eq!(me_there.get::<User>("/v1/me").await.unwrap_err().code, "token-expired");
    });
}

fn login(org: &OrgDocument, user: &OrgUser) -> Login {
    Login {
        org: org.org.code.clone(),
        username: user.username.clone(),
        password: user.password.clone().expect("everybody of the demonstration has a password"),
        device: None,
    }
}

fn import_demo_org(server: &ServerProcess) -> OrgDocument {
    import(server, Path::new(DEMO_ORG));
    serde_json::from_str(&std::fs::read_to_string(DEMO_ORG).unwrap()).unwrap()
}

/// Imports beside the running server; what was printed.
fn import(server: &ServerProcess, file: &Path) -> String {
    let output = server.run(["org".as_ref(), "import".as_ref(), file.as_os_str()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
