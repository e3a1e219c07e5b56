//! `create_job`: makes a job and its task `init`.

use taskdb_core::request::{CreateJob, TaskSpec};
use taskdb_core::{INIT_TASK, Result, RunIf};
use uuid::Uuid;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &CreateJob) -> Result<Uuid> {
    let key = request.key.as_ref();
    let about = About {
        job_id: request.job_id,
        stream_id: request.stream_id,
        key: key.map_or("", |key| &key.key),
        ..About::default()
    };
    let args = store
        .args()
        .value(request.job_id)
        .bytes(request.user_id.as_str())
        .value(request.priority.code())
        .bytes(about.key)
        .maybe(key.and_then(|key| key.lifetime).map(crate::args::micros))
        .spec(&init(request));
    store.run(&scripts::create_job, args, &about).await?.parse()
}

fn init(request: &CreateJob) -> TaskSpec {
    TaskSpec {
        task_id: INIT_TASK.to_owned(),
        stream_id: request.stream_id,
        definition: request.definition.clone(),
        prerequisites: Vec::new(),
        max_retries: request.max_retries,
        timeout_secs: request.timeout_secs,
        optional: false,
        run_if: RunIf::AllDone,
        start: request.start,
    }
}
