//! How a worker of a crew reports a result: with children, a diamond among them, while
//! somebody adds a task that waits for it, and once more when the answer was lost.

use std::sync::Arc;

use serde_json::json;
use taskdb_core::{NewTask, ReadyTask, TaskDbErr};

use super::crew::Worker;
use super::{Outcome, What};

impl Worker {
    pub(super) async fn done(&mut self, task: &ReadyTask) {
        let claim = &task.claim;
        let children = self.children(task);
        let names = children.iter().map(|(name, _)| name.clone()).collect();
        let output = claim.id.to_string();
        let number = self.history.begin(What::Done(claim.clone(), output.clone(), names));
        let (db, value) = (self.db.clone(), json!(output));
        let complete = async || {
            let children = children.iter().map(|(_, child)| child.clone());
            db.complete_with_children(claim, &value, children).await
        };
        let adding = self.rng.percent(15).then(|| self.add(task));
        let adding = futures::future::OptionFuture::from(adding);
        let (answer, _) = futures::join!(self.call(complete()), adding);
        let mut outcome = Outcome::of(answer.as_ref(), |stored| *stored);
        if outcome == Outcome::Unknown && self.rng.percent(50) {
            // The very call that closed a claim gets its answer again, so a refusal tells
            // that it did not; what is not executed now tells nothing.
            outcome = match complete().await {
                Err(error) if matches!(error.root(), TaskDbErr::Unavailable(_)) => outcome,
                answer => Outcome::of(Some(&answer), |stored| *stored),
            };
        }
        self.history.end(number, outcome);
    }

    fn children(&mut self, task: &ReadyTask) -> Vec<(String, NewTask)> {
        let name = |part: &str| format!("{part} of {}", task.claim.id);
        if task.task_id != "init" {
            let child = self.rng.percent(20).then(|| (name("child"), self.task(&name("child"))));
            return child.into_iter().collect();
        }
        let [left, right, join] = ["left", "right", "join"].map(name);
        // Named twice it counts once.
        let last = self.task(&join).after([&left, &right, &left]);
        let (one, other) = (self.task(&left), self.task(&right));
        vec![(left, one), (right, other), (join, last)]
    }

    /// Adds a task that waits for another, which is about to end.
    fn add(&self, task: &ReadyTask) -> impl Future<Output = ()> + use<> {
        let (db, history) = (self.db.clone(), Arc::clone(&self.history));
        let name = format!("after {}", task.claim.id);
        let late = self.task(&name).after([&task.task_id]);
        let job_id = task.job_id;
        async move {
            let number = history.begin(What::Add(job_id, name));
            let answer = db.create_tasks(&job_id, [late]).await;
            history.end(number, Outcome::of(Some(&answer), |()| true));
        }
    }
}
