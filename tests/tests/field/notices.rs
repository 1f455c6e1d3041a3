//! What everybody is to read (OV-7).

use serde_json::{Value, json};
use sync_core::kinds::NOTICE;
use tests::api::Api;
use tests::phone::Phone;
use tests::world::{PROJECT, TEAMS, id};
use uuid::Uuid;

use crate::house::{House, eventually, get, items, on_project, refused};

fn notice(n: u128, audience: &Value) -> Value {
    json!({"id": Uuid::from_u128(n), "title": "十二月活动", "text": {"en": "New prices", "zh": "新价格 13812345678"}, "audience": audience})
}

/// Who has not read it, by state.
async fn people(api: &Api, n: u128, filter: &str) -> Vec<String> {
    let list = items(api, &on_project(&format!("notices/{}/receipts?{filter}", Uuid::from_u128(n)))).await;
    let mut names: Vec<String> = list.iter().map(|row| row["user"]["name"].as_str().unwrap().to_lowercase()).collect();
    names.sort();
    names
}

fn shown(phone: &Phone, n: u128) -> bool {
    phone.replica.view(Uuid::from_u128(n)).is_some()
}

/// The texts of the notices with this title.
fn titled(phone: &Phone, title: &str) -> Vec<String> {
    let all = phone.replica.records();
    let told = all.iter().filter(|view| view.kind == "notice" && view.body["title"] == title);
    told.map(|view| view.body["text"].as_str().unwrap().to_owned()).collect()
}

tests::scenarios! {
    async fn ov_7_a_notice_reaches_everybody_and_who_has_not_read_it_in_time_is_known(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut lihua) = (house.phone("zhangwei").await, house.phone("lihua").await);
        let mut yang = house.phone("yangtao").await;
        let (office, lead) = (house.user("huangyan").await, house.user("lihua").await);
        let path = on_project("notices");
        let body = notice(1, &json!("all"));
        assert_eq!(refused(lead.post::<Value>(&path, &body).await).0, 403);
        assert_eq!(refused(house.user("gaofei").await.post::<Value>(&path, &body).await).0, 403);
        let blank = json!({"id": Uuid::from_u128(9), "title": " ", "text": "x"});
        assert_eq!(refused(office.post::<Value>(&path, &blank).await).0, 422);
        let published: Value = office.post(&path, &body).await.unwrap();
        assert_eq!(published["readers"], 13, "all of the project but the office");
        assert_eq!(office.post::<Value>(&path, &body).await.unwrap(), published);
        assert_eq!(refused(office.post::<Value>(&path, &notice(1, &json!({"team": TEAMS[0]}))).await).1, "id-taken");
        assert_eq!(refused(office.post::<Value>(&path, &notice(2, &json!({"team": TEAMS[2]}))).await).0, 422);

        house.sync(&mut zhang).await;
        house.sync(&mut yang).await;
        assert_eq!(zhang.body(Uuid::from_u128(1))["text"], "New prices\n新价格 138****5678");
        assert!(!shown(&yang, 1), "another project");
        let receipts = items(&office, &on_project(&format!("notices/{}/receipts", Uuid::from_u128(1)))).await;
        let of_zhang = receipts.iter().find(|row| row["user"]["id"] == json!(id("zhangwei"))).unwrap();
        assert!(of_zhang["delivered_at"].is_string() && of_zhang["read_at"].is_null(), "{of_zhang}");
        // read offline, in time; sent after it
        let version = zhang.replica.view(Uuid::from_u128(1)).unwrap().version;
        zhang.command(&NOTICE, Uuid::from_u128(1), "read", json!({}));
        house.at("2026-11-03", "09:00").await;
        let unread = |text: &str| text.contains("have not read");
        eventually(async || {
            house.sync(&mut lihua).await;
            titled(&lihua, "OV-7").iter().any(|text| unread(text))
        })
        .await;
        assert_eq!(people(&lead, 1, "state=late").await, ["lihua", "liuyang", "wangfang", "zhangwei"], "the own team's");
        house.sync(&mut zhang).await;
        assert_eq!(people(&lead, 1, "state=late").await, ["lihua", "liuyang", "wangfang"]);
        assert_eq!(people(&lead, 1, "state=read").await, ["zhangwei"]);
        assert_eq!(zhang.replica.view(Uuid::from_u128(1)).unwrap().version, version, "nobody pulls it again for that");
        // a minute late
        house.at("2026-11-03", "09:01").await;
        house.set(&mut lihua);
        lihua.command(&NOTICE, Uuid::from_u128(1), "read", json!({}));
        house.sync(&mut lihua).await;
        assert_eq!(people(&lead, 1, "state=late").await, ["lihua", "liuyang", "wangfang"], "read, but late");
        assert_eq!(people(&office, 1, "state=read").await, ["zhangwei"]);
        let receipts = on_project(&format!("notices/{}/receipts", Uuid::from_u128(1)));
        assert_eq!(refused(house.user("zhangwei").await.get::<Value>(&receipts).await).0, 403);
        assert_eq!(refused(house.user("gaofei").await.get::<Value>(&receipts).await).0, 404);
    }

    async fn ov_7_a_notice_to_a_team_or_a_company_reaches_them_alone(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut zhao, mut ma) =
            (house.phone("zhangwei").await, house.phone("zhaolei").await, house.phone("machao").await);
        let office = house.user("huangyan").await;
        let path = on_project("notices");
        office.post::<Value>(&path, &notice(1, &json!({"team": TEAMS[0]}))).await.unwrap();
        office.post::<Value>(&path, &notice(2, &json!({"partner": tests::world::PARTNER}))).await.unwrap();
        for phone in [&mut zhang, &mut zhao, &mut ma] {
            house.sync(phone).await;
        }
        let seen = |phone: &Phone| (shown(phone, 1), shown(phone, 2));
        assert_eq!((seen(&zhang), seen(&zhao), seen(&ma)), ((true, false), (false, false), (false, true)));
        assert_eq!(people(&office, 2, "").await, ["linna", "machao"]);
        assert_eq!(people(&office, 1, "state=unread").await.len(), 4);
    }

    async fn ov_7_notices_are_listed_for_those_they_are_for(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let (office, site) = (house.user("huangyan").await, house.user("xujun").await);
        let path = on_project("notices");
        let audiences = [json!("all"), json!({"team": TEAMS[0]}), json!({"team": TEAMS[1]}), json!({"partner": tests::world::PARTNER})];
        for (n, audience) in (1..).zip(&audiences) {
            house.at("2026-11-02", &format!("09:0{n}")).await;
            office.post::<Value>(&path, &notice(n, audience)).await.unwrap();
        }
        house.at("2026-11-02", "09:05").await;
        site.post::<Value>(&path, &notice(5, &json!("all"))).await.unwrap();
        house.sync(&mut zhang).await;
        zhang.command(&NOTICE, Uuid::from_u128(2), "read", json!({}));
        house.sync(&mut zhang).await;
        let shown = async |who: &str, filter: &str| {
            let list = items(&house.user(who).await, &format!("{path}?{filter}")).await;
            let id = |row: &Value| row["id"].as_str().unwrap().parse::<Uuid>().unwrap().as_u128();
            list.iter().map(id).collect::<Vec<_>>()
        };
        for (who, filter, expected) in [
            ("huangyan", "", &[5, 4, 3, 2, 1][..]),
            ("huangyan", "show=mine", &[]),
            ("huangyan", "show=published", &[4, 3, 2, 1]),
            ("xujun", "", &[5, 4, 3, 2, 1]),
            ("xujun", "show=mine", &[1]),
            ("xujun", "show=published", &[5]),
            ("lihua", "", &[5, 2, 1]),
            ("chenjing", "show=unread", &[5, 3, 1]),
            ("zhangwei", "", &[5, 2, 1]),
            ("zhangwei", "show=unread", &[5, 1]),
            ("machao", "", &[5, 4, 1]),
        ] {
            assert_eq!(shown(who, filter).await, expected, "{who} {filter}");
        }
        let (lead, promoter) = (items(&house.user("lihua").await, &path).await, items(&house.user("zhangwei").await, &path).await);
        let reading = |rows: &[Value]| rows.iter().map(|row| (row["read"].as_u64(), row["read_at"].is_string(), row["mine"] == true)).collect::<Vec<_>>();
        assert_eq!(reading(&lead), [(Some(0), false, true), (Some(1), false, true), (Some(0), false, true)]);
        assert_eq!(reading(&promoter), [(None, false, true), (None, true, true), (None, false, true)]);
        assert_eq!((&promoter[1]["text"], &promoter[1]["author"]["id"]), (&json!("New prices\n新价格 138****5678"), &json!(id("huangyan"))));
        // by pages, and as a file
        let first: Value = get(&office, &format!("{path}?limit=2")).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        assert_eq!(shown("huangyan", &format!("limit=3&cursor={cursor}")).await, [3, 2, 1]);
        let csv = office.request(reqwest::Method::GET, &format!("{path}?format=csv")).send().await.unwrap().text().await.unwrap();
        assert!(csv.contains("1组") && csv.lines().count() > 5, "{csv}");
        assert_eq!(refused(house.user("gaofei").await.get::<Value>(&path).await).0, 404);
        assert_eq!(refused(house.user("zhangwei").await.get::<Value>(&format!("{path}?format=csv")).await).0, 403);
        assert_eq!(refused(office.get::<Value>(&format!("{path}?show=some")).await).0, 400);
    }

    async fn ov_7_a_change_of_the_policy_is_told_to_everybody(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let office = house.user("huangyan").await;
        let path = format!("/v1/projects/{PROJECT}/policy");
        let body = json!({"policy": {"visit": {"min_minutes": 10}}, "note": "拜访要聊透"});
        let request = office.request(reqwest::Method::PUT, &path).header(reqwest::header::IF_MATCH, "\"0\"").json(&body);
        tests::api::read::<Value>(request).await.unwrap();
        house.sync(&mut zhang).await;
        let told = titled(&zhang, "OV-7 v1");
        assert!(told.len() == 1 && told[0].contains("visit.min_minutes") && told[0].contains("政策已变更"), "{told:?}");
        let notice = zhang.replica.records().into_iter().find(|view| view.body.get("title") == Some(&json!("OV-7 v1"))).unwrap();
        zhang.command(&NOTICE, notice.id, "read", json!({}));
        house.sync(&mut zhang).await;
        let page: Value = get(&office, &on_project(&format!("notices/{}/receipts?state=read", notice.id))).await;
        assert_eq!(page["items"][0]["user"]["id"], json!(id("zhangwei")));
    }
}
