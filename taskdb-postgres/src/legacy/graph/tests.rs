//! What becomes of graphs that the contract does not allow.

use super::*;
use TaskState::{Cancelled, Done, Failed, Pending, Ready, Running};

/// A job of tasks `name state prerequisites..`, oldest first, mended.
fn mended(state: JobState, tasks: &[(&str, TaskState, &[&str])]) -> (Graph, Report) {
    let (mut graph, mut report) = (Graph::new(Uuid::nil(), state), Report::default());
    for (name, state, names) in tasks {
        let open = tasks.iter().filter(|t| names.contains(&t.0) && t.1 != Done).count();
        let waiting_on = i32::try_from(open).expect("a count");
        graph.nodes.push(Node::new((*name).to_owned(), *state, waiting_on, 0));
    }
    let places = tasks.iter().zip(0..).map(|(task, place)| (task.0.into(), place)).collect();
    for (name, _, names) in tasks {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        graph.link(&places, name, &names, &mut report);
    }
    graph.mend(&mut report);
    (graph, report)
}

fn states(graph: &Graph) -> Vec<(&str, TaskState)> {
    graph.nodes.iter().map(|node| (&*node.name, node.state)).collect()
}

fn kinds(report: &Report) -> Vec<(Kind, u64)> {
    report.found.iter().map(|(kind, found)| (*kind, found.count)).collect()
}

#[test]
fn a_sound_job_stays_as_it_is() {
    let tasks: [(&str, TaskState, &[&str]); 4] = [
        ("init", Done, &[]),
        ("b", Running, &["init"]),
        ("a", Ready, &["init"]),
        ("c", Pending, &["a", "b"]),
    ];
    let (graph, report) = mended(JobState::Running, &tasks);
    assert_eq!(states(&graph), tasks.map(|(name, state, _)| (name, state)));
    assert_eq!(graph.state, JobState::Running);
    assert_eq!(graph.nodes[3].prerequisites, [2, 1]);
    assert_eq!(kinds(&report), []);
}

#[test]
fn what_can_never_be_waited_for_is_left_out() {
    let (graph, report) = mended(
        JobState::Running,
        &[
            ("init", Done, &[]),
            ("self", Pending, &["init", "self"]),
            ("twice", Pending, &["self", "self"]),
        ],
    );
    assert_eq!(states(&graph), [("init", Done), ("self", Ready), ("twice", Pending)]);
    assert_eq!(graph.nodes[2].prerequisites, [1]);
    let expected = [
        (Kind::RepeatedPrerequisite, 1),
        (Kind::OwnPrerequisite, 1),
        (Kind::PendingInVain, 1),
        (Kind::WrongCount, 1),
    ];
    assert_eq!(kinds(&report), expected);
}

#[test]
fn a_lost_prerequisite_fails_who_waits_for_it() {
    let (graph, report) =
        mended(JobState::Running, &[("waits", Pending, &["gone"]), ("is done", Done, &["gone"])]);
    assert_eq!(states(&graph), [("waits", Failed), ("is done", Done)]);
    assert_eq!(graph.nodes[0].lost.as_deref(), Some("gone"));
    assert_eq!(graph.state, JobState::Failed);
    assert_eq!(report.count(Kind::MissingPrerequisite), 2);
}

#[test]
fn prerequisites_come_first_whatever_their_age() {
    let (graph, report) = mended(
        JobState::Running,
        &[
            ("a", Pending, &["d"]),
            ("b", Ready, &[]),
            ("c", Pending, &["a", "b"]),
            ("d", Ready, &[]),
        ],
    );
    let names: Vec<_> = graph.nodes.iter().map(|node| &*node.name).collect();
    assert_eq!(names, ["b", "d", "a", "c"]);
    assert_eq!(
        (&graph.nodes[2].prerequisites[..], &graph.nodes[3].prerequisites[..]),
        (&[1][..], &[2, 0][..])
    );
    assert_eq!(kinds(&report), []);
}

#[test]
fn a_circle_is_opened_at_its_oldest() {
    let (graph, report) = mended(
        JobState::Running,
        &[
            ("x", Ready, &[]),
            ("a", Pending, &["c", "x"]),
            ("b", Pending, &["a"]),
            ("c", Pending, &["b"]),
        ],
    );
    assert_eq!(states(&graph), [("x", Ready), ("a", Pending), ("b", Pending), ("c", Pending)]);
    assert_eq!(graph.nodes[1].prerequisites, [0]);
    assert_eq!(report.count(Kind::Cycle), 1);
}

#[test]
fn states_follow_from_prerequisites() {
    let (graph, report) = mended(
        JobState::Running,
        &[
            ("init", Running, &[]),
            ("early", Ready, &["init"]),
            ("begun", Running, &["init"]),
            ("over", Done, &["begun", "init"]),
        ],
    );
    assert_eq!(states(&graph)[1..], [("early", Pending), ("begun", Running), ("over", Done)]);
    assert!(graph.nodes[2].prerequisites.is_empty() && graph.nodes[3].prerequisites.is_empty());
    assert_eq!(kinds(&report), [(Kind::ReadyTooEarly, 1), (Kind::RanTooEarly, 2)]);
}

#[test]
fn jobs_agree_with_their_tasks() {
    let job = |state, tasks: &[TaskState]| {
        let names = ["a", "b", "c"];
        let tasks: Vec<_> =
            names.iter().zip(tasks).map(|(name, state)| (*name, *state, &[][..])).collect();
        let (graph, report) = mended(state, &tasks);
        let found = report.found.keys().next().copied();
        let states: Vec<_> = graph.nodes.iter().map(|node| node.state).collect();
        (graph.state, states, found)
    };
    use JobState::{
        Cancelled as JobCancelled, Done as JobDone, Failed as JobFailed, Running as JobRunning,
    };
    for (state, tasks, expected, after, found) in [
        (JobRunning, vec![Done, Done], JobDone, vec![Done, Done], Some(Kind::JobRunsInVain)),
        (
            JobRunning,
            vec![Failed, Ready],
            JobFailed,
            vec![Failed, Ready],
            Some(Kind::JobOutlivesFailure),
        ),
        (JobDone, vec![Done, Ready], JobRunning, vec![Done, Ready], Some(Kind::JobDoneTooEarly)),
        (
            JobDone,
            vec![Failed, Ready],
            JobFailed,
            vec![Failed, Ready],
            Some(Kind::JobOutlivesFailure),
        ),
        (JobDone, vec![Failed, Done], JobDone, vec![Failed, Done], Some(Kind::FailureOutlived)),
        (JobFailed, vec![Failed, Ready], JobFailed, vec![Failed, Ready], None),
        (
            JobFailed,
            vec![Done, Ready],
            JobFailed,
            vec![Done, Cancelled],
            Some(Kind::FailureWithoutTask),
        ),
        (JobFailed, vec![Done], JobCancelled, vec![Done], Some(Kind::FailureWithoutTask)),
        (JobRunning, vec![], JobFailed, vec![], Some(Kind::JobWithoutTasks)),
        (JobDone, vec![], JobDone, vec![], Some(Kind::JobWithoutTasks)),
    ] {
        assert_eq!(job(state, &tasks), (expected, after, found), "{state} {tasks:?}");
    }
}
