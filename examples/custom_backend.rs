//! A backend of your own: a scheme for tests, whose stores live in memory and whose
//! clock is moved by hand. It shows how to register one, not how to write a store:
//! docs/writing-a-backend.md is for that.
//!
//! `cargo run --example custom_backend`

use std::io::Write;
use std::sync::{Arc, LazyLock};

use serde_json::json;
use taskdb::{Config, ManualClock, Result, TaskDb, register_backend};
use taskdb_testkit::model::Model;

/// The time of every store of the scheme.
static CLOCK: LazyLock<ManualClock> = LazyLock::new(ManualClock::default);

/// Opens `still:`. Any type that implements `taskdb::store::Store` goes where the
/// model does; the layers of TaskDB are put over it.
async fn open(config: Config) -> Result<TaskDb> {
    config.only("still", &["limits"])?;
    TaskDb::with_limits(Model::new(Arc::new(CLOCK.clone())), config.limits())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    register_backend("still", open)?;

    // From here on the scheme is one among others, in a URL, a file or a variable.
    let variables = [("TASKDB_URL", "still:"), ("TASKDB_LIMITS__PAYLOAD_BYTES", "4096")];
    let config = Config::new().with_env(variables);
    let mut out = std::io::stdout();
    writeln!(out, "{config:?}")?;

    let db = config.connect().await?;
    let cpu = db.create_stream("cpu", 1, 1.0, "ann").await?;
    db.create_job(&cpu, &json!("work that takes an hour"), 3, 300, "ann").await?;
    let task = db.request_work("cpu").await?.expect("init is ready at once");
    CLOCK.advance(std::time::Duration::from_secs(3_600));
    let requeued = db.requeue_tasks(10).await?;
    writeln!(out, "after an hour {requeued} task was taken back: {}", task.task_id)?;

    // What the backend cannot use is an error, not ignored.
    let refused = Config::from_url("still:").with_namespace("other").connect().await;
    writeln!(out, "{}", refused.expect_err("the model has one namespace"))?;
    Ok(())
}
