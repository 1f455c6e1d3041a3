//! Text → [`Document`], noting every mistake that the document alone shows.

use sync_core::kinds;
use sync_core::op::json;
use sync_core::people::{Employment, Role};

use super::document::{
    Document, Fence, Membership, Org, Outlet, Partner, PartnerStatus, Post, Project, Spot, Team, Tier, User,
};
use super::mistake::{Mistake, Mistakes};
use super::place::{Object, Place};
use crate::rules::datum::Datum;
use crate::rules::fence::{Area, PolygonFault};

/// Levels of nesting in a document; policies are the deepest part.
const DEPTH: usize = 32;
/// Fences are sites and posts, not towns.
const RADIUS_M: std::ops::RangeInclusive<f64> = 1.0..=10_000.0;

/// Fences are walked around, not drawn.
const CORNERS_MAX: usize = 100;

/// Reads a document. Its references are not checked yet: what they name may be stored already.
///
/// # Errors
/// Every mistake, in the order of the document's sections.
pub(super) fn parse(text: &str) -> Result<Document, Vec<Mistake>> {
    let mistakes = Mistakes::default();
    let document = match json::parse(text.trim_start_matches('\u{feff}'), DEPTH) {
        Ok(value) => Some(document(Place::root(&value, &mistakes))),
        Err(error) => {
            mistakes.add("", format!("is not valid JSON: {error}"), "correct it at that line and column");
            None
        }
    };
    let mistakes = mistakes.into_inner();
    document.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

fn document(place: Place<'_>) -> Document {
    let document = place.object(&["org", "partners", "projects", "teams", "users", "posts", "outlets"]);
    Document {
        org: org(document.at("org")),
        partners: document.at("partners").list(partner),
        projects: document.at("projects").list(project),
        teams: document.at("teams").list(team),
        users: document.at("users").list(user),
        posts: document.at("posts").list(post),
        outlets: document.at("outlets").list(outlet),
    }
}

fn org(place: Place<'_>) -> Org {
    let org = place.object(&["code", "name"]);
    Org { code: org.at("code").code(), name: org.at("name").name() }
}

fn partner(place: Place<'_>) -> Partner {
    let partner = place.object(&["code", "name", "tier", "status"]);
    Partner {
        code: partner.at("code").code(),
        name: partner.at("name").name(),
        tier: partner.at("tier").optional(|tier| tier.word(Tier::ALL, Tier::A)),
        status: partner.at("status").optional(|status| status.word(PartnerStatus::ALL, PartnerStatus::Active)),
    }
}

fn project(place: Place<'_>) -> Project {
    let project = place.object(&["code", "name", "timezone", "site", "policy"]);
    Project {
        code: project.at("code").code(),
        name: project.at("name").name(),
        timezone: project.at("timezone").timezone(),
        site: fence(&project.at("site").object(&["lat", "lng", "radius_m", "polygon", "datum"])),
        policy: project.at("policy").optional(Place::any_object),
    }
}

fn team(place: Place<'_>) -> Team {
    let team = place.object(&["code", "project", "name", "lead", "deputy"]);
    Team {
        code: team.at("code").code(),
        project: team.at("project").code(),
        name: team.at("name").name(),
        lead: team.at("lead").optional(Place::code),
        deputy: team.at("deputy").optional(Place::code),
    }
}

fn user(place: Place<'_>) -> User {
    let pointer = place.pointer().to_owned();
    let user = place.object(&[
        "username",
        "name",
        "role",
        "project",
        "team",
        "employment",
        "partner",
        "trained_on",
        "password",
        "active",
        "since",
        "memberships",
    ]);
    let role = user.at("role").word(Role::ALL, Role::Promoter);
    let short = user.at("project").optional(Place::code).map(|project| Membership {
        pointer,
        project,
        team: user.at("team").optional(Place::code),
        role,
        since: user.at("since").optional(Place::since),
    });
    for name in ["team", "since"].iter().filter(|_| short.is_none()) {
        user.at(name).optional(|place| place.wrong("belongs to a project", "name the \"project\", too"));
    }
    let listed = user.at("memberships").optional(|list| list.list(|place| membership(place, role)));
    let memberships = match (short, listed) {
        (None, listed) => listed,
        (short, listed) => Some(short.into_iter().chain(listed.into_iter().flatten()).collect()),
    };
    User {
        username: user.at("username").code(),
        name: user.at("name").name(),
        role,
        employment: user.at("employment").optional(|word| word.word(Employment::ALL, Employment::Staff)),
        partner: user.at("partner").optional(Place::code),
        trained_on: user.at("trained_on").optional(Place::day),
        password: user.at("password").optional(Place::text),
        active: user.at("active").optional(Place::flag),
        memberships,
    }
}

fn membership(place: Place<'_>, role: Role) -> Membership {
    let pointer = place.pointer().to_owned();
    let membership = place.object(&["project", "team", "role", "since"]);
    Membership {
        pointer,
        project: membership.at("project").code(),
        team: membership.at("team").optional(Place::code),
        role: membership.at("role").optional(|word| word.word(Role::ALL, role)).unwrap_or(role),
        since: membership.at("since").optional(Place::since),
    }
}

fn post(place: Place<'_>) -> Post {
    let post = place.object(&["code", "project", "name", "lat", "lng", "radius_m", "polygon", "datum"]);
    Post {
        code: post.at("code").code(),
        project: post.at("project").code(),
        name: post.at("name").name(),
        fence: fence(&post),
    }
}

fn outlet(place: Place<'_>) -> Outlet {
    let outlet = place.object(&[
        "code",
        "project",
        "name",
        "category",
        "grade",
        "lat",
        "lng",
        "datum",
        "address",
        "contact",
        "owner",
        "opened_on",
    ]);
    Outlet {
        code: outlet.at("code").code(),
        project: outlet.at("project").code(),
        name: outlet.at("name").name(),
        category: outlet.at("category").field(&kinds::OUTLET, "category"),
        grade: outlet.at("grade").optional(|grade| grade.field(&kinds::OUTLET, "grade")),
        address: outlet.at("address").optional(Place::text),
        contact: outlet.at("contact").optional(Place::text),
        owner: outlet.at("owner").optional(Place::code),
        opened_on: outlet.at("opened_on").optional(Place::day),
        spot: spot(&outlet),
    }
}

fn fence(object: &Object<'_>) -> Fence {
    match object.at("polygon").optional(|place| place.list(corner)) {
        Some(corners) => polygon(object, corners),
        None => {
            Fence(Area::Circle { centre: spot(object).position(), radius_m: object.at("radius_m").number(RADIUS_M) })
        }
    }
}

/// A fence of corners, instead of centre and radius.
fn polygon(object: &Object<'_>, corners: Vec<(f64, f64)>) -> Fence {
    for name in ["lat", "lng", "radius_m"] {
        object.at(name).optional(|place| place.wrong("says something beside the polygon", "remove it, or the polygon"));
    }
    let datum = datum(object);
    let position = |(lat, lng)| Spot { lat, lng, datum }.position();
    let place = object.at("polygon");
    if corners.len() > CORNERS_MAX {
        place.wrong(format!("has {} corners", corners.len()), format!("use at most {CORNERS_MAX}"));
    }
    let area = Area::polygon(corners.into_iter().take(CORNERS_MAX).map(position).collect());
    Fence(area.unwrap_or_else(|fault| {
        let remedy = match fault {
            PolygonFault::FewCorners => "list at least three different corners, as [lat, lng]",
            PolygonFault::Crosses(..) => "list the corners in the order in which one walks around the area",
        };
        place.wrong(fault.to_string(), remedy);
        Area::Polygon { corners: Vec::new() }
    }))
}

/// A corner, as `[lat, lng]`.
fn corner(place: Place<'_>) -> (f64, f64) {
    let numbers = place.pair((-90.0..=90.0, -180.0..=180.0));
    numbers.unwrap_or_default()
}

fn datum(object: &Object<'_>) -> Datum {
    object.at("datum").optional(|datum| datum.word(Datum::ALL, Datum::Wgs84)).unwrap_or(Datum::Wgs84)
}

fn spot(object: &Object<'_>) -> Spot {
    Spot {
        lat: object.at("lat").number(-90.0..=90.0),
        lng: object.at("lng").number(-180.0..=180.0),
        datum: datum(object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = include_str!("../../../demo/org.json");

    /// Pointers of all mistakes of the document.
    fn places(text: &str) -> Vec<String> {
        parse(text).unwrap_err().into_iter().map(|mistake| mistake.pointer).collect()
    }

    #[test]
    fn the_demo_has_no_mistakes() {
        let document = parse(DEMO).unwrap();
        assert!(document.users.len() >= 10 && document.partners.len() == 3);
        let lead = &document.users[0].memberships.as_ref().unwrap()[0];
        assert_eq!((lead.project.as_str(), lead.team.as_deref()), ("tianfu", Some("t1")));
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let text = r#"{
            "org": {"code": "a/b"},
            "partners": [{"code": "p", "name": " ", "tier": "D", "status": 1}],
            "projects": [{"code": "x", "name": "X", "timezone": "Asia/Chengdu", "site": {"lat": 91, "lng": "104"}}],
            "teams": "none",
            "users": [{"username": "u", "name": "U", "role": "boss", "team": "t1", "trained_on": "2026-02-30", "age": 3}, 7],
            "outlets": [{"code": "o", "project": "x", "name": "O", "category": "pub", "lat": 1, "lng": 2, "datum": "bd10"}],
            "extras/1": []
        }"#;
        let expected = [
            "/extras~11",
            "/org/code",
            "/org/name",
            "/partners/0/name",
            "/partners/0/tier",
            "/partners/0/status",
            "/projects/0/timezone",
            "/projects/0/site/lat",
            "/projects/0/site/lng",
            "/projects/0/site/radius_m",
            "/teams",
            "/users/0/age",
            "/users/0/role",
            "/users/0/team",
            "/users/0/trained_on",
            "/users/1",
            "/outlets/0/category",
            "/outlets/0/datum",
        ];
        assert_eq!(places(text), expected);
    }

    #[test]
    fn at_22_a_fence_may_be_a_polygon_and_every_mistake_says_what_to_do() {
        let site = |site: &str| {
            format!(
                r#"{{"org":{{"code":"o","name":"O"}},"projects":[{{"code":"x","name":"X","timezone":"Asia/Shanghai","site":{site}}}]}}"#
            )
        };
        let read = parse(&site(r#"{"polygon":[[30.5,104.06],[30.5,104.07],[30.51,104.07]]}"#)).unwrap();
        assert!(matches!(read.projects[0].site.area(), Area::Polygon { corners } if corners.len() == 3));
        let rows = [
            (r#"{"polygon":[[30.5,104.06],[30.5,104.07]]}"#, "/projects/0/site/polygon", "at least three"),
            (r#"{"polygon":[[0,0],[1,1],[1,0],[0,1]]}"#, "/projects/0/site/polygon", "walks around"),
            (r#"{"polygon":[[0,0],[0,1],[1,1]],"radius_m":5}"#, "/projects/0/site/radius_m", "remove"),
            (r#"{"polygon":[[0,0],[0,1],[1]]}"#, "/projects/0/site/polygon/2", "[lat, lng]"),
            (r#"{"polygon":[[0,0],[0,1],[91,1]]}"#, "/projects/0/site/polygon/2/0", "-90 to 90"),
            (r#"{"polygon":7}"#, "/projects/0/site/polygon", "list"),
        ];
        for (fence, pointer, remedy) in rows {
            let mistakes = parse(&site(fence)).unwrap_err();
            let told = mistakes.iter().any(|mistake| mistake.pointer == pointer && mistake.remedy.contains(remedy));
            assert!(told, "{fence}: {mistakes:?}");
        }
    }

    #[test]
    fn text_that_is_no_json_is_told_with_line_and_column() {
        let mistakes = parse("{\"org\":\n  oops}").unwrap_err();
        assert!(mistakes[0].wrong.contains("line 2"), "{}", mistakes[0]);
        assert_eq!(places(r#"{"org":{"code":"a","code":"b","name":"n"}}"#), [""]);
    }

    #[test]
    fn a_person_may_be_on_several_projects() {
        let text = r#"{"org":{"code":"o","name":"O"},"users":[{"username":"u","name":"U","role":"desk","project":"a",
            "since":"2026-11-01","memberships":[{"project":"b","role":"site_lead","since":"2026-11-01T09:00:00+08:00"}]}]}"#;
        let memberships = parse(text).unwrap().users[0].memberships.clone().unwrap();
        let roles: Vec<_> =
            memberships.iter().map(|membership| (membership.project.as_str(), membership.role)).collect();
        assert_eq!(roles, [("a", Role::Desk), ("b", Role::SiteLead)]);
        assert_eq!(memberships[1].pointer, "/users/0/memberships/0");
    }
}
