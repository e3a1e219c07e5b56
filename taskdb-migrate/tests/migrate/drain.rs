//! Works a store to its end, always alike, and tells what was handed out in which order.

use serde_json::json;
use taskdb::TaskDb;

use crate::population::TYPES;

/// What somebody sees who does all the work there is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Tasks in the order they were handed out, with their attempts.
    handed_out: Vec<String>,
    /// Jobs by age with their states and errors, and their tasks with states and outputs.
    jobs: Vec<String>,
}

/// Does everything that can be done; every seventh task fails.
pub(crate) async fn drain(db: &TaskDb) -> Seen {
    for stream in db.list_streams(None, 1_000).await.expect("streams") {
        db.resume_stream(&stream.stream_id).await.expect("a call");
    }
    let mut handed_out = Vec::new();
    loop {
        let before = handed_out.len();
        for kind in TYPES {
            while let Some(task) = db.request_work(kind).await.expect("work") {
                let (job, name) = (task.job_id, &task.task_id);
                handed_out.push(format!("{job} {name} {} {:?}", task.task_def, task.prereqs));
                if handed_out.len() % 7 == 3 {
                    db.fail(&task.claim, "drained").await.expect("a failure");
                } else {
                    db.complete(&task.claim, &json!(["drained", name])).await.expect("an end");
                }
            }
        }
        if handed_out.len() == before {
            break;
        }
    }
    assert_eq!(db.audit().await.expect("an audit"), []);
    Seen { handed_out, jobs: jobs(db).await }
}

async fn jobs(db: &TaskDb) -> Vec<String> {
    let mut seen = Vec::new();
    for record in crate::places::sorted(crate::places::records(db).await) {
        match record {
            taskdb::record::Record::Job(job) => {
                seen.push(format!("{} {} {:?} {:?}", job.job_id, job.age, job.state, job.error));
            }
            taskdb::record::Record::Task(task) => {
                let end = (task.state, &task.output, &task.error, task.retries, task.tolerated);
                seen.push(format!("{} {} {end:?}", task.age, task.task_id));
            }
            _ => {}
        }
    }
    seen
}
