//! One job on Redis, by the name of the backend: no trait to import. Takes a URL.

use taskdb_redis::RedisTaskDB;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "redis://127.0.0.1:6379".to_owned());
    let mut db = RedisTaskDB::new(&url).await?;
    let stream_id = db.create_stream("cpu", 2, 1.0, "user1").await?;
    let job_id = db.create_job(&stream_id, &serde_json::json!("hello"), 3, 300, "user1").await?;
    let task = db.request_work("cpu").await?.ok_or("no work")?;
    db.update_task_done(&job_id, &task.task_id, task.task_def).await?;
    let output: String = db.get_task_output(&job_id, "init").await?;
    (output == "hello").then_some(()).ok_or("another output")?;
    // Nobody needs `mut`, and nobody who has it is refused.
    db = db.clone();
    drop(db);
    Ok(())
}
