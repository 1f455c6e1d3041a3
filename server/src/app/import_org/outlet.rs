//! Imported outlets: records that phones go on to write. What a phone has written since stays as the phone made it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sync_core::kinds::OUTLET;
use sync_core::op::Action;
use sync_core::record::State;
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use super::document::Outlet;
use crate::facts::record::Record;
use crate::store::Key;
use crate::store::feed::Revs;

/// Who looks after an outlet, and in which team.
pub(super) type Holder = (Uuid, Option<Uuid>);

/// The record of an outlet after its import, unless that changes nothing. When it opened, if the file says so, and now are Unix ms.
pub(super) fn merged(
    wanted: &Outlet,
    stored: Option<&Record>,
    key: Key,
    (holder, opened, now): (Option<Holder>, Option<i64>, i64),
) -> Option<Record> {
    let mut record = stored.cloned().unwrap_or_else(|| Record {
        key,
        kind: OUTLET.name.to_owned(),
        v: OUTLET.v,
        owner: None,
        team: None,
        created: Moment::exact(opened.unwrap_or(now)),
        phase: OUTLET.phases.first().copied().unwrap_or_default().to_owned(),
        version: 0,
        deleted: false,
        state: State::default(),
        ruled: Map::new(),
        verdict: None,
        origin: None,
        ops: BTreeMap::new(),
        revs: Revs::default(),
    });
    let mut fields = fields(wanted);
    fields.retain(|name, value| match record.state.stamp(name) {
        None => true,
        // the location is fixed once the record is created
        Some(stamp) => stamp.device == Uuid::nil() && name != "location" && record.state.value(name) != Some(value),
    });
    let held = (record.owner, record.team);
    if let Some((owner, team)) = holder {
        (record.owner, record.team) = (Some(owner), team);
    }
    if fields.is_empty() && held == (record.owner, record.team) {
        return None;
    }
    // the first import is older than whatever a phone writes
    let ms = stored.map_or(0, |_| now);
    record.state.join(State::of(&OUTLET, &Action::Set(fields), Stamp { ms, seq: 0, device: Uuid::nil() }));
    record.version += 1;
    Some(record)
}

fn fields(outlet: &Outlet) -> Map<String, Value> {
    let location = outlet.spot.position();
    let mut fields = Map::new();
    fields.insert("name".to_owned(), outlet.name.clone().into());
    fields.insert("category".to_owned(), outlet.category.clone().into());
    let location = json!({"lat": location.lat, "lng": location.lng, "accuracy_m": 0, "mocked": false});
    fields.insert("location".to_owned(), location);
    for (name, value) in [("grade", &outlet.grade), ("address", &outlet.address), ("contact", &outlet.contact)] {
        fields.extend(value.iter().map(|value| (name.to_owned(), value.clone().into())));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::super::document::Spot;
    use super::*;
    use crate::rules::datum::Datum;

    fn outlet() -> Outlet {
        Outlet {
            code: "o1".into(),
            project: "tianfu".into(),
            name: "安居门店".into(),
            category: "broker".into(),
            grade: Some("A".into()),
            address: None,
            contact: None,
            owner: None,
            opened_on: None,
            spot: Spot { lat: 30.52, lng: 104.05, datum: Datum::Wgs84 },
        }
    }

    const KEY: Key = Key { project: Uuid::from_u128(1), id: Uuid::from_u128(2) };

    #[test]
    fn importing_an_outlet_twice_changes_nothing() {
        let first = merged(&outlet(), None, KEY, (None, None, 1_000)).unwrap();
        assert_eq!(first.body()["location"]["lat"], 30.52);
        assert_eq!(merged(&outlet(), Some(&first), KEY, (None, None, 2_000)), None);
    }

    #[test]
    fn a_later_file_changes_what_no_phone_has_written() {
        let mut stored = merged(&outlet(), None, KEY, (None, None, 1_000)).unwrap();
        let renamed = Map::from_iter([("name".to_owned(), Value::from("安居天府店"))]);
        let stamp = Stamp { ms: 500, seq: 7, device: Uuid::from_u128(9) };
        stored.state.join(State::of(&OUTLET, &Action::Set(renamed), stamp));

        let file = Outlet { name: "安居二店".into(), grade: Some("B".into()), ..outlet() };
        let second = merged(&file, Some(&stored), KEY, (None, None, 2_000)).unwrap();
        assert_eq!((&second.body()["name"], &second.body()["grade"]), (&"安居天府店".into(), &"B".into()));
        assert_eq!(second.version, stored.version + 1);
    }

    #[test]
    fn ov_3_a_later_file_names_who_looks_after_it_but_does_not_move_its_opening() {
        let holder = |user: u128, team: Option<u128>| Some((Uuid::from_u128(user), team.map(Uuid::from_u128)));
        let held = |record: &Record| record.owner.map(|owner| (owner, record.team));
        let first = merged(&outlet(), None, KEY, (None, Some(500), 1_000)).unwrap();
        assert_eq!((held(&first), first.created), (None, Moment::exact(500)));
        let second = merged(&outlet(), Some(&first), KEY, (holder(7, Some(8)), Some(900), 2_000)).unwrap();
        assert_eq!((held(&second), second.created), (holder(7, Some(8)), first.created));
        assert_eq!(merged(&outlet(), Some(&second), KEY, (holder(7, Some(8)), None, 3_000)), None);
        assert_eq!(
            merged(&outlet(), Some(&second), KEY, (None, None, 3_000)),
            None,
            "nobody is named: it stays theirs"
        );
        let third = merged(&outlet(), Some(&second), KEY, (holder(7, None), None, 3_000)).unwrap();
        assert_eq!(held(&third), holder(7, None), "they left the team");
    }
}
