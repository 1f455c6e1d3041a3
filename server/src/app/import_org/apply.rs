//! Makes the changes of a plan, and tells the phones.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::plan::Change;
use crate::app::publish_project::publish_projects;
use crate::facts::directory::bucket;
use crate::facts::outlets as cards;
use crate::facts::record::Record;
use crate::facts::stored;
use crate::rules::calendar::Zone;
use crate::store::feed::{self, Gone, News, Publication};
use crate::store::{self, StoreError, Tx, orgs, projects, records, teams, users};

/// Makes the changes, at `now` (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub(super) async fn apply(tx: &mut Tx, org: i64, now: i64, changes: &[Change]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    orgs::touch_directory(tx, org).await?;
    let mut outlets = Vec::new();
    for change in changes {
        match change {
            Change::Partner(partner) => drop(orgs::put_partner(tx, partner).await?),
            Change::Project(project) => drop(projects::put(tx, project).await?),
            Change::Policy(policy) => projects::add_policy(tx, policy).await?,
            Change::Post(post) => drop(projects::put_post(tx, post).await?),
            Change::Team(team) => {
                teams::put(tx, team).await?;
                teams::set_deputy(tx, org, team.id, team.deputy).await?;
            }
            Change::Join(user) => users::add(tx, user).await?,
            Change::User(user) => users::update(tx, user).await?,
            Change::Begin(membership) => teams::add_memberships(tx, std::slice::from_ref(membership)).await?,
            Change::End(membership) => {
                let until = membership.until_at.unwrap_or(now);
                teams::end_membership(tx, org, membership.user, membership.id, until).await?;
            }
            Change::Outlet(_, record) => outlets.push(&**record),
        }
    }
    let touched = projects_of(tx, org, changes).await?;
    let mut publications = save_outlets(tx, org, now, &outlets).await?;
    publications.extend(publish_projects(tx, org, &touched, now).await?);
    feed::publish(tx, now, &publications).await
}

/// Projects whose directory may look different. A person's name is shown on each of the person's projects.
async fn projects_of(tx: &mut Tx, org: i64, changes: &[Change]) -> Result<Vec<Uuid>, StoreError> {
    let mut touched = BTreeSet::new();
    let mut people = Vec::new();
    for change in changes {
        match change {
            Change::Project(project) => drop(touched.insert(project.id)),
            Change::Policy(policy) => drop(touched.insert(policy.project)),
            Change::Post(post) => drop(touched.insert(post.project)),
            Change::Begin(membership) | Change::End(membership) => drop(touched.insert(membership.project)),
            Change::Join(user) | Change::User(user) => people.push(user.id),
            Change::Partner(_) | Change::Team(_) | Change::Outlet(..) => {}
        }
    }
    let memberships = teams::memberships_of(tx, org, &people).await?;
    touched.extend(memberships.iter().filter(|membership| membership.until_at.is_none()).map(|open| open.project));
    Ok(touched.into_iter().collect())
}

async fn save_outlets(tx: &mut Tx, org: i64, now: i64, outlets: &[&Record]) -> Result<Vec<Publication>, StoreError> {
    let keys: Vec<_> = outlets.iter().map(|record| record.key).collect();
    records::claim(tx, &keys.iter().map(|&key| (org, key)).collect::<Vec<_>>()).await?;
    records::lock(tx, &keys).await?;
    let mut zones = BTreeMap::new();
    for project in projects::of_org(tx, org).await? {
        let zone = project.timezone.parse::<Zone>();
        zones.insert(project.id, zone.map_err(|error| StoreError::Inconsistent(error.to_string()))?);
    }
    let zone = |project: &Uuid| zones.get(project).copied().unwrap_or(Zone::UTC);
    let rows = outlets.iter().map(|record| stored::row(org, zone(&record.key.project), record));
    records::save(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
    // nobody knows what leads it brought before: it is idle from its import on (OV-9)
    let idle_from = |record: &Record| zone(&record.key.project).day_of(now.max(record.created.latest)).to_string();
    let card = |record: &&Record| store::outlets::Outlet {
        idle_from: idle_from(record),
        ..cards::card(record, zone(&record.key.project))
    };
    let cards: Vec<_> = outlets.iter().map(card).collect();
    store::outlets::save(tx, &cards).await?;
    store::outlets::add_grades(tx, &outlets.iter().filter_map(|record| cards::grade(record)).collect::<Vec<_>>())
        .await?;
    let months: BTreeSet<_> = outlets
        .iter()
        .map(|Record { key, .. }| (key.project, cards::month_text(zone(&key.project).day_of(now)), key.id))
        .collect();
    store::outlet_months::mark(tx, &months.into_iter().collect::<Vec<_>>()).await?;
    Ok(outlets.iter().map(|record| publication(org, record)).collect())
}

/// An outlet is everybody's on the project, and its owner's.
fn publication(org: i64, record: &Record) -> Publication {
    let audience: BTreeSet<String> =
        record.owner.map(bucket::user).into_iter().chain([bucket::project(record.key.project)]).collect();
    let left = record.revs.buckets().filter(|bucket| !audience.contains(*bucket));
    let left: Vec<(String, News)> = left.map(|bucket| (bucket.to_owned(), News::Gone(Gone::Moved))).collect();
    let live = audience.into_iter().map(|bucket| (bucket, News::Live));
    Publication { org, key: record.key, news: left.into_iter().chain(live).collect() }
}
