//! A project in its phones' feed: the project itself, its posts and its members.
//!
//! These records are derived from the tables: whoever changed one of those publishes in the same transaction.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sync_core::kind::Kind;
use sync_core::kinds::{MEMBER, POST, PROJECT, member_id};
use sync_core::record::State;
use sync_core::time::Moment;
use uuid::Uuid;

use crate::facts::directory::{Directory, Post, Project, bucket};
use crate::facts::record::Record;
use crate::facts::stored;
use crate::store::feed::{Gone, News, Publication, Revs};
use crate::store::{Key, Reader, StoreError, Tx, records};

/// Parts of the policy that a phone shows or checks while recording.
const POLICY_SUMMARY: [&str; 8] = ["booking", "shift", "spot_check", "break", "attendance", "visit", "lead", "log"];

/// Brings the feeds of these projects up to date with the tables; what has to be published is returned, because that is
/// the last thing a transaction does. `now` is Unix ms. The directory was touched before, which keeps others out.
///
/// # Errors
/// [`StoreError`]
pub async fn publish_projects(
    tx: &mut Tx,
    org: i64,
    projects: &[Uuid],
    now: i64,
) -> Result<Vec<Publication>, StoreError> {
    let directory = Directory::load(tx, org).await?;
    let mut publications = Vec::new();
    for (&id, project) in directory.projects.iter().filter(|(id, _)| projects.contains(id)) {
        publications.extend(publish(tx, &directory, id, project, now).await?);
    }
    Ok(publications)
}

async fn publish(
    tx: &mut Tx,
    directory: &Directory,
    id: Uuid,
    project: &Project,
    now: i64,
) -> Result<Vec<Publication>, StoreError> {
    let mut stored = BTreeMap::new();
    for kind in [PROJECT, POST, MEMBER] {
        for row in records::of_kind(tx, id, kind.name).await? {
            stored.insert(row.id, stored::record(row)?);
        }
    }
    let mut wanted = vec![(PROJECT, id, project_body(project, now)?)];
    let posts = directory.posts.iter().filter(|((of, _), _)| *of == id);
    let shown = |row: &Post| body(json!({"code": row.code, "name": row.name, "fence": row.area}));
    wanted.extend(posts.map(|((_, post), row)| (POST, *post, shown(row))));
    wanted.extend(members(directory, id, now).map(|(person, body)| (MEMBER, person, body)));

    let mut changed = Vec::new();
    for (kind, record, ruled) in wanted {
        let before = stored.remove(&record);
        if before.as_ref().is_none_or(|before| before.ruled != ruled) {
            changed.push((server_made(&kind, Key { project: id, id: record }, before, ruled, now), News::Live));
        }
    }
    let left = |record: Record| Record { deleted: true, version: record.version + 1, ..record };
    changed.extend(stored.into_values().map(|record| (left(record), News::Gone(Gone::Revoked))));
    let rows = changed.iter().map(|(record, _)| stored::row(directory.org, project.zone, record));
    records::save(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
    let org = directory.org;
    let told =
        |(record, news): (Record, News)| Publication { org, key: record.key, news: vec![(bucket::project(id), news)] };
    Ok(changed.into_iter().map(told).collect())
}

/// Whether a project's phones see it with the policy that is in force at `now` (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub async fn shows_current_policy(
    db: &mut Reader,
    (id, project): (Uuid, &Project),
    now: i64,
) -> Result<bool, StoreError> {
    let shown = records::load(db, &[Key { project: id, id }]).await?.into_values().next();
    let shown = shown.map(stored::record).transpose()?;
    Ok(shown.is_some_and(|shown| project_body(project, now).is_ok_and(|body| shown.ruled == body)))
}

/// A record that nobody but the server writes.
fn server_made(kind: &Kind, key: Key, before: Option<Record>, ruled: Map<String, Value>, now: i64) -> Record {
    Record {
        key,
        kind: kind.name.to_owned(),
        v: kind.v,
        owner: None,
        team: None,
        created: before.as_ref().map_or_else(|| Moment::exact(now), |before| before.created),
        phase: kind.phases.first().copied().unwrap_or_default().to_owned(),
        version: before.map_or(0, |before| before.version) + 1,
        deleted: false,
        state: State::default(),
        ruled,
        verdict: None,
        origin: None,
        ops: BTreeMap::new(),
        revs: Revs::default(),
    }
}

fn project_body(project: &Project, now: i64) -> Result<Map<String, Value>, StoreError> {
    let policy = project.policy_at(now).map(|published| (*published.policy).clone()).unwrap_or_default();
    let policy = serde_json::to_value(policy).map_err(|error| StoreError::Inconsistent(error.to_string()))?;
    let mut policy = body(policy);
    policy.retain(|section, _| POLICY_SUMMARY.contains(&section.as_str()));
    Ok(body(json!({
        "code": project.code,
        "name": project.name,
        "timezone": project.zone,
        "site": project.site,
        "policy": policy,
    })))
}

/// Everybody whose membership has not ended; people on several projects are a member of each.
fn members(directory: &Directory, project: Uuid, now: i64) -> impl Iterator<Item = (Uuid, Map<String, Value>)> {
    directory.people.iter().filter_map(move |(&id, person)| {
        let lasting = |until: Option<i64>| until.is_none_or(|until| until > now);
        let mut memberships = person.memberships.iter();
        let membership = memberships.find(|membership| membership.project == project && lasting(membership.until))?;
        let body = body(json!({
            "user": id,
            "name": person.name,
            "role": membership.role,
            "team": membership.team,
            "employment": person.employment,
            "partner": person.partner,
        }));
        Some((member_id(project, id), body))
    })
}

/// Members without a value are left out, as in every record.
fn body(value: Value) -> Map<String, Value> {
    let Value::Object(mut body) = value else { return Map::new() };
    body.retain(|_, value| !value.is_null());
    body
}
