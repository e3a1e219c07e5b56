//! The graph of one job of the earlier layout, brought into the order and the states that
//! the contract asks for. No rows and no payloads here.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use taskdb_core::{JobState, TaskState};
use uuid::Uuid;

use super::report::{Kind, Report};

/// A task as far as the graph is concerned.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) name: Box<str>,
    pub(super) state: TaskState,
    /// Places of tasks of the same job.
    pub(super) prerequisites: Vec<u32>,
    /// What the database says is open of these.
    pub(super) waiting_on: i32,
    /// Bytes of its payload, roughly.
    pub(super) size: u32,
    /// A prerequisite that does not exist.
    pub(super) lost: Option<Box<str>>,
    /// Failed, and that is all right.
    pub(super) tolerated: bool,
}

impl Node {
    pub(super) fn new(name: String, state: TaskState, waiting_on: i32, size: u32) -> Self {
        let (name, prerequisites) = (name.into_boxed_str(), Vec::new());
        Self { name, state, prerequisites, waiting_on, size, lost: None, tolerated: false }
    }
}

/// A job's tasks; once mended, their places are their ages.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) job_id: Uuid,
    pub(super) state: JobState,
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    pub(super) fn new(job_id: Uuid, state: JobState) -> Self {
        Self { job_id, state, nodes: Vec::new() }
    }

    /// In words, for a report.
    pub(super) fn task(&self, name: &str) -> String {
        format!("task `{}` of job {}", shortened(name), self.job_id)
    }

    /// Whether `init` has to stand for tasks that are lost.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Takes the names that each task waits for.
    pub(super) fn link(
        &mut self,
        places: &HashMap<Box<str>, u32>,
        task: &str,
        names: &[String],
        report: &mut Report,
    ) {
        let Some(&place) = places.get(task) else { return };
        let (mut known, mut seen) = (Vec::new(), HashSet::new());
        for name in names {
            match places.get(name.as_str()) {
                Some(&pre) if pre == place => {
                    report.note(Kind::OwnPrerequisite, || self.task(task));
                }
                Some(&pre) if seen.insert(pre) => known.push(pre),
                Some(_) => report.note(Kind::RepeatedPrerequisite, || self.task(task)),
                None => {
                    report.note(Kind::MissingPrerequisite, || self.task(task));
                    self.nodes[place as usize].lost = Some(name.as_str().into());
                }
            }
        }
        self.nodes[place as usize].prerequisites = known;
    }

    /// Puts every task behind its prerequisites, and each into the state that follows.
    pub(super) fn mend(&mut self, report: &mut Report) {
        self.order(report);
        for place in 0..self.nodes.len() {
            self.mend_task(place, report);
        }
        self.mend_job(report);
    }

    /// Sorts by age where that has prerequisites first, else as little off it as can be.
    fn order(&mut self, report: &mut Report) {
        let is_older = |(place, node): (usize, &Node)| {
            node.prerequisites.iter().all(|&pre| (pre as usize) < place)
        };
        if self.nodes.iter().enumerate().all(is_older) {
            return;
        }
        let order = self.sorted(report);
        let mut places = vec![0; order.len()];
        for (place, &old) in (0_u32..).zip(&order) {
            places[old as usize] = place;
        }
        let mut nodes: Vec<Option<Node>> =
            std::mem::take(&mut self.nodes).into_iter().map(Some).collect();
        for old in order {
            if let Some(mut node) = nodes[old as usize].take() {
                for pre in &mut node.prerequisites {
                    *pre = places[*pre as usize];
                }
                self.nodes.push(node);
            }
        }
    }

    /// The old places in their new order. Where only circles are left, the oldest task
    /// lets go of what it still waits for.
    fn sorted(&mut self, report: &mut Report) -> Vec<u32> {
        let mut open: Vec<usize> = self.nodes.iter().map(|node| node.prerequisites.len()).collect();
        let mut dependants = vec![Vec::new(); self.nodes.len()];
        for (place, node) in (0_u32..).zip(&self.nodes) {
            for &pre in &node.prerequisites {
                dependants[pre as usize].push(place);
            }
        }
        let mut placed = vec![false; self.nodes.len()];
        let free = (0_u32..).zip(&open).filter(|(_, open)| **open == 0);
        let mut next: BinaryHeap<_> = free.map(|(place, _)| Reverse(place)).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut oldest = 0;
        while order.len() < self.nodes.len() {
            if next.is_empty() {
                while placed[oldest] {
                    oldest += 1;
                }
                report.note(Kind::Cycle, || self.task(&self.nodes[oldest].name));
                self.nodes[oldest].prerequisites.retain(|pre| placed[*pre as usize]);
                open[oldest] = 0;
                next.push(Reverse(u32::try_from(oldest).unwrap_or(u32::MAX)));
            }
            while let Some(Reverse(place)) = next.pop() {
                if std::mem::replace(&mut placed[place as usize], true) {
                    continue;
                }
                order.push(place);
                for &dependant in &dependants[place as usize] {
                    let left = &mut open[dependant as usize];
                    if *left > 0 {
                        *left -= 1;
                        if *left == 0 {
                            next.push(Reverse(dependant));
                        }
                    }
                }
            }
        }
        order
    }

    /// How many prerequisites of a task are open.
    fn open(&self, place: usize) -> usize {
        let done = |pre: &u32| self.nodes[*pre as usize].state == TaskState::Done;
        self.nodes[place].prerequisites.iter().filter(|pre| !done(pre)).count()
    }

    fn mend_task(&mut self, place: usize, report: &mut Report) {
        let (open, stopped) = (self.open(place), self.state.is_stopped());
        let node = &self.nodes[place];
        let wrong = usize::try_from(node.waiting_on) != Ok(open);
        if node.state == TaskState::Pending && wrong {
            report.note(Kind::WrongCount, || self.task(&node.name));
        }
        let (state, found) = match (node.state, open) {
            (TaskState::Pending, _) if node.lost.is_some() && !stopped => (TaskState::Failed, None),
            (TaskState::Pending, 0) => {
                (TaskState::Ready, (!stopped).then_some(Kind::PendingInVain))
            }
            (TaskState::Ready, 1..) => (TaskState::Pending, Some(Kind::ReadyTooEarly)),
            (state @ (TaskState::Running | TaskState::Done), 1..) => {
                (state, Some(Kind::RanTooEarly))
            }
            (state, _) => (state, None),
        };
        if let Some(kind) = found {
            report.note(kind, || self.task(&node.name));
        }
        if found == Some(Kind::RanTooEarly) {
            let mut kept = node.prerequisites.clone();
            kept.retain(|pre| self.nodes[*pre as usize].state == TaskState::Done);
            self.nodes[place].prerequisites = kept;
        }
        self.nodes[place].state = state;
    }

    fn mend_job(&mut self, report: &mut Report) {
        let failed = self.nodes.iter().any(|node| node.state == TaskState::Failed);
        let open = self.nodes.iter().any(|node| !node.state.is_terminal());
        let (state, found) = match (self.state, failed, open) {
            _ if self.is_empty() && self.state == JobState::Done => {
                (JobState::Done, Some(Kind::JobWithoutTasks))
            }
            _ if self.is_empty() => (JobState::Failed, Some(Kind::JobWithoutTasks)),
            (JobState::Running, false, false) => (JobState::Done, Some(Kind::JobRunsInVain)),
            (JobState::Running, true, _) | (JobState::Done, true, true) => {
                (JobState::Failed, Some(Kind::JobOutlivesFailure))
            }
            (JobState::Done, false, true) => (JobState::Running, Some(Kind::JobDoneTooEarly)),
            (JobState::Done, true, false) => {
                self.tolerate(report);
                (JobState::Done, None)
            }
            (JobState::Failed, false, _) => (self.blame(), Some(Kind::FailureWithoutTask)),
            (state, _, _) => (state, None),
        };
        if let Some(kind) = found {
            report.note(kind, || format!("job {}", self.job_id));
        }
        self.state = state;
    }

    fn tolerate(&mut self, report: &mut Report) {
        for place in 0..self.nodes.len() {
            if self.nodes[place].state == TaskState::Failed {
                self.nodes[place].tolerated = true;
                report.note(Kind::FailureOutlived, || self.task(&self.nodes[place].name));
            }
        }
    }

    /// Cancels what waits in a job that has failed without a task that has; a job where
    /// nothing waits reads as cancelled, with its error.
    fn blame(&mut self) -> JobState {
        let waits = |node: &Node| matches!(node.state, TaskState::Pending | TaskState::Ready);
        let mut found = false;
        for node in self.nodes.iter_mut().filter(|node| waits(node)) {
            node.state = TaskState::Cancelled;
            found = true;
        }
        if found { JobState::Failed } else { JobState::Cancelled }
    }
}

/// A name as far as it helps to find it.
fn shortened(name: &str) -> String {
    if name.chars().count() <= 60 {
        return name.to_owned();
    }
    format!("{}…", name.chars().take(60).collect::<String>())
}

#[cfg(test)]
mod tests;
