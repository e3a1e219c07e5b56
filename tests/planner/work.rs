//! The job of a test, and the workers that do what is planned in it.

use serde_json::{Value, json};
use taskdb::planner::tree::Node;
use taskdb::record::Record;
use taskdb::{Claim, NewTask, ReadyTask, TaskDb};
use uuid::Uuid;

/// A job that is being planned.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) db: TaskDb,
    pub(crate) job: Uuid,
    /// The stream of the planned tasks.
    pub(crate) cpu: Uuid,
    report: Uuid,
}

impl Site {
    /// A new job. The claim on its `init` expires at once.
    pub(crate) async fn open(db: &TaskDb) -> Self {
        let stream = async |worker_type| db.get_or_create_stream(worker_type, 0, 1.0, "test").await;
        let plan = stream("plan").await.unwrap();
        let job = db.create_job(&plan, &json!(null), 3, 0, "test").await.unwrap();
        let (cpu, report) = (stream("cpu").await.unwrap(), stream("report").await.unwrap());
        Self { db: db.clone(), job, cpu, report }
    }

    pub(crate) async fn claim_init(&self) -> Claim {
        let init = self.db.request_work("plan").await.unwrap().expect("init is ready");
        assert_eq!(init.job_id, self.job);
        init.claim
    }

    /// The task of a node, which gives its leaf or puts its inputs together.
    pub(crate) fn task(&self, node: &Node<&str>) -> NewTask {
        node.task(self.cpu, json!({ "leaf": node.leaf() }))
    }

    /// Ends the planning, and waits for the output of `root`.
    pub(crate) async fn result(&self, init: &Claim, root: &str) -> String {
        let report = NewTask::new("report", self.report, json!(null)).after([root]);
        self.db.complete_with_children(init, &json!(null), [report]).await.unwrap();
        let report = self.db.request_work_wait("report", 60).await.unwrap().expect("an end");
        assert_eq!((report.job_id, &report.prereqs), (self.job, &json!([root])));
        self.db.complete(&report.claim, &json!(null)).await.unwrap();
        self.db.get_task_output(&self.job, root).await.unwrap()
    }

    /// The names of all tasks, in the order of their age.
    pub(crate) async fn tasks(&self) -> Vec<String> {
        let tasks = self.db.list_tasks(&self.job, None, None, 1_000).await.unwrap();
        tasks.into_iter().map(|task| task.task_id).collect()
    }

    /// Everything the namespace holds.
    pub(crate) async fn content(&self) -> Vec<Record> {
        let (mut content, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.db.export(cursor, 1_000).await.unwrap();
            content.extend(page.records);
            cursor = page.next;
            if cursor.is_none() {
                return content;
            }
        }
    }
}

/// Workers that do planned tasks until the test ends.
pub(crate) fn spawn_workers(db: &TaskDb, count: usize) {
    for _ in 0..count {
        let db = db.clone();
        tokio::spawn(async move {
            loop {
                if let Some(task) = db.request_work_wait("cpu", 60).await.unwrap() {
                    let text = text(&db, &task).await;
                    db.complete(&task.claim, &json!(text)).await.unwrap();
                }
            }
        });
    }
}

async fn text(db: &TaskDb, task: &ReadyTask) -> String {
    if let Value::String(leaf) = &task.task_def["leaf"] {
        return leaf.clone();
    }
    let mut text = String::new();
    for input in task.prereqs.as_array().expect("an array") {
        let input = input.as_str().expect("a name");
        text += &db.get_task_output::<String>(&task.job_id, input).await.unwrap();
    }
    text
}
