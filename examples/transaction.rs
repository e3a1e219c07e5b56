//! Enqueue within an SQL transaction: a job exists exactly when the order beside it does.
//!
//! `TASKDB_URL=postgres://user@host/database cargo run --example transaction`

use std::io::Write;
use std::time::Duration;

use serde_json::json;
use taskdb::postgres::sqlx::{self, PgPool};
use taskdb::worker::{Context, Result};
use taskdb::{JobFilter, Worker, postgres};

async fn ship(order: i64, _: Context) -> Result<String> {
    Ok(format!("order {order} is on its way"))
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("TASKDB_URL").map_err(|_| "set TASKDB_URL to a Postgres database")?;
    let db = postgres::Config::from_url(&url)?.open().await?;
    let pool = PgPool::connect(&url).await?;
    let table = "CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, job uuid)";
    sqlx::raw_sql(table).execute(&pool).await?;
    let shop = db.get_or_create_stream("warehouse", 0, 1.0, "shop").await?;

    for paid in [true, false, true] {
        // The connection is the application's own, and so is the transaction.
        let mut order = pool.begin().await?;
        let insert = "INSERT INTO orders DEFAULT VALUES RETURNING id";
        let id: i64 = sqlx::query_scalar(insert).fetch_one(&mut *order).await?;
        let create =
            async |jobs: taskdb::TaskDb| jobs.create_job(&shop, &json!(id), 3, 300, "shop").await;
        let job = db.within(&mut order, create).await?;
        let update = sqlx::query("UPDATE orders SET job = $1 WHERE id = $2");
        update.bind(job).bind(id).execute(&mut *order).await?;
        // Workers hear of the job with the commit; a rollback leaves nothing of it.
        if paid { order.commit().await? } else { order.rollback().await? }
    }

    let worker = Worker::new((*db).clone()).on("warehouse", ship);
    worker.until_idle(Duration::from_millis(50)).run().await?;

    let (orders,): (i64,) = sqlx::query_as("SELECT count(*) FROM orders").fetch_one(&pool).await?;
    let jobs = db.list_jobs(JobFilter::default().user("shop"), None, 100).await?;
    for job in &jobs {
        let text: String = db.get_task_output(&job.job_id, "init").await?;
        writeln!(std::io::stdout(), "{text}")?;
    }
    assert_eq!(orders, i64::try_from(jobs.len())?);
    Ok(())
}
