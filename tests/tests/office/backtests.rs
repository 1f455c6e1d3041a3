//! What another policy would have made of the past.

use api_spec::policy::Backtest;
use serde_json::{Value, json};
use tests::world::PROJECT;

use crate::house::{DAY, House, check_in, refused};

fn path() -> String {
    format!("/v1/projects/{PROJECT}/policy/backtest")
}

tests::scenarios! {
    async fn p9_a_policy_is_tried_on_the_past_and_changes_nothing(engine: Engine) {
        let house = House::open(engine).await;
        let mut ids = Vec::new();
        for (username, minute) in [("zhangwei", 10), ("wangfang", 20), ("liuyang", 21)] {
            let mut phone = house.phone(username).await;
            phone.clock.pass_minutes(minute);
            ids.push(check_in(&mut phone, 0.0));
            house.at(DAY, "09:30").await;
            house.sync(&mut phone).await;
            house.at(DAY, "09:00").await;
        }
        let office = house.user("huangyan").await;
        let before: Value = office.get(&format!("/v1/rulings?subject={}", ids[1])).await.unwrap();
        let stricter = json!({"policy": {"shift": {"on_site_by": "09:15"}}, "from": DAY, "to": DAY});
        let trial: Backtest = office.post(&path(), &stricter).await.unwrap();
        let counted: Vec<_> = trial.outcomes.iter().map(|each| (each.old.as_str(), each.new.as_deref(), each.count, each.standing)).collect();
        assert_eq!(
            counted,
            [("late", Some("late"), 1, 1), ("on_time", Some("late"), 1, 1), ("on_time", Some("on_time"), 1, 1)]
        );
        let listed: Vec<_> = trial.changed.iter().map(|each| (each.subject, each.old.as_str(), each.new.as_deref())).collect();
        assert_eq!(listed, [(ids[1], "on_time", Some("late"))]);
        assert_eq!(trial.changed[0].rules, ["AT-5"]);
        assert_eq!((trial.rulings, trial.same, trial.unreadable.len(), trial.next_cursor), (3, 2, 0, None));
        assert_eq!(trial.limits.len(), 2);
        let after: Value = office.get(&format!("/v1/rulings?subject={}", ids[1])).await.unwrap();
        assert_eq!(before, after, "the past stays what it was");
        let same: Backtest = office.post(&path(), &json!({"policy": {}, "from": DAY, "to": DAY})).await.unwrap();
        assert_eq!((same.same, same.changed.len()), (3, 0));
        for (families, from, rulings) in [(json!(["checkin"]), DAY, 3), (json!(["booking"]), DAY, 0), (json!([]), "2026-11-24", 0)] {
            let body = json!({"policy": {}, "from": from, "to": "2026-11-24", "families": families});
            let trial: Backtest = office.post(&path(), &body).await.unwrap();
            assert_eq!(trial.rulings, rulings, "{body}");
        }
    }

    async fn a_backtest_is_bounded_and_the_offices(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let body = |to: &str| json!({"policy": {}, "from": "2026-11-01", "to": to});
        assert!(office.post::<Backtest>(&path(), &body("2027-01-31")).await.is_ok(), "92 days");
        for to in ["2027-02-01", "2026-10-31"] {
            let problem = office.post::<Backtest>(&path(), &body(to)).await.unwrap_err();
            assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/to"), "{to}");
        }
        let wrong = json!({"policy": {"booking": {"repeat_max": 0}}, "from": DAY, "to": DAY});
        assert_eq!(refused(office.post::<Backtest>(&path(), &wrong).await), (422, "validation".to_owned()));
        for (somebody, status) in [("lihua", 403), ("xujun", 403), ("zhangwei", 403), ("machao", 403)] {
            let answer = house.user(somebody).await.post::<Backtest>(&path(), &body(DAY)).await;
            assert_eq!(refused(answer).0, status, "{somebody}");
        }
    }
}
