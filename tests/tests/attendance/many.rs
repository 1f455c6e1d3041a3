//! The days of more people than one transaction takes.

use tests::volume::days_of_many;

tests::scenarios! {
    async fn at_1_the_days_of_more_people_than_a_batch_holds_are_each_closed_once(engine: Engine) {
        for closed in days_of_many(engine, 230, 2).await {
            assert_eq!(closed.outcomes, 230, "{}", closed.day);
        }
    }
}
