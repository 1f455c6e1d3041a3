//! Projects (sales sites), their posts and their policies.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    PROJECTS = "SELECT org, id, code, name, timezone, region, site FROM projects WHERE org = $1 ORDER BY code";
    PROJECT = "SELECT org, id, code, name, timezone, region, site FROM projects WHERE id = $1";
    ALL_PROJECTS = "SELECT org, id, code, name, timezone, region, site FROM projects ORDER BY org, code";
    PUT_PROJECT = "INSERT INTO projects (org, id, code, name, timezone, region, site)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (org, code) DO UPDATE SET name = excluded.name, timezone = excluded.timezone,
            region = excluded.region, site = excluded.site
        RETURNING id";
    POSTS = "SELECT project, id, code, name, fence FROM posts WHERE project = $1 ORDER BY code";
    PUT_POST = "INSERT INTO posts (project, id, code, name, fence) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (project, code) DO UPDATE SET name = excluded.name, fence = excluded.fence
        RETURNING id";
    POLICIES = "SELECT project, version, effective_from, doc, author, at, note FROM policies WHERE project = $1
        ORDER BY version";
    POLICY_AT = "SELECT project, version, effective_from, doc, author, at, note FROM policies
        WHERE project = $1 AND effective_from <= $2 ORDER BY effective_from DESC, version DESC LIMIT 1";
    NEWEST_POLICY = "SELECT project, version, effective_from, doc, author, at, note FROM policies
        WHERE project = $1 ORDER BY version DESC LIMIT 1";
    ADD_POLICY = "INSERT INTO policies (project, version, effective_from, doc, author, at, note)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// One sales site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The organisation it belongs to.
    pub org: i64,
    /// Its id, unique among all organisations.
    pub id: Uuid,
    /// Its code in import files.
    pub code: String,
    /// Its name.
    pub name: String,
    /// IANA name of its time zone.
    pub timezone: String,
    /// Default region of phone numbers, such as `CN`.
    pub region: String,
    /// The site's fence, JSON.
    pub site: String,
}

/// A place a promoter is assigned to for the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its project.
    pub project: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Its code in import files.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its fence, JSON.
    pub fence: String,
}

/// One version of a project's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its project.
    pub project: Uuid,
    /// 1, 2, 3 …
    pub version: i64,
    /// In force from this moment on, Unix ms; 0 from always.
    pub effective_from: i64,
    /// The document, JSON.
    pub doc: String,
    /// Who published it; nobody for an imported one.
    pub author: Option<Uuid>,
    /// When it was published, Unix ms.
    pub at: i64,
    /// What the author wrote.
    pub note: Option<String>,
}

/// All projects of an organisation, by code.
///
/// # Errors
/// [`StoreError`]
pub async fn of_org(db: &mut Reader, org: i64) -> Result<Vec<Project>, StoreError> {
    db.fetch_all(&PROJECTS, &args![org]).await?.iter().map(project).collect()
}

/// One project. Callers who may not know it must check its `org`.
///
/// # Errors
/// [`StoreError`]
pub async fn by_id(db: &mut Reader, id: Uuid) -> Result<Option<Project>, StoreError> {
    db.fetch_optional(&PROJECT, &args![id]).await?.as_ref().map(project).transpose()
}

/// The projects of all organisations, for jobs.
///
/// # Errors
/// [`StoreError`]
pub async fn all(db: &mut Reader) -> Result<Vec<Project>, StoreError> {
    db.fetch_all(&ALL_PROJECTS, &[]).await?.iter().map(project).collect()
}

/// Creates or updates the project with this code; returns the id it keeps.
///
/// # Errors
/// [`StoreError`]
pub async fn put(tx: &mut Tx, project: &Project) -> Result<Uuid, StoreError> {
    let Project { org, id, code, name, timezone, region, site } = project;
    tx.fetch_one(&PUT_PROJECT, &args![*org, *id, code, name, timezone, region, site]).await?.id("id")
}

/// All posts of a project, by code.
///
/// # Errors
/// [`StoreError`]
pub async fn posts(db: &mut Reader, project: Uuid) -> Result<Vec<Post>, StoreError> {
    db.fetch_all(&POSTS, &args![project]).await?.iter().map(post).collect()
}

/// Creates or updates the post with this code; returns the id it keeps.
///
/// # Errors
/// [`StoreError`]
pub async fn put_post(tx: &mut Tx, post: &Post) -> Result<Uuid, StoreError> {
    let Post { project, id, code, name, fence } = post;
    tx.fetch_one(&PUT_POST, &args![*project, *id, code, name, fence]).await?.id("id")
}

/// All versions of a project's policy, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn policies(db: &mut Reader, project: Uuid) -> Result<Vec<Policy>, StoreError> {
    db.fetch_all(&POLICIES, &args![project]).await?.iter().map(policy).collect()
}

/// The policy in force at a moment (Unix ms): the one effective last, the later version among equals.
///
/// # Errors
/// [`StoreError`]
pub async fn policy_at(db: &mut Reader, project: Uuid, at: i64) -> Result<Option<Policy>, StoreError> {
    db.fetch_optional(&POLICY_AT, &args![project, at]).await?.as_ref().map(policy).transpose()
}

/// The version published last, in force or not.
///
/// # Errors
/// [`StoreError`]
pub async fn newest_policy(db: &mut Reader, project: Uuid) -> Result<Option<Policy>, StoreError> {
    db.fetch_optional(&NEWEST_POLICY, &args![project]).await?.as_ref().map(policy).transpose()
}

/// Publishes a version.
///
/// # Errors
/// [`StoreError::Taken`] when somebody else published this version first.
pub async fn add_policy(tx: &mut Tx, policy: &Policy) -> Result<(), StoreError> {
    let Policy { project, version, effective_from, doc, author, at, note } = policy;
    tx.execute_one(&ADD_POLICY, &args![*project, *version, *effective_from, doc, *author, *at, note]).await
}

fn project(row: &Row) -> Result<Project, StoreError> {
    Ok(Project {
        org: row.i64("org")?,
        id: row.id("id")?,
        code: row.text("code")?,
        name: row.text("name")?,
        timezone: row.text("timezone")?,
        region: row.text("region")?,
        site: row.text("site")?,
    })
}

fn post(row: &Row) -> Result<Post, StoreError> {
    Ok(Post {
        project: row.id("project")?,
        id: row.id("id")?,
        code: row.text("code")?,
        name: row.text("name")?,
        fence: row.text("fence")?,
    })
}

fn policy(row: &Row) -> Result<Policy, StoreError> {
    Ok(Policy {
        project: row.id("project")?,
        version: row.i64("version")?,
        effective_from: row.i64("effective_from")?,
        doc: row.text("doc")?,
        author: row.opt_id("author")?,
        at: row.i64("at")?,
        note: row.opt_text("note")?,
    })
}
