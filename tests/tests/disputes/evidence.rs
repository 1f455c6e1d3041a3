//! What the records say.

use api_spec::disputes::{Evidence, EvidenceOp};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use server::store::audit;
use sync_core::op::Digest;
use tests::api::{Answer, Api};
use tests::world;
use uuid::Uuid;

use crate::court::{about_lead, contested_lead, listed};
use crate::house::{House, MASK, NUMBER, brought, refused};

async fn evidence(api: &Api, id: Uuid) -> Answer<Evidence> {
    api.get(&format!("/v1/disputes/{id}/evidence")).await
}

fn text_of(op: &EvidenceOp) -> &str {
    op.text.as_deref().unwrap()
}

tests::scenarios! {
    async fn ds_1_the_exact_texts_can_be_checked_by_anybody(engine: Engine) {
        let house = House::open(engine).await;
        let (_, held, _, contested) = contested_lead(&house).await;
        let claimant = house.as_user("zhaolei").await;
        let case = about_lead(&claimant, contested).await.unwrap();
        let office = house.as_user("huangyan").await;
        let all = evidence(&office, case.id).await.unwrap();
        assert_eq!(all.ops.iter().map(|op| op.record).collect::<Vec<_>>(), [held, contested]);
        for op in &all.ops {
            assert_eq!(Digest::of(text_of(op)), op.digest);
            assert_eq!(op.prev, Digest::ZERO, "the first op of its phone");
            assert_eq!((op.kind.as_str(), op.status.as_str()), ("lead", "applied"));
        }
        let kinds: Vec<(&str, &str)> = all.facts.iter().map(|fact| (fact.kind.as_str(), fact.state.as_str())).collect();
        assert!(kinds.contains(&("lead", "contested")) && kinds.contains(&("protection", "live")), "{kinds:?}");
        assert!(all.rulings.iter().any(|ruling| ruling.kind == "dispute"));

        // a party reads its own texts, and everybody's digests and moments
        let own = evidence(&claimant, case.id).await.unwrap();
        let digests = |evidence: &Evidence| evidence.ops.iter().map(|op| (op.digest, op.moment)).collect::<Vec<_>>();
        assert_eq!(digests(&own), digests(&all));
        assert_eq!(own.ops.iter().map(|op| op.text.is_some()).collect::<Vec<_>>(), [false, true]);
        assert_eq!(own.ops.iter().map(|op| op.device.is_some()).collect::<Vec<_>>(), [false, true]);
        // a lead sees the case, but no full number
        let lead = evidence(&house.as_user("chenjing").await, case.id).await.unwrap();
        assert!(lead.ops.iter().all(|op| op.text.is_none()) && !serde_json::to_string(&lead).unwrap().contains(NUMBER));
        for stranger in ["sunli", "yangtao", "zhoumei"] {
            assert_eq!(refused(evidence(&house.as_user(stranger).await, case.id).await).0, 404, "{stranger}");
        }
        // DP-2: who looked is written down
        let mut db = house.server.app().db.read().await.unwrap();
        let org = server::store::orgs::by_code(&mut db, world::ORG).await.unwrap().unwrap().org;
        let looked: Vec<_> = audit_of(&mut db, org).await;
        assert_eq!(looked.len(), 3, "{looked:?}");
    }

    async fn ds_1_the_evidence_is_a_page_in_both_languages_that_loads_nothing_and_escapes_everything(engine: Engine) {
        let house = House::open(engine).await;
        house.book("zhaolei", "王女士", MASK).await;
        house.at("10:00").await;
        let mut body = brought(1, NUMBER, "zhangwei");
        body["customer"]["name"] = "王<script>丽".into();
        let opened = house.desk().await.arrive(&body).await.unwrap();
        assert_eq!(opened.status, api_spec::desk::SheetStatus::Review);
        let office = house.as_user("huangyan").await;
        let case = listed(&office, "").await.remove(0);
        let path = format!("/v1/disputes/{}/evidence", case.id);
        for request in [
            office.with_header(ACCEPT, "text/html,application/xhtml+xml").request(Method::GET, &path),
            office.request(Method::GET, &format!("{path}?format=html")),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
            let page = answer.text().await.unwrap();
            for part in ["<svg", "摘要 · Digest", "判客证据", "Evidence of a dispute", "王&lt;script&gt;丽", "&quot;seq&quot;", "2026-11-23 09:00:00.000 +08:00"] {
                assert!(page.contains(part), "{part}: {page}");
            }
            for foreign in ["<script", "src=", "href=", "@import", "url("] {
                assert!(!page.contains(foreign), "{foreign}");
            }
        }
    }
}

/// Who looked at evidence.
async fn audit_of(db: &mut server::store::Reader, org: i64) -> Vec<audit::AuditEntry> {
    let act = Some("dispute_evidence");
    let filter = audit::Filter {
        org,
        between: (i64::MIN, i64::MAX),
        actor: None,
        act,
        subject: None,
        projects: None,
        before: None,
    };
    audit::list(db, &filter, 100).await.unwrap()
}
