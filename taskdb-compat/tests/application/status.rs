//! The handlers of the application's HTTP service, without the HTTP.

use serde_json::{Value, json};
use taskdb::{Handle, INIT_TASK, JobState, SqlxError, TaskDbErr};
use uuid::Uuid;

use crate::work::{Execution, Proof, Work};

/// What a handler answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) code: u16,
    pub(crate) body: Value,
}

impl From<TaskDbErr> for Response {
    fn from(error: TaskDbErr) -> Self {
        let code = match &error {
            TaskDbErr::SqlError(taskdb::sqlx::Error::RowNotFound) => 404,
            TaskDbErr::SqlError(SqlxError::Io(_)) => 503,
            TaskDbErr::InvalidBeMult => 400,
            TaskDbErr::SqlError(_)
            | TaskDbErr::InternalErr(_)
            | TaskDbErr::MigrateErr(_)
            | TaskDbErr::JsonErr(_) => 500,
        };
        Self { code, body: json!(error.to_string()) }
    }
}

/// `POST /sessions`: starts a job, if the user has not too many running.
pub(crate) async fn create_session(
    db: &impl Handle,
    execution: &Execution,
    timeout_secs: i32,
) -> Result<Uuid, Response> {
    let user_id = &execution.user_id;
    if taskdb::get_concurrent_jobs(db, user_id).await? >= 5 {
        return Err(Response { code: 429, body: json!("too many sessions") });
    }
    let stream_id = match taskdb::get_stream(db, user_id, "exec").await? {
        Some(stream_id) => stream_id,
        None => taskdb::create_stream(db, "exec", 0, 1.0, user_id).await?,
    };
    let task_def = json!(Work::Execute(execution.clone()));
    Ok(taskdb::create_job(db, &stream_id, &task_def, 1, timeout_secs, user_id).await?)
}

/// `GET /sessions/{id}`.
pub(crate) async fn session_status(db: &impl Handle, job_id: &Uuid, user_id: &str) -> Response {
    status(db, job_id, user_id).await.unwrap_or_else(Response::from)
}

async fn status(db: &impl Handle, job_id: &Uuid, user_id: &str) -> Result<Response, TaskDbErr> {
    let state = taskdb::get_job_state(db, job_id, user_id).await?;
    let detail = match state {
        JobState::Running => json!({"open": taskdb::get_job_unresolved(db, job_id).await?}),
        JobState::Done => {
            let proof: Proof = taskdb::get_task_output(db, job_id, "finalize").await?;
            let session = taskdb::get_task_output::<Value>(db, job_id, INIT_TASK).await?;
            json!({"proof": proof, "session": session})
        }
        JobState::Failed => json!({"error": taskdb::get_job_failure(db, job_id).await?}),
    };
    let elapsed = taskdb::get_job_time(db, job_id).await?;
    let body = json!({"status": state.to_string(), "started": elapsed > 0.0, "detail": detail});
    Ok(Response { code: 200, body })
}
