//! No statement walks a table that grows, on either engine: filter and order come from an index.

use std::collections::BTreeMap;

use serde_json::Value;
use server::store::{Engine, Sql, statements};
use sqlx::{AssertSqlSafe, PgPool, Row as _, SqlitePool};

use crate::world::world;

/// Tables that stay small, whatever is recorded: who is who, and a row for each of a few things. All others grow.
const SMALL: [&str; 12] = [
    "meta",
    "orgs",
    "partners",
    "projects",
    "policies",
    "posts",
    "teams",
    "users",
    "memberships",
    "rotations",
    "_sqlx_migrations",
    "sqlite_schema",
];

/// Statements that read all of a table on purpose, each with its reason.
const ON_PURPOSE: [(&str, &str); 5] = [
    ("reseal::SEALED_WITH", "a key is taken out of use: an operator waits for the count"),
    ("reseal::INDEXED_WITH", "the same"),
    ("reseal::ONLY_INDEXED_WITH", "the same"),
    ("reseal::UNINDEX", "the same, once for each key"),
    ("reseal::SIZES", "how much there is to seal anew, once for each rotation"),
];

/// Empty tables are walked gladly: with this only where there is no other way.
const WAYS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
                    SET plan_cache_mode = force_generic_plan";

/// Types that a parameter may have where the text alone does not tell.
const TYPES: [&str; 4] = ["bytea", "text", "bigint", "boolean"];

fn is_allowed(sql: &Sql) -> bool {
    ON_PURPOSE.iter().any(|(name, _)| sql.name().ends_with(name))
}

#[tokio::test]
async fn on_sqlite_no_statement_walks_a_table_that_grows() {
    let world = world(Engine::Sqlite).await;
    let pool = SqlitePool::connect(&world.url).await.unwrap();
    let mut slow = Vec::new();
    for sql in statements().filter(|sql| !is_allowed(sql)) {
        // a batch has several texts, for the numbers of rows it may carry
        let texts = sql.rendered(Engine::Sqlite);
        let (text, is_batch) = if texts.len() > 1 { (texts[texts.len() - 2], true) } else { (texts[0], false) };
        let tables = tables(text);
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
        for step in sqlx::query(explain).fetch_all(&pool).await.unwrap() {
            let step: String = step.get("detail");
            let Some((how, rest)) = step.split_once(' ') else { continue };
            let name = rest.split(' ').next().unwrap_or_default();
            let Some(table) = tables.get(name).filter(|table| !SMALL.contains(&table.as_str())) else { continue };
            // rows of a batch are found by more than the leading key
            let narrow = is_batch && how == "SEARCH" && step.matches('?').count() < 2;
            if how == "SCAN" || narrow {
                slow.push(format!("{} on {table}: {step}", sql.name()));
            }
        }
    }
    assert_eq!(slow, Vec::<String>::new());
}

#[tokio::test]
async fn on_postgres_no_statement_walks_a_table_that_grows() {
    let world = world(Engine::Postgres).await;
    let pool = PgPool::connect(&world.url).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    sqlx::raw_sql(WAYS).execute(&mut *conn).await.unwrap();
    let mut slow = Vec::new();
    for sql in statements().filter(|sql| !is_allowed(sql)) {
        let text = sql.rendered(Engine::Postgres)[0];
        let parameters = (1..=99).take_while(|n| text.contains(&format!("${n}"))).count();
        let nulls = vec!["NULL"; parameters].join(", ");
        let arguments = if nulls.is_empty() { nulls } else { format!("({nulls})") };
        // a parameter that is only asked for NULL has whatever type its caller gives it
        let (mut types, mut last) = (vec!["unknown".to_owned(); parameters], None);
        loop {
            let list = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
            let prepare = AssertSqlSafe(format!("PREPARE looked_at{list} AS {text}"));
            let Err(error) = sqlx::raw_sql(prepare).execute(&mut *conn).await else { break };
            let error = error.to_string();
            let open =
                error.split_once("type of parameter $").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
            let open: usize = open.or(last).unwrap_or_else(|| panic!("{}: {error}", sql.name()));
            let known = TYPES.iter().position(|known| *known == types[open - 1]);
            let next = TYPES.get(known.map_or(0, |known| known + 1));
            types[open - 1] = (*next.unwrap_or_else(|| panic!("{}: {error}", sql.name()))).to_owned();
            last = Some(open);
        }
        let explain = AssertSqlSafe(format!("EXPLAIN (FORMAT JSON) EXECUTE looked_at{arguments}"));
        let row = sqlx::raw_sql(explain).fetch_one(&mut *conn).await.unwrap();
        sqlx::raw_sql("DEALLOCATE looked_at").execute(&mut *conn).await.unwrap();
        // in this protocol every value is a text
        let plan: Value = serde_json::from_str(row.try_get_unchecked(0).unwrap()).unwrap();
        let mut walks = Vec::new();
        look(&plan[0]["Plan"], &mut walks);
        slow.extend(walks.into_iter().map(|walk| format!("{}: {walk}", sql.name())));
    }
    assert_eq!(slow, Vec::<String>::new());
}

/// Nodes of a plan that read all of a table that grows: without an index, or all of an index.
fn look(plan: &Value, walks: &mut Vec<String>) {
    let text = |member: &str| plan[member].as_str().unwrap_or_default();
    let (node, table) = (text("Node Type"), text("Relation Name"));
    let by_index = ["Index Scan", "Index Only Scan"].contains(&node);
    let walked = node == "Seq Scan" || (by_index && plan["Index Cond"].is_null());
    if walked && !SMALL.contains(&table) {
        walks.push(format!("{node} on {table}"));
    }
    plan["Plans"].as_array().into_iter().flatten().for_each(|below| look(below, walks));
}

/// The tables of a statement, by the names they have in it.
fn tables(text: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> = text.split(|letter: char| letter.is_whitespace() || "(),".contains(letter)).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let mut tables = BTreeMap::new();
    for (at, word) in words.iter().enumerate() {
        if !["FROM", "JOIN", "INTO", "UPDATE"].contains(word) {
            continue;
        }
        let Some(table) = words.get(at + 1).filter(|table| table.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        else {
            continue;
        };
        if ["input", "json_each"].contains(table) {
            continue;
        }
        tables.insert((*table).to_owned(), (*table).to_owned());
        let alias = words.get(at + 2).map(|word| if *word == "AS" { words.get(at + 3).unwrap_or(word) } else { word });
        if let Some(alias) = alias.filter(|alias| alias.chars().all(|c| c.is_ascii_lowercase())) {
            tables.insert((*alias).to_owned(), (*table).to_owned());
        }
    }
    tables
}

#[test]
fn tables_are_known_by_their_names_in_a_statement() {
    let found =
        tables("SELECT r.id FROM records r JOIN feed AS f ON f.record = r.id WHERE r.id IN (SELECT id FROM input)");
    let found: Vec<_> = found.iter().map(|(alias, table)| format!("{alias}={table}")).collect();
    assert_eq!(found, ["f=feed", "feed=feed", "r=records", "records=records"]);
}
