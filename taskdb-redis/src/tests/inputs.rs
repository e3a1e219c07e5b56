//! Inputs that come with a claim are no reason for it to fail.

use serde_json::json;
use taskdb_core::request::{ClaimedTask, RequestWork};
use taskdb_core::{NewTask, RunIf, TaskDb};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;

const PLENTY: u64 = 1 << 21;
const WORKER: &str = "worker";

async fn claim(db: &TaskDb) -> Option<ClaimedTask> {
    let request = RequestWork {
        worker_type: "cpu".to_owned(),
        worker_id: WORKER.to_owned(),
        claim_ids: vec![Uuid::new_v4()],
        may_repeat: false,
        lease: None,
        inputs: Some(PLENTY),
    };
    db.store().request_work(request).await.unwrap().tasks.pop()
}

struct Plain {
    server: Server,
    db: TaskDb,
    stream: Uuid,
    job: Uuid,
}

impl Plain {
    async fn new() -> Self {
        let server = Server::start().unwrap();
        let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
        let stream = db.create_stream("cpu", 1, 1.0, "user").await.unwrap();
        let job = db.create_job(&stream, &json!(0), 3, 60, "user").await.unwrap();
        Self { server, db, stream, job }
    }

    fn task(&self, name: impl Into<String>) -> NewTask {
        NewTask::new(name, self.stream, json!(0))
    }

    /// Runs a script on the job and a key beside it.
    fn eval(&self, script: &str, args: [&str; 2]) {
        let job = format!("{{taskdb}}:job:{}", self.job);
        let command = ["EVAL", script, "2", &job, "{taskdb}:beside", args[0], args[1]];
        self.server.cli::<redis::Value>(&command).unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_read_costs_no_claim() {
    let p = Plain::new().await;
    let merge = p.task("merge").after(["init", "bad"]).run_if(RunIf::AllSettled);
    p.db.create_tasks(&p.job, [p.task("bad").optional(), merge]).await.unwrap();
    let init = p.db.request_work("cpu").await.unwrap().unwrap();
    assert!(p.db.complete(&init.claim, &json!(0)).await.unwrap());
    let bad = p.db.request_work("cpu").await.unwrap().unwrap();
    assert!(p.db.fail(&bad.claim, "no such file").await.unwrap());

    let next = async || {
        let inputs = claim(&p.db).await.expect("`merge` is ready").inputs;
        assert_eq!(p.db.release_worker(WORKER).await.unwrap(), 1);
        assert_eq!(p.db.list_claims(None, None, None, 9).await.unwrap(), []);
        inputs
    };
    let sound = next().await.expect("nothing is damaged");
    assert_eq!(sound[1].error.as_deref(), Some("no such file"));
    for field in ["t1", "nbad"] {
        p.eval("redis.call('SET', KEYS[2], redis.call('HGET', KEYS[1], ARGV[1]))", [field, ""]);
        let length: usize = p.server.cli(&["STRLEN", "{taskdb}:beside"]).unwrap();
        let cut = "redis.call('HSET', KEYS[1], ARGV[1], \
                   string.sub(redis.call('GET', KEYS[2]), 1, ARGV[2]))";
        // Of what lies at a name only the age counts here.
        let needed = if field == "t1" { length } else { 4 };
        for kept in 0..needed {
            p.eval(cut, [field, &kept.to_string()]);
            assert_eq!(next().await, None, "{kept} bytes of {field} are there");
        }
        p.eval("redis.call('HDEL', KEYS[1], ARGV[1])", [field, ""]);
        assert_eq!(next().await, None, "{field} is gone");
        // Who asks for them is told, and has no claim then.
        assert!(p.db.request_work_with_inputs("cpu", None).await.is_err());
        assert_eq!(p.db.list_claims(None, None, None, 9).await.unwrap(), []);
        p.eval(cut, [field, &length.to_string()]);
        assert_eq!(next().await.as_ref(), Some(&sound));
    }
}
