//! What a killed child had acknowledged, and whether the store still knows.
//!
//! | letter | says |
//! |---|---|
//! | `j`, `J` | a job is about to be, was created |
//! | `t`, `u`, `T`, `N` | tasks are about to be added by the creator of the job, by a worker; were added; were refused |
//! | `C` | a task was claimed |
//! | `D`, `F` | a task was completed with an output; was failed, `hard` or `optional` |
//! | `E` | a claim was given back |
//! | `K` | a job was cancelled, unless it had ended |
//! | `p` | a job is about to be replayed |
//! | `x`, `X` | a job is about to be, was deleted |

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use taskdb::{JobState, TaskDb, TaskInfo, TaskState};
use uuid::Uuid;

use crate::kill::USER;

/// Everything acknowledged so far, of all children.
#[derive(Default)]
pub(crate) struct Ledger {
    jobs: HashMap<Uuid, Job>,
    /// How many lines of each kind it has read.
    pub(crate) lines: HashMap<String, usize>,
}

#[derive(Default)]
struct Job {
    created: bool,
    may_be_deleted: bool,
    deleted: bool,
    may_be_replayed: bool,
    /// It was cancelled and nothing can have opened it again.
    stopped: bool,
    failed_hard: bool,
    /// Tasks added in one call: all or none, `Some` when it is known which.
    batches: HashMap<String, Option<bool>>,
    tasks: HashMap<String, Task>,
}

#[derive(Default)]
struct Task {
    attempt: u64,
    /// The attempts that are known to be over.
    over: HashSet<u64>,
    done: Option<(u64, String)>,
    failed: bool,
}

impl Ledger {
    /// Takes the lines of a child; returns the jobs they are about.
    pub(crate) fn take(&mut self, lines: &[String]) -> HashSet<Uuid> {
        lines.iter().map(|line| self.take_line(line)).collect()
    }

    fn take_line(&mut self, line: &str) -> Uuid {
        let words: Vec<_> = line.splitn(5, ' ').collect();
        assert_ne!(words[0], "!", "a call of a child has failed: {line}");
        *self.lines.entry(words[0].to_owned()).or_default() += 1;
        let job_id = words[1].parse().expect("an id");
        let job = self.jobs.entry(job_id).or_default();
        match words[0] {
            "j" => {}
            "J" => job.created = true,
            "t" | "u" => {
                job.stopped &= words[0] == "u";
                job.batches.insert(words[2].to_owned(), None);
            }
            "T" | "N" => {
                job.batches.insert(words[2].to_owned(), Some(words[0] == "T"));
            }
            "K" => job.stopped = true,
            "p" => (job.stopped, job.may_be_replayed) = (false, true),
            "x" => job.may_be_deleted = true,
            "X" => job.deleted = true,
            _ => job.take_task_line(&words),
        }
        job_id
    }

    pub(crate) fn jobs(&self) -> HashSet<Uuid> {
        self.jobs.keys().copied().collect()
    }

    /// Compares what is known of these jobs with the store.
    pub(crate) async fn check(&self, db: &TaskDb, jobs: &HashSet<Uuid>) {
        for job_id in jobs {
            self.jobs[job_id].check(db, job_id).await;
        }
    }
}

impl Job {
    fn take_task_line(&mut self, words: &[&str]) {
        let task = self.tasks.entry(words[2].to_owned()).or_default();
        let attempt = words[3].parse().expect("a number");
        task.attempt = task.attempt.max(attempt);
        if words[0] != "C" {
            task.over.insert(attempt);
        }
        match words[0] {
            "C" | "E" => {}
            "D" => {
                assert_eq!(task.done, None, "completed twice: {words:?}");
                task.done = Some((attempt, words[4].to_owned()));
            }
            "F" => {
                task.failed = true;
                self.failed_hard |= words[4] == "hard";
            }
            other => panic!("a line of an unknown kind: {other}"),
        }
    }

    async fn check(&self, db: &TaskDb, job_id: &Uuid) {
        let job = match db.get_job(job_id).await {
            Ok(job) => job,
            Err(error) if error.is_not_found() => {
                assert!(!self.created || self.may_be_deleted, "job {job_id} is gone");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        assert!(!self.deleted, "job {job_id} was deleted");
        assert_eq!(job.user_id, USER);
        if self.stopped {
            assert_ne!(job.state, JobState::Running, "it was cancelled: {job:?}");
        }
        if self.failed_hard && !self.may_be_replayed {
            assert!(matches!(job.state, JobState::Failed | JobState::Cancelled), "{job:?}");
            assert!(job.error.is_some(), "{job:?}");
        }
        let tasks = db.list_tasks(job_id, None, None, 1_000).await.expect("its tasks");
        let tasks: HashMap<_, _> = tasks.iter().map(|task| (task.task_id.as_str(), task)).collect();
        assert!(tasks.contains_key("init"), "job {job_id} has no `init`");
        assert_eq!(usize::try_from(job.tasks).ok(), Some(tasks.len()), "{job:?}");
        for (names, added) in &self.batches {
            let found = names.split(',').filter(|name| tasks.contains_key(name)).count();
            let all = names.split(',').count();
            assert!(found == 0 || found == all, "{found} of the tasks {names} of job {job_id}");
            assert!(added.is_none_or(|added| added == (found > 0)), "{names} of job {job_id}");
        }
        for (task_id, known) in &self.tasks {
            let task = tasks.get(task_id.as_str()).expect("a task that was claimed exists");
            known.check(db, task, self.may_be_replayed).await;
        }
    }
}

impl Task {
    async fn check(&self, db: &TaskDb, task: &TaskInfo, may_be_replayed: bool) {
        assert!(task.attempt >= self.attempt, "attempt {} was claimed: {task:?}", self.attempt);
        let held = task.state == TaskState::Running;
        assert!(!(held && self.over.contains(&task.attempt)), "its claim is over: {task:?}");
        if let Some((attempt, output)) = &self.done {
            assert_eq!((task.state, task.attempt), (TaskState::Done, *attempt), "{task:?}");
            let stored: Value =
                db.get_task_output(&task.job_id, &task.task_id).await.expect("an output");
            assert_eq!(stored.to_string(), *output, "{task:?}");
        }
        if self.failed && !may_be_replayed {
            assert_eq!(task.state, TaskState::Failed, "{task:?}");
            assert_eq!(task.error.as_deref(), Some("failed by choice"), "{task:?}");
        }
    }
}
