//! The invariants within one job.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Audit;
use crate::record::{JobDerived, JobRecord, TaskDerived, TaskRecord};
use crate::state::{JobState, TaskState};
use crate::task::RunIf;

/// Checks a job with all its tasks, in the order of their age.
pub(super) fn check(job: &JobRecord, tasks: &[TaskRecord], audit: &mut Audit) {
    let view = View::new(job, tasks);
    view.structure(audit);
    for task in tasks {
        view.task(task, audit);
    }
    view.outcome(audit);
    if let Some(derived) = &job.derived {
        view.counters(derived, audit);
    }
}

struct View<'a> {
    job: &'a JobRecord,
    tasks: &'a [TaskRecord],
    by_name: HashMap<&'a str, &'a TaskRecord>,
    dependants: HashMap<&'a str, Vec<u64>>,
    releasing: bool,
}

impl<'a> View<'a> {
    fn new(job: &'a JobRecord, tasks: &'a [TaskRecord]) -> Self {
        let by_name = tasks.iter().map(|task| (task.task_id.as_str(), task)).collect();
        let mut dependants = HashMap::<_, Vec<_>>::new();
        for task in tasks {
            for name in &task.prerequisites {
                dependants.entry(name.as_str()).or_default().push(task.age);
            }
        }
        let releasing = job.derived.as_ref().is_some_and(|derived| derived.releasing);
        Self { job, tasks, by_name, dependants, releasing }
    }

    fn stopped(&self) -> bool {
        self.job.state.is_stopped()
    }

    fn say(
        &self,
        audit: &mut Audit,
        invariant: u8,
        task: &TaskRecord,
        what: impl std::fmt::Display,
    ) {
        audit.report(
            invariant,
            format!("task `{}` of job {}: {what}", task.task_id, self.job.job_id),
        );
    }

    fn structure(&self, audit: &mut Audit) {
        let mut names = HashSet::new();
        let mut last = None;
        for task in self.tasks {
            if !names.insert(&task.task_id) {
                self.say(audit, 1, task, "exists twice");
            }
            if last.is_some_and(|last| last >= task.age) {
                self.say(audit, 6, task, "ages do not rise");
            }
            last = Some(task.age);
        }
    }

    fn task(&self, task: &TaskRecord, audit: &mut Audit) {
        self.prerequisites(task, audit);
        if task.retries > task.max_retries {
            self.say(
                audit,
                12,
                task,
                format_args!("retries {}/{}", task.retries, task.max_retries),
            );
        }
        if (task.state == TaskState::Running) != task.claim.is_some() {
            self.say(audit, 7, task, format_args!("{} with claim {:?}", task.state, task.claim));
        }
        if (task.state == TaskState::Done) != task.output.is_some() {
            self.say(audit, 11, task, format_args!("{} with or without an output", task.state));
        }
        match audit.counts(&task.stream_id) {
            None => self.say(audit, 32, task, "its stream does not exist"),
            Some(counts) => match task.state.effective(self.job.state) {
                TaskState::Pending => counts.pending += 1,
                TaskState::Ready => counts.ready[usize::from(self.job.priority.code())] += 1,
                TaskState::Running => counts.running += 1,
                _ => {}
            },
        }
        if let Some(derived) = &task.derived {
            self.derived(task, derived, audit);
        }
    }

    /// Whether `prerequisite` has settled for `task`.
    fn settled(task: &TaskRecord, prerequisite: &TaskRecord) -> bool {
        prerequisite.state == TaskState::Done
            || (task.run_if == RunIf::AllSettled && prerequisite.tolerated)
    }

    fn unsettled(&self, task: &TaskRecord) -> i64 {
        let open = task.prerequisites.iter().filter(|name| {
            self.by_name.get(name.as_str()).is_none_or(|pre| !Self::settled(task, pre))
        });
        i64::try_from(open.count()).unwrap_or(i64::MAX)
    }

    fn prerequisites(&self, task: &TaskRecord, audit: &mut Audit) {
        let distinct: BTreeSet<_> = task.prerequisites.iter().collect();
        if distinct.len() != task.prerequisites.len() {
            self.say(audit, 5, task, "names a prerequisite twice");
        }
        for name in distinct {
            match self.by_name.get(name.as_str()) {
                None => self.say(
                    audit,
                    6,
                    task,
                    format_args!("its prerequisite `{name}` does not exist"),
                ),
                Some(pre) if pre.age >= task.age => {
                    self.say(
                        audit,
                        6,
                        task,
                        format_args!("its prerequisite `{name}` is not older"),
                    );
                }
                Some(_) => {}
            }
        }
        if self.releasing {
            return;
        }
        let unsettled = self.unsettled(task);
        let started = matches!(task.state, TaskState::Ready | TaskState::Running | TaskState::Done);
        if started && unsettled > 0 {
            self.say(audit, 4, task, format_args!("{} with {unsettled} unsettled", task.state));
        }
        let held = unsettled > 0 || task.start_at.is_some();
        if task.state == TaskState::Pending && !held && !self.stopped() {
            self.say(audit, 4, task, "pending with nothing to wait for");
        }
    }

    fn derived(&self, task: &TaskRecord, derived: &TaskDerived, audit: &mut Audit) {
        let unsettled = self.unsettled(task);
        if !self.releasing && derived.waiting_on != unsettled {
            let what = format_args!("waits on {}, true are {unsettled}", derived.waiting_on);
            self.say(audit, 3, task, what);
        }
        let ready = task.state.effective(self.job.state) == TaskState::Ready;
        if derived.indexed_ready != ready {
            self.say(
                audit,
                21,
                task,
                format_args!("{} and indexed: {}", task.state, derived.indexed_ready),
            );
        }
        if derived.claimed != (task.state == TaskState::Running) {
            self.say(
                audit,
                7,
                task,
                format_args!("{} and claimed: {}", task.state, derived.claimed),
            );
        }
        let dependants = self.dependants.get(task.task_id.as_str()).map_or(&[][..], Vec::as_slice);
        if derived.dependants != dependants {
            let what = format_args!("edges to {:?}, true are {dependants:?}", derived.dependants);
            self.say(audit, 5, task, what);
        }
    }

    fn outcome(&self, audit: &mut Audit) {
        let untolerated = |task: &&TaskRecord| {
            matches!(task.state, TaskState::Failed | TaskState::Cancelled) && !task.tolerated
        };
        let id = self.job.job_id;
        let open = self.tasks.iter().filter(|task| !task.state.is_terminal()).count();
        let hurt = self.tasks.iter().filter(untolerated).count();
        let over = open == 0 && hurt == 0 && !self.tasks.is_empty();
        match self.job.state {
            JobState::Done if !over => {
                audit.report(24, format!("job {id} is done with {open} open and {hurt} failed"));
            }
            JobState::Running if over => {
                audit.report(24, format!("job {id} is running with every task finished"));
            }
            JobState::Failed if hurt == 0 => {
                audit.report(25, format!("job {id} is failed without a failure"));
            }
            JobState::Running
                if !self.releasing && !self.tasks.iter().any(|t| self.can_move(t)) =>
            {
                audit.report(26, format!("job {id} is running and nothing of it can run"));
            }
            _ => {}
        }
    }

    /// Ready, running or delayed.
    fn can_move(&self, task: &TaskRecord) -> bool {
        matches!(task.state, TaskState::Ready | TaskState::Running)
            || (task.state == TaskState::Pending && self.unsettled(task) == 0)
    }

    fn counters(&self, derived: &JobDerived, audit: &mut Audit) {
        let count = |wanted: fn(TaskState) -> bool| {
            let number = self.tasks.iter().filter(|task| wanted(task.state)).count();
            i64::try_from(number).unwrap_or(i64::MAX)
        };
        let truth = JobDerived {
            tasks: count(|_| true),
            unresolved: count(|state| state != TaskState::Done),
            open: count(|state| !state.is_terminal()),
            releasing: derived.releasing,
        };
        if *derived != truth {
            let id = self.job.job_id;
            audit.report(22, format!("job {id} counts {derived:?}, true are {truth:?}"));
        }
    }
}
