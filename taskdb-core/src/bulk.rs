//! Pages of an import that speak for themselves: whole jobs that nobody has seen yet.
//!
//! Everything a store derives for them follows from the page alone, so that it can be
//! worked out here, once for all backends, and be written without asking the store back.
//! Not for tasks that are being worked on or wait for their time, nor for jobs that were
//! begun in an earlier page: those are imported record by record.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use crate::record::{JobRecord, Record, TaskRecord};
use crate::state::TaskState;
use crate::task::RunIf;

/// A job with its tasks, and what follows from them.
#[derive(Debug)]
pub struct BulkJob<'r> {
    /// The job.
    pub record: &'r JobRecord,
    /// Its tasks by age.
    pub tasks: Vec<BulkTask<'r>>,
    /// The age of the next task to be created.
    pub next_age: u64,
    /// Tasks that failed or were cancelled without being tolerated.
    pub hard: u32,
    /// Tasks by stream and own state, in the order of the codes of states.
    pub lanes: BTreeMap<Uuid, [u32; 6]>,
}

/// A task, and its place in the graph.
#[derive(Debug)]
pub struct BulkTask<'r> {
    /// The task.
    pub record: &'r TaskRecord,
    /// The ages of its prerequisites, in their order.
    pub prerequisites: Vec<u64>,
    /// The ages of those that name it as a prerequisite, ascending.
    pub dependants: Vec<u64>,
    /// Its prerequisites that have not settled.
    pub waiting_on: u32,
}

/// The jobs of a page, when it holds nothing but jobs with tasks behind them that a store
/// which has none of these jobs can take as they are; `None` for every other page, wrong
/// ones included.
///
/// ```
/// use taskdb_core::bulk;
/// assert!(bulk::jobs(&[]).is_none());
/// ```
pub fn jobs(records: &[Record]) -> Option<Vec<BulkJob<'_>>> {
    let mut jobs: Vec<BulkJob<'_>> = Vec::new();
    let (mut ids, mut ages) = (HashSet::new(), HashSet::new());
    let mut names = HashMap::new();
    for record in records {
        match record {
            Record::Job(record) => {
                if !ids.insert(record.job_id) || !ages.insert(record.age) {
                    return None;
                }
                names.clear();
                jobs.push(BulkJob::new(record));
            }
            Record::Task(task) => jobs.last_mut()?.take(task, &mut names)?,
            _ => return None,
        }
    }
    (!jobs.is_empty()).then_some(jobs)
}

impl<'r> BulkJob<'r> {
    fn new(record: &'r JobRecord) -> Self {
        let (tasks, lanes) = (Vec::new(), BTreeMap::new());
        Self { record, tasks, next_age: 0, hard: 0, lanes }
    }

    /// Tasks whose own state is not done, and those whose state is not terminal.
    pub fn unresolved_and_open(&self) -> (u32, u32) {
        self.lanes.values().fold((0, 0), |(unresolved, open), states| {
            let [pending, ready, running, _, failed, cancelled] = states;
            let more = pending + ready + running;
            (unresolved + more + failed + cancelled, open + more)
        })
    }

    /// Takes the next task; `names` are the places of those before it.
    fn take(&mut self, record: &'r TaskRecord, names: &mut HashMap<&'r str, usize>) -> Option<()> {
        let task = self.place(record, names)?;
        for name in &record.prerequisites {
            self.tasks[names[name.as_str()]].dependants.push(record.age);
        }
        names.insert(&record.task_id, self.tasks.len());
        self.tasks.push(task);
        self.next_age = record.age + 1;
        let ended = matches!(record.state, TaskState::Failed | TaskState::Cancelled);
        self.hard += u32::from(ended && !record.tolerated);
        let lane = self.lanes.entry(record.stream_id).or_default();
        lane[usize::from(record.state.code())] += 1;
        Some(())
    }

    /// Finds the prerequisites of a task; `None` when it cannot be taken as it is.
    fn place(
        &self,
        record: &'r TaskRecord,
        names: &HashMap<&'r str, usize>,
    ) -> Option<BulkTask<'r>> {
        let older = self.next_age <= record.age && !names.contains_key(record.task_id.as_str());
        let owned = record.job_id == self.record.job_id;
        if !owned || !older || !is_plain(record) {
            return None;
        }
        let (mut prerequisites, mut waiting_on) = (Vec::new(), 0);
        for name in &record.prerequisites {
            let pre = self.tasks[*names.get(name.as_str())?].record;
            if prerequisites.contains(&pre.age) {
                return None;
            }
            prerequisites.push(pre.age);
            let tolerated = record.run_if == RunIf::AllSettled && pre.tolerated;
            waiting_on += u32::from(pre.state != TaskState::Done && !tolerated);
        }
        Some(BulkTask { record, prerequisites, dependants: Vec::new(), waiting_on })
    }
}

/// Whether a task stands in no index but that of ready work.
fn is_plain(record: &TaskRecord) -> bool {
    // Named one by one: a field that is added has to be thought of here.
    let TaskRecord {
        job_id: _,
        task_id: _,
        age,
        stream_id: _,
        state,
        definition: _,
        prerequisites: _,
        optional: _,
        run_if: _,
        tolerated: _,
        max_retries: _,
        retries: _,
        losses,
        attempt,
        timeout_secs: _,
        rules: _,
        progress: _,
        output: _,
        error: _,
        claim,
        start_at,
        start_by,
        created_at: _,
        started_at: _,
        updated_at: _,
        derived: _,
    } = record;
    let delayed = *state == TaskState::Pending && start_at.is_some();
    let waiting = matches!(state, TaskState::Pending | TaskState::Ready);
    let has_to_start = waiting && start_by.is_some();
    let small = i32::try_from(*age).is_ok_and(|age| age < i32::MAX)
        && i32::try_from(*attempt).is_ok()
        && i32::try_from(*losses).is_ok();
    *state != TaskState::Running && claim.is_none() && !delayed && !has_to_start && small
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CanonicalJson, JobState, Priority, Rules, Timestamp};

    const STREAM: Uuid = Uuid::from_u128(7);

    fn job(number: u64) -> Record {
        let at = Timestamp::from_micros(1);
        Record::Job(JobRecord {
            job_id: Uuid::from_u64_pair(1, number),
            age: number,
            user_id: "u".into(),
            state: JobState::Running,
            error: None,
            priority: Priority::Medium,
            key: None,
            name: None,
            labels: BTreeMap::new(),
            keep: false,
            created_at: at,
            started_at: None,
            updated_at: at,
            derived: None,
        })
    }

    fn task(age: u64, state: TaskState, after: &[u64]) -> Record {
        let at = Timestamp::from_micros(1);
        Record::Task(Box::new(TaskRecord {
            job_id: Uuid::from_u64_pair(1, 0),
            task_id: format!("t{age}"),
            age,
            stream_id: STREAM,
            state,
            definition: CanonicalJson::from_stored("0".into()),
            prerequisites: after.iter().map(|age| format!("t{age}")).collect(),
            optional: false,
            run_if: RunIf::AllDone,
            tolerated: false,
            max_retries: 0,
            retries: 0,
            losses: 0,
            attempt: 0,
            timeout_secs: 0,
            rules: Rules::default(),
            progress: 0.0,
            output: None,
            error: None,
            claim: None,
            start_at: None,
            start_by: None,
            created_at: at,
            started_at: None,
            updated_at: at,
            derived: None,
        }))
    }

    #[test]
    fn what_follows_from_a_page_is_worked_out() {
        use TaskState::{Done, Failed, Pending, Ready};
        let tasks = [(0, Done, vec![]), (1, Ready, vec![0]), (4, Failed, vec![0])];
        let mut page = vec![job(0)];
        page.extend(tasks.iter().map(|(age, state, after)| task(*age, *state, after)));
        page.extend([task(5, Pending, &[4, 1, 0]), job(1)]);
        let jobs = jobs(&page).unwrap();
        assert_eq!((jobs.len(), jobs[1].tasks.len(), jobs[1].next_age), (2, 0, 0));
        let first = &jobs[0];
        assert_eq!((first.next_age, first.hard), (6, 1));
        assert_eq!(first.lanes[&STREAM], [1, 1, 0, 1, 1, 0]);
        assert_eq!(first.unresolved_and_open(), (3, 2));
        assert_eq!(first.tasks[0].dependants, [1, 4, 5]);
        assert_eq!(
            (&first.tasks[3].prerequisites[..], first.tasks[3].waiting_on),
            (&[4, 1, 0][..], 2)
        );
    }

    #[test]
    fn every_other_page_goes_the_long_way() {
        use TaskState::{Pending, Ready, Running};
        let (mut delayed, mut expiring) = (task(0, Pending, &[]), task(0, Ready, &[]));
        if let (Record::Task(delayed), Record::Task(expiring)) = (&mut delayed, &mut expiring) {
            delayed.start_at = Some(Timestamp::from_micros(9));
            expiring.start_by = Some(Timestamp::from_micros(9));
        }
        for page in [
            vec![task(0, Ready, &[])],
            vec![job(1), task(0, Ready, &[])],
            vec![job(0), task(1, Ready, &[0])],
            vec![job(0), task(0, Ready, &[]), task(0, Ready, &[])],
            vec![job(0), task(1, Ready, &[]), task(0, Ready, &[])],
            vec![job(0), task(0, Ready, &[]), task(1, Pending, &[0, 0])],
            vec![job(0), task(0, Running, &[])],
            vec![job(0), delayed],
            vec![job(0), expiring],
            vec![job(0), job(1), job(0)],
        ] {
            assert!(jobs(&page).is_none(), "{page:?}");
        }
    }
}
