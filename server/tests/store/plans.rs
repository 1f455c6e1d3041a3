//! No statement over a batch walks a whole table on SQLite.

use server::store::{Engine, statements};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

use crate::world::world;

#[tokio::test]
async fn batches_find_their_rows_by_more_than_the_leading_key() {
    let world = world(Engine::Sqlite).await;
    let pool = SqlitePool::connect(&world.url).await.unwrap();
    let mut slow = Vec::new();
    for sql in statements() {
        let texts = sql.rendered(Engine::Sqlite);
        // a batch has several texts, for the numbers of rows it may carry
        let [_, .., pairs, _] = texts[..] else { continue };
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {pairs}"));
        for step in sqlx::query(explain).fetch_all(&pool).await.unwrap() {
            let step: String = step.get("detail");
            let walks = step.starts_with("SCAN")
                && !step.contains("VALUES")
                && !step.contains("CONSTANT ROW")
                && !step.contains("input");
            let narrow = step.starts_with("SEARCH") && step.matches('?').count() < 2;
            if walks || narrow {
                slow.push(format!("{}: {step}", sql.name()));
            }
        }
    }
    assert_eq!(slow, Vec::<String>::new());
}
