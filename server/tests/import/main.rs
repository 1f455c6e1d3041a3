//! Importing an org on both engines: idempotent, all or nothing, and nothing of the past is rewritten.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use server::app::import_org::{ImportError, Importer, Report, id_of};
use server::clock::Clock;
use server::random::Random;
use server::seal::password::{PasswordCost, Passwords};
use server::store::teams::Membership;
use server::store::users::User;
use server::store::{Db, DbOptions, feed, orgs, projects, records, teams, users};
use server::tasks::Tasks;
use tests::engine::Engine;

const MONDAY: i64 = 1_795_312_800_000;

/// An empty database and somebody who imports into it.
struct World {
    db: Db,
    clock: Clock,
    passwords: Passwords,
    _home: tempfile::TempDir,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let home = tempfile::tempdir().unwrap();
        let db = Db::open(&engine.fresh_database(home.path()), &DbOptions::default()).await.unwrap();
        db.migrate().await.unwrap();
        let passwords = Passwords::new(PasswordCost::Cheap, 2, Random::seeded(1), Tasks::new()).unwrap();
        Self { db, clock: Clock::frozen(MONDAY), passwords, _home: home }
    }

    async fn import(&self, document: &Value) -> Result<Report, ImportError> {
        let importer = Importer { db: &self.db, clock: &self.clock, passwords: &self.passwords };
        importer.import(&document.to_string(), |_, _| {}).await
    }

    async fn user(&self, username: &str) -> User {
        users::by_username(&mut self.db.read().await.unwrap(), 1, username).await.unwrap().unwrap()
    }

    async fn memberships(&self, username: &str) -> Vec<Membership> {
        let user = self.user(username).await.id;
        teams::memberships_of(&mut self.db.read().await.unwrap(), 1, &[user]).await.unwrap()
    }

    /// Rev, count and checksum of the project's bucket.
    async fn bucket(&self) -> (i64, i64, String) {
        let name = format!("project:{}", project());
        let buckets = feed::buckets(&mut self.db.read().await.unwrap(), 1, &[name]).await.unwrap();
        let bucket = buckets.into_iter().next().unwrap();
        (bucket.head, bucket.count, bucket.checksum.to_string())
    }
}

fn project() -> uuid::Uuid {
    id_of("qingshan", "project", &["tianfu"])
}

fn demo() -> Value {
    serde_json::from_str(include_str!("../../demo/org.json")).unwrap()
}

fn person<'a>(document: &'a mut Value, username: &str) -> &'a mut Value {
    let users = document["users"].as_array_mut().unwrap();
    users.iter_mut().find(|user| user["username"] == username).unwrap()
}

tests::scenarios! {
    async fn importing_twice_changes_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let first = world.import(&demo()).await.unwrap();
        assert_eq!((first.done[0].what, first.done[0].how), ("org", "created"));
        assert_eq!(first.without_password, Vec::<String>::new());
        let (user, bucket) = (world.user("lihua").await, world.bucket().await);
        world.clock.set(MONDAY + 1_000).unwrap();
        assert_eq!(world.import(&demo()).await.unwrap().done, []);
        assert_eq!(world.user("lihua").await, user);
        assert_eq!(world.bucket().await, bucket);
    }

    async fn phones_find_project_members_posts_and_outlets_in_their_feed(engine: Engine) {
        let world = World::new(engine).await;
        world.import(&demo()).await.unwrap();
        let mut db = world.db.read().await.unwrap();
        let mut shown = 0;
        for kind in ["project", "member", "post", "outlet"] {
            let records = records::of_kind(&mut db, project(), kind).await.unwrap();
            assert!(!records.is_empty(), "{kind}");
            assert!(records.iter().all(|record| record.revs.buckets().count() == 1), "{kind}");
            shown += records.len();
        }
        drop(db);
        let (head, count, _) = world.bucket().await;
        assert_eq!((usize::try_from(head).unwrap(), usize::try_from(count).unwrap()), (shown, shown));
    }

    async fn a_file_with_mistakes_changes_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let mut document = demo();
        document["teams"][0]["lead"] = json!("nobody");
        person(&mut document, "lihua")["team"] = json!("t9");
        let Err(ImportError::Mistakes(mistakes)) = world.import(&document).await else { unreachable!("mistakes pass") };
        let pointers: Vec<_> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(pointers, ["/teams/0/lead", "/users/0/team"]);
        assert_eq!(orgs::by_code(&mut world.db.read().await.unwrap(), "qingshan").await.unwrap(), None);
    }

    async fn moving_to_another_team_ends_one_membership_and_begins_another(engine: Engine) {
        let world = World::new(engine).await;
        world.import(&demo()).await.unwrap();
        let mut document = demo();
        person(&mut document, "liuyang")["team"] = json!("t2");
        let report = world.import(&document).await.unwrap();
        assert_eq!(report.done.iter().map(|done| done.how).collect::<Vec<_>>(), ["changed", "left", "joined"]);
        let memberships = world.memberships("liuyang").await;
        let spans: Vec<_> = memberships.iter().map(|membership| (membership.from_at, membership.until_at)).collect();
        assert_eq!(spans, [(0, Some(MONDAY)), (MONDAY, None)]);
        assert_eq!(memberships[1].team, Some(id_of("qingshan", "team", &["t2"])));
        assert_eq!(world.import(&document).await.unwrap().done, []);
    }

    async fn only_active_false_closes_somebody_and_no_password_is_reset(engine: Engine) {
        let world = World::new(engine).await;
        world.import(&demo()).await.unwrap();
        let (_, members, _) = world.bucket().await;
        let before = world.user("liuyang").await;
        let mut document = demo();
        document["users"].as_array_mut().unwrap().retain(|user| user["username"] == "liuyang");
        document["teams"] = json!([]);
        person(&mut document, "liuyang")["password"] = json!("another-password");
        assert_eq!(world.import(&document).await.unwrap().done, [], "who is not named stays");

        person(&mut document, "liuyang")["active"] = json!(false);
        world.import(&document).await.unwrap();
        let after = world.user("liuyang").await;
        assert_eq!((after.status.as_str(), after.ended_at), ("left", Some(MONDAY)));
        assert_eq!(after.password_hash, before.password_hash);
        assert_eq!(world.memberships("liuyang").await[0].until_at, Some(MONDAY));
        assert_eq!(world.bucket().await.1, members - 1, "who left leaves the phones");
        assert_eq!(world.import(&document).await.unwrap().done, []);

        person(&mut document, "liuyang").as_object_mut().unwrap().remove("active");
        assert_eq!(world.import(&document).await.unwrap().done, [], "nobody comes back by not being closed");
        person(&mut document, "liuyang")["active"] = json!(true);
        world.import(&document).await.unwrap();
        assert_eq!(world.memberships("liuyang").await.len(), 2);
        assert_eq!(world.bucket().await.1, members);
    }

    async fn a_changed_policy_is_a_new_version_from_now_on_unless_the_office_published_one(engine: Engine) {
        let world = World::new(engine).await;
        world.import(&demo()).await.unwrap();
        let mut document = demo();
        document["projects"][0]["policy"] = json!({"booking": {"min_lead_minutes": 45}});
        world.import(&document).await.unwrap();
        let newest = async || projects::newest_policy(&mut world.db.read().await.unwrap(), project()).await.unwrap().unwrap();
        let policy = newest().await;
        assert_eq!((policy.version, policy.effective_from), (2, MONDAY));

        let office = projects::Policy { version: 3, author: Some(world.user("xuli").await.id), doc: "{}".into(), ..policy };
        let mut tx = world.db.begin().await.unwrap();
        projects::add_policy(&mut tx, &office).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.import(&document).await.unwrap().done, []);
        assert_eq!(newest().await.version, 3);
    }

    async fn two_imports_at_once_are_one(engine: Engine) {
        let world = World::new(engine).await;
        let document = demo();
        let (one, other) = tokio::join!(world.import(&document), world.import(&document));
        let done = [one.unwrap().done.len(), other.unwrap().done.len()];
        assert_eq!(done.iter().min(), Some(&0), "{done:?}");
        assert_eq!(world.import(&document).await.unwrap().done, []);
    }
}
