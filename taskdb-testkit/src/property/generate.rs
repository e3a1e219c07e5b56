//! The generator of call sequences.
//!
//! Weights are such that about half of all calls change something: a sequence
//! of refusals finds little.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use taskdb_core::store::Gate;
use taskdb_core::{Backoff, EventLevel, JobState, Priority, Rules, RunIf, TaskState};

use super::op::*;

/// Some streams and jobs to begin with, then up to `calls` calls of any kind.
pub(super) fn sequence(calls: usize) -> impl Strategy<Value = Vec<Op>> {
    let streams = vec(stream().prop_map(Op::CreateStream), 1..4);
    let jobs = vec(job().prop_map(Op::CreateJob), 1..3);
    let graph = vec(create_tasks(), 0..3);
    let rest = vec(any_op(), 0..=calls);
    (streams, jobs, graph, rest).prop_map(|(mut ops, jobs, graph, rest)| {
        ops.extend(jobs);
        ops.extend(graph);
        ops.extend(rest);
        ops
    })
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => setup(),
        20 => create_tasks(),
        28 => request_work(),
        36 => report(),
        12 => lifecycle(),
        10 => time(),
        6 => read(),
    ]
}

fn pick() -> impl Strategy<Value = Pick> {
    any::<Pick>()
}

/// One time in about `odds`.
fn rarely(odds: u32) -> impl Strategy<Value = bool> {
    prop_oneof![odds => Just(false), 1 => Just(true)]
}

fn stream() -> impl Strategy<Value = StreamDraft> {
    let weight = select(vec![0.001_f32, 0.1, 0.5, 1.0, 3.0]);
    (pick(), pick(), 0..4_i32, weight, any::<bool>(), weighted(0.1, pick())).prop_map(
        |(user, worker_type, reserved, be_mult, or_existing, again)| StreamDraft {
            user,
            worker_type,
            reserved,
            be_mult,
            or_existing,
            again,
        },
    )
}

fn start() -> impl Strategy<Value = StartDraft> {
    prop_oneof![
        8 => Just(StartDraft::Now),
        1 => select(vec![0, 1_000, 10_000]).prop_map(StartDraft::After),
        1 => select(vec![-1_000, 0, 1_000, 10_000]).prop_map(StartDraft::At),
    ]
}

fn rules() -> impl Strategy<Value = RulesDraft> {
    let backoff = prop_oneof![
        6 => Just(Backoff::NONE),
        1 => Just(Backoff::fixed(Duration::from_secs(5))),
        1 => Just(Backoff::exponential(Duration::from_millis(900), Duration::from_secs(3))),
        1 => Just(Backoff::exponential(Duration::from_secs(1), Duration::from_secs(9)).jitter(70)),
    ];
    let expires = weighted(0.15, select(vec![0, 5, 60]));
    (backoff, weighted(0.2, 0..2_u32), expires).prop_map(|(backoff, max_losses, expires_secs)| {
        RulesDraft { rules: Rules { backoff, max_losses }, expires_secs }
    })
}

fn timeout() -> impl Strategy<Value = i32> {
    select(vec![0, 5, 60, 60, 3_600])
}

fn job() -> impl Strategy<Value = JobDraft> {
    let content = (pick(), pick(), 0..2_u8, select(Priority::ALL.to_vec()));
    let limits = ((start(), rules(), of(0..2_u8)), 0..3_i32, timeout());
    let key = weighted(0.25, (0..2_u8, of(Just(3_600))));
    let again = weighted(0.15, (pick(), rarely(2)));
    (content, limits, key, again).prop_map(
        |((user, stream, definition, priority), limits, key, again)| {
            let ((start, rules, label), max_retries, timeout_secs) = limits;
            JobDraft {
                user,
                stream,
                definition,
                priority,
                start,
                rules,
                label,
                max_retries,
                timeout_secs,
                key,
                again,
            }
        },
    )
}

fn task() -> impl Strategy<Value = TaskDraft> {
    let content = (pick(), pick(), 0..2_u8, vec(pick(), 0..4), rarely(60));
    let limits = (
        0..3_i32,
        timeout(),
        weighted(0.5, Just(())),
        select(RunIf::ALL.to_vec()),
        start(),
        rules(),
    );
    let again = weighted(0.06, (pick(), any::<bool>()));
    (content, limits, again).prop_map(|(content, limits, again)| {
        let (name, stream, definition, prerequisites, names_itself) = content;
        let (max_retries, timeout_secs, optional, run_if, start, rules) = limits;
        TaskDraft {
            name,
            stream,
            definition,
            prerequisites,
            names_itself,
            max_retries,
            timeout_secs,
            optional: optional.is_some(),
            run_if,
            start,
            rules,
            again,
        }
    })
}

fn create_tasks() -> impl Strategy<Value = Op> {
    (pick(), vec(task(), 0..4)).prop_map(|(job, tasks)| Op::CreateTasks { job, tasks })
}

fn setup() -> impl Strategy<Value = Op> {
    let update = (pick(), of(0..4_i32), of(select(vec![0.1_f32, 2.0])), of(rarely(2)));
    prop_oneof![
        2 => stream().prop_map(Op::CreateStream),
        4 => update.prop_map(|(stream, reserved, be_mult, paused)| {
            Op::UpdateStream { stream, reserved, be_mult, paused }
        }),
        2 => pick().prop_map(|stream| Op::DeleteStream { stream }),
        4 => job().prop_map(Op::CreateJob),
    ]
}

fn lease() -> impl Strategy<Value = Option<u64>> {
    of(select(vec![1, 10, 100]))
}

fn request_work() -> impl Strategy<Value = Op> {
    let claims =
        prop_oneof![3 => vec(weighted(0.1, pick()), 1), 1 => vec(weighted(0.1, pick()), 0..5)];
    // Enough for one prerequisite, for a few, for all.
    let inputs = of(select(vec![1_100, 4_000, 1 << 20]));
    let parts = (pick(), pick(), claims, lease(), inputs);
    parts.prop_map(|(worker_type, worker, claims, lease_secs, inputs)| Op::RequestWork {
        worker_type,
        worker,
        claims,
        lease_secs,
        inputs,
    })
}

fn task_pick() -> impl Strategy<Value = TaskPick> {
    (pick(), pick()).prop_map(|(job, task)| TaskPick { job, task })
}

fn claim() -> impl Strategy<Value = ClaimPick> {
    (pick(), rarely(15)).prop_map(|(claim, forged)| ClaimPick { claim, forged })
}

fn aim() -> impl Strategy<Value = Aim> {
    prop_oneof![2 => claim().prop_map(Aim::Claim), 1 => task_pick().prop_map(Aim::Task)]
}

fn finish() -> impl Strategy<Value = Finish> {
    let children = prop_oneof![3 => Just(Vec::new()), 1 => vec(task(), 1..3)];
    (aim(), 0..2_u8, children).prop_map(|(aim, output, children)| Finish { aim, output, children })
}

fn report() -> impl Strategy<Value = Op> {
    let progress = select(vec![f32::NAN, -1.0, 0.0, 0.1, 0.2, 0.25, 0.5, 2.0]);
    prop_oneof![
        12 => vec(finish(), 1..3).prop_map(Op::Done),
        3 => vec((aim(), 0..3_u8), 1..3).prop_map(Op::Failed),
        4 => (aim(), progress).prop_map(|(aim, progress)| Op::Progress { aim, progress }),
        5 => (aim(), of(select(vec![0, 0, 1, 10])))
            .prop_map(|(aim, delay_secs)| Op::Retry { aim, delay_secs }),
        3 => (vec(claim(), 1..3), lease())
            .prop_map(|(claims, lease_secs)| Op::Renew { claims, lease_secs }),
        3 => vec(claim(), 1..3).prop_map(|claims| Op::Release { claims }),
        1 => pick().prop_map(|worker| Op::ReleaseWorker { worker }),
        5 => select(vec![0, 1, 2, 100]).prop_map(|limit| Op::Requeue { limit }),
    ]
}

fn lifecycle() -> impl Strategy<Value = Op> {
    let keep = || select(vec![0, 3_600]);
    let gate =
        prop_oneof![4 => Just(Gate::Open), 1 => Just(Gate::NoClaims), 1 => Just(Gate::ReadOnly)];
    let level = prop_oneof![
        1 => Just(EventLevel::Off), 1 => Just(EventLevel::Essential), 3 => Just(EventLevel::All)
    ];
    prop_oneof![
        2 => pick().prop_map(|job| Op::Job(JobVerb::Cancel, job)),
        6 => pick().prop_map(|job| Op::Job(JobVerb::Retry, job)),
        3 => task_pick().prop_map(|task| Op::Task(TaskVerb::Cancel, task)),
        6 => task_pick().prop_map(|task| Op::Task(TaskVerb::Retry, task)),
        2 => (pick(), keep()).prop_map(|(job, keep_secs)| Op::DeleteJob { job, keep_secs }),
        1 => keep().prop_map(|keep_secs| Op::ClearCompleted { keep_secs }),
        2 => update_job(),
        1 => purge(),
        1 => Just(Op::Repair),
        1 => gate.prop_map(Op::SetGate),
        1 => level.prop_map(Op::SetEvents),
    ]
}

fn update_job() -> impl Strategy<Value = Op> {
    (pick(), of(select(Priority::ALL.to_vec())), weighted(0.3, any::<bool>()))
        .prop_map(|(job, priority, keep)| Op::UpdateJob { job, priority, keep })
}

fn purge() -> impl Strategy<Value = Op> {
    let bounds = (of(select(vec![0, 5, 60])), weighted(0.3, 0..3_u64), 0..3_u64);
    (select(JobState::ALL[1..].to_vec()), bounds).prop_map(
        |(state, (older_secs, newest, limit))| Op::Purge { state, older_secs, newest, limit },
    )
}

fn time() -> impl Strategy<Value = Op> {
    let ahead = prop_oneof![
        12 => select(vec![0, 1, 500, 1_000, 5_000, 10_000, 60_000]),
        // Beyond every timeout, lifetime and lease at once.
        1 => Just(7_200_000_u64),
    ];
    prop_oneof![
        5 => ahead.prop_map(|millis| Op::Advance { millis }),
        1 => select(vec![1, 1_000, 5_000]).prop_map(|millis| Op::StepBack { millis }),
    ]
}

fn read() -> impl Strategy<Value = Op> {
    let tasks = (pick(), of(select(TaskState::ALL.to_vec())), of(0..6_u64), 1..4_usize);
    let jobs = (of(pick()), of(select(JobState::ALL.to_vec())), weighted(0.2, 0..2_u8), 1..4_usize);
    let streams = (of(pick()), of(pick()), 1..4_usize);
    prop_oneof![
        1 => pick().prop_map(|job| Op::Job(JobVerb::Get, job)),
        1 => task_pick().prop_map(|task| Op::Task(TaskVerb::Get, task)),
        1 => task_pick().prop_map(|task| Op::Task(TaskVerb::GetOutput, task)),
        1 => task_pick().prop_map(|task| Op::Task(TaskVerb::GetPrerequisites, task)),
        1 => (of(pick()), 1..4_usize)
            .prop_map(|(worker, limit)| Op::ListClaims { worker, limit }),
        1 => tasks.prop_map(|(job, state, after, limit)| Op::ListTasks { job, state, after, limit }),
        2 => jobs.prop_map(|(user, state, label, limit)| {
            Op::ListJobs { user, state, label, limit }
        }),
        1 => streams.prop_map(|(user, worker_type, limit)| {
            Op::ListStreams { user, worker_type, limit }
        }),
        1 => pick().prop_map(|user| Op::GetConcurrentJobs { user }),
        2 => Just(Op::Compare),
    ]
}
