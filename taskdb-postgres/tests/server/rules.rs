//! The rules of tasks, as far as no caller sees them.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPoolOptions;
use taskdb_core::Backoff;
use taskdb_postgres::sqlx;

use crate::{namespace, open, shared};

/// Settings from the smallest to the largest, with numbers that no power of two divides.
fn settings() -> Vec<Backoff> {
    let micros = Duration::from_micros;
    let day = Duration::from_secs(86_400);
    let bounds = [
        (micros(1), micros(1)),
        (micros(1), day * 30),
        (micros(1_234_567), day),
        (Duration::from_millis(333), micros(7_777_777)),
        (day * 30, day * 30),
    ];
    let all = bounds.into_iter().flat_map(|(first, cap)| {
        [0, 1, 33, 50, 99, 100].map(|jitter| Backoff::exponential(first, cap).jitter(jitter))
    });
    all.collect()
}

#[tokio::test]
async fn delays_are_those_of_every_store_to_the_microsecond() {
    let name = namespace();
    open(&shared(), &name).await;
    let pool = PgPoolOptions::new().max_connections(1).connect(&shared()).await.expect("a pool");
    let find = "SELECT proname::text FROM pg_proc
        WHERE pronamespace = $1::regnamespace AND proname LIKE 'delay\\_%'";
    let schema = format!("\"{name}\"");
    let function: String =
        sqlx::query_scalar(find).bind(&schema).fetch_one(&pool).await.expect("a function");
    let ages = [0, 1, 2, 7, 610, 9_999, 123_457, 99_999_999, i32::MAX];
    let retries = [0, 1, 2, 3, 10, 31, 32, 61, 62, 63, 1_000, i32::MAX];
    for backoff in settings() {
        let text = format!(
            "SELECT {schema}.{function}($1, $2, $3, age, retries)
             FROM unnest($4::integer[]) AS age CROSS JOIN unnest($5::integer[]) AS retries
             ORDER BY age, retries"
        );
        let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(text)).bind(backoff.first_micros);
        let query = query.bind(backoff.cap_micros).bind(i16::from(backoff.jitter));
        let delays = query.bind(&ages[..]).bind(&retries[..]).fetch_all(&pool).await.expect("rows");
        let expected = ages.iter().flat_map(|age| {
            let age = u64::try_from(*age).expect("a count");
            retries.map(|retries| backoff.delay(age, retries).as_micros())
        });
        let expected: Vec<_> =
            expected.map(|micros| i64::try_from(micros).expect("it fits")).collect();
        assert_eq!(delays, expected, "{backoff:?}");
    }
}
