//! Sites and posts with corners (AT-22).

use serde_json::{Value, json};
use server::store::projects::{Post, Project};
use server::store::{orgs, projects, run_tx};
use sync_core::kinds::ASSIGNMENT;
use tests::world::{self, ORG, POST, PROJECT, SITE};

use crate::house::{DAY, House, check_with, refused, told};

/// Degrees of latitude and longitude at the site, in metres.
const DEGREE_M: (f64, f64) = (110_858.0, 95_993.0);

/// A place so many metres north and east of the site, known to 10 m.
fn at((north, east): (f64, f64)) -> Value {
    let (lat, lng) = (SITE.0 + north / DEGREE_M.0, SITE.1 + east / DEGREE_M.1);
    json!({"lat": lat, "lng": lng, "accuracy_m": 10.0, "mocked": false})
}

/// The area within these corners, as it is stored.
fn polygon(corners: &[(f64, f64)]) -> String {
    let corner =
        |(north, east): &(f64, f64)| json!({"lat": SITE.0 + north / DEGREE_M.0, "lng": SITE.1 + east / DEGREE_M.1});
    json!({"shape": "polygon", "corners": corners.iter().map(corner).collect::<Vec<_>>()}).to_string()
}

/// The site becomes a courtyard that is open to the north, and the post a triangle a kilometre away.
async fn build(house: &House) {
    let app = house.server.app();
    let yard = [
        (-60.0, -60.0),
        (-60.0, 60.0),
        (140.0, 60.0),
        (140.0, 20.0),
        (-20.0, 20.0),
        (-20.0, -20.0),
        (140.0, -20.0),
        (140.0, -60.0),
    ];
    run_tx(&app.db, "build", async |mut tx| {
        let org = orgs::by_code(&mut tx, ORG).await?.unwrap().org;
        let project = projects::of_org(&mut tx, org).await?.into_iter().find(|project| project.id == PROJECT).unwrap();
        projects::put(&mut tx, &Project { site: polygon(&yard), ..project }).await?;
        let corners = [(1_000.0, 0.0), (1_000.0, 200.0), (1_200.0, 0.0)];
        let post =
            Post { project: PROJECT, id: POST, code: "p1".into(), name: "地铁口".into(), fence: polygon(&corners) };
        projects::put_post(&mut tx, &post).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}

tests::scenarios! {
    async fn at_22_a_site_of_any_shape_and_a_post_of_any_shape(engine: Engine) {
        let house = House::open(engine).await;
        build(&house).await;
        let mut phone = house.phone("zhangwei").await;
        let mut check = |place: (f64, f64)| {
            phone.clock.pass_minutes(1);
            check_with(&mut phone, "on", json!({"location": at(place)}))
        };
        let places = [
            ((-40.0, 0.0), "on_time"),
            ((60.0, 40.0), "on_time"),
            // in the yard, amid the building
            ((60.0, 0.0), "void"),
            ((60.0, 25.0), "review"),
            ((60.0, 15.0), "review"),
            // at the post, which nobody has given out yet
            ((1_060.0, 60.0), "void"),
        ];
        let made = places.map(|(place, expected)| (check(place), place, expected));
        house.at(DAY, "09:10").await;
        house.sync(&mut phone).await;
        for (id, place, expected) in made {
            assert_eq!(told(&phone, id), (expected.to_owned(), told(&phone, id).1), "{place:?}");
            assert!(expected == "on_time" || told(&phone, id).1 == ["AT-22"], "{place:?}");
        }
        let mut lead = house.phone("lihua").await;
        lead.create(&ASSIGNMENT, json!({"day": DAY, "subject": world::id("zhangwei"), "post": POST}));
        house.sync(&mut lead).await;
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, made[5].0).0, "on_time", "inside the triangle");
        assert_eq!(told(&phone, made[2].0).0, "void", "the yard is nobody's post");
        let beyond = { phone.clock.pass_minutes(1); check_with(&mut phone, "on", json!({"location": at((1_150.0, 150.0))})) };
        house.at(DAY, "09:15").await;
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, beyond).0, "void", "beyond its long side");
        let reviews = format!("/v1/reviews?project={PROJECT}&kind=checkin");
        let open: Value = house.user("lihua").await.get(&reviews).await.unwrap();
        assert_eq!(open["items"].as_array().map(Vec::len), Some(2), "both of the edge: {open}");
        let strangers: Value = house.user("chenjing").await.get(&reviews).await.unwrap();
        assert_eq!(strangers["items"], json!([]));
        assert_eq!(refused(house.user("gaofei").await.get::<Value>(&reviews).await).0, 404);
        house.replay().await;
    }
}
