//! Wrong input at the desk is answered with every mistake at its place.

use serde_json::{Value, json};
use tests::world::PARTNER;
use uuid::Uuid;

use crate::house::{House, NUMBER, arrival, refused};

tests::scenarios! {
    async fn every_mistake_of_an_arrival_is_named_at_once(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let visitor = |phone: &str| json!({"name": "王丽", "phone": phone});
        let body = json!({"id": Uuid::from_u128(1), "customer": {"name": " ", "phone": "138****5678"},
            "companions": [visitor("13900000001"), visitor("123")], "route": "brought"});
        let problem = desk.arrive(&body).await.unwrap_err();
        let places: Vec<&str> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!((problem.status, problem.code.as_str()), (422, "validation"));
        assert_eq!(places, ["/customer/name", "/customer/phone", "/companions/1/phone", "/brought_by"]);
        assert!(!format!("{problem:?}").contains("13900000001"), "P11");
    }

    async fn what_no_sheet_can_hold_is_refused(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let with = |field: &str, value: Value| {
            let mut body = arrival(1, "王丽", NUMBER);
            body[field] = value;
            body
        };
        let along = |numbers: &[&str]| -> Value {
            numbers.iter().map(|number| json!({"name": "王强", "phone": number})).collect()
        };
        let rows = [
            (with("brought_by", json!(Uuid::max())), "/brought_by"),
            (with("brought_by", json!({"partner": Uuid::max(), "agent_name": "赵强"})), "/brought_by/partner"),
            (with("brought_by", json!({"partner": PARTNER, "agent_name": ""})), "/brought_by/agent_name"),
            (with("companions", along(&[NUMBER])), "/companions/0/phone"),
            (with("companions", along(&["13900000001", "139 0000 0001"])), "/companions/1/phone"),
            (with("companions", along(&["13900000001"; 6])), "/companions"),
            (with("customer", json!({"name": "王".repeat(65), "phone": NUMBER})), "/customer/name"),
            (with("customer", json!({"phone": NUMBER})), "/customer/name"),
            (with("route", json!("flown")), "/route"),
            (with("arrived_at", json!("yesterday")), "/arrived_at"),
        ];
        for (body, place) in rows {
            let problem = desk.arrive(&body).await.unwrap_err();
            assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, place), "{body}");
        }
        let elsewhere = desk.0.post::<Value>(&format!("/v1/projects/{}/arrivals", Uuid::max()), &arrival(1, "王丽", NUMBER)).await;
        assert_eq!(refused(elsewhere), (404, "not-found".to_owned()));
        assert_eq!(desk.booked(1, "王丽 13812345678", "+852 9123 4567").await.customer.name, "王丽 138****5678");
    }
}
