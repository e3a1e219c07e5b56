//! Cases of `set_gate`, and of `Closed` on every mutation.

use taskdb_core::EventKind;
use taskdb_core::request::SetGate;
use taskdb_core::store::Gate;

use super::support::*;

cases!(set_gate:
    no_claims_refuses_claims_only,
    read_only_refuses_changes_of_jobs,
    read_only_refuses_changes_of_streams_and_the_namespace,
    read_only_refuses_changes_by_workers,
    reads_work_at_every_gate,
    arguments_come_before_the_gate_and_the_gate_before_the_rest,
    an_open_gate_takes_everything_again,
    a_mark_stays_until_the_gate_is_set_again,
    a_marked_namespace_is_filled_behind_its_gate,
    a_mark_has_bounds,
);

macro_rules! closed {
    ($call:expr) => {
        expect_err!($call, TaskDbErr::Closed { gate: Gate::ReadOnly })
    };
}

async fn no_claims_refuses_claims_only(w: World) {
    let (stream, job, init) = w.started().await;
    w.db.set_gate(Gate::NoClaims).await.unwrap();
    assert_eq!(w.other.describe().await.unwrap().gate, Gate::NoClaims);
    let call = w.other.request_work("cpu").await;
    expect_err!(call, TaskDbErr::Closed { gate: Gate::NoClaims });
    let call = w.db.request_work_batch("cpu", 3, None).await;
    expect_err!(call, TaskDbErr::Closed { gate: Gate::NoClaims });
    w.add(&job, task("a", stream)).await;
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    w.finish(&init).await;
    assert!(w.db.update_task_done(&job, "a", json!(1)).await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Done);
    w.job(stream).await;
}

async fn read_only_refuses_changes_of_jobs(w: World) {
    let (stream, job) = w.fresh().await;
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    closed!(w.other.create_job_with(new_job(stream)).await);
    closed!(w.db.create_task_with(&job, task("a", stream)).await);
    closed!(w.db.create_tasks(&job, [task("a", stream), task("b", stream)]).await);
    closed!(w.db.cancel_job(&job).await);
    closed!(w.db.retry_job(&job).await);
    closed!(w.db.delete_job(&job).await);
    closed!(w.db.clear_completed_jobs().await);
    closed!(w.db.cancel_task(&job, "init").await);
    closed!(w.db.retry_task(&job, "init").await);
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.tasks), (JobState::Running, 1));
}

async fn read_only_refuses_changes_of_streams_and_the_namespace(w: World) {
    let stream = w.stream().await;
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    closed!(w.db.create_stream("cpu", 0, 1.0, USER).await);
    closed!(w.db.get_or_create_stream("gpu", 0, 1.0, USER).await);
    closed!(w.db.update_stream(&stream, 1, 1.0).await);
    closed!(w.db.pause_stream(&stream).await);
    closed!(w.db.delete_stream(&stream).await);
    closed!(w.db.repair().await);
    closed!(w.db.import(Vec::new()).await);
    assert_eq!(w.db.list_streams(None, 9).await.unwrap().len(), 1);
}

async fn read_only_refuses_changes_by_workers(w: World) {
    let (_, job, init) = w.started().await;
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    let claim = &init.claim;
    closed!(w.other.request_work("cpu").await);
    closed!(w.db.complete(claim, &json!(1)).await);
    closed!(w.db.complete_batch([(claim.clone(), json!(1))]).await);
    closed!(w.db.fail(claim, "broken").await);
    closed!(w.db.progress(claim, 0.5).await);
    closed!(w.db.retry(claim, secs(0)).await);
    closed!(w.db.renew(std::slice::from_ref(claim), None).await);
    closed!(w.db.release(claim).await);
    closed!(w.db.release_worker(w.db.worker_id()).await);
    closed!(w.db.requeue_tasks(1).await);
    closed!(w.db.update_task_done(&job, "init", json!(1)).await);
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
}

async fn reads_work_at_every_gate(w: World) {
    let (stream, job, _) = w.started().await;
    for gate in Gate::ALL {
        w.db.set_gate(gate).await.unwrap();
        for db in [&w.db, &w.other] {
            assert_eq!(db.describe().await.unwrap().gate, gate);
            assert_eq!(db.get_job_state(&job, USER).await.unwrap(), JobState::Running);
            assert_eq!(db.get_concurrent_jobs(USER).await.unwrap(), 1);
            assert_eq!(db.stream_info(&stream).await.unwrap().running, 1);
            assert_eq!(db.list_tasks(&job, None, None, 9).await.unwrap().len(), 1);
            assert_eq!(db.get_task_state_counts().await.unwrap().len(), 1);
            assert_eq!(db.check_stuck_pending_tasks().await.unwrap(), []);
            assert_eq!(db.export(None, 9).await.unwrap().records.len(), 3);
        }
        w.assert_sound().await;
    }
}

async fn arguments_come_before_the_gate_and_the_gate_before_the_rest(w: World) {
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    let (job, stream) = (Uuid::new_v4(), Uuid::new_v4());
    expect_err!(w.db.create_stream("", 0, 1.0, USER).await, TaskDbErr::InvalidArgument { .. });
    expect_err!(w.db.create_stream("cpu", 0, 0.0, USER).await, TaskDbErr::InvalidBeMult { .. });
    expect_err!(w.db.requeue_tasks(-1).await, TaskDbErr::InvalidArgument { .. });
    closed!(w.db.create_job_with(new_job(stream)).await);
    closed!(w.db.create_task_with(&job, task("a", stream)).await);
    closed!(w.db.cancel_job(&job).await);
    closed!(w.db.update_task_done(&job, "a", json!(1)).await);
}

async fn an_open_gate_takes_everything_again(w: World) {
    let (_, job) = w.fresh().await;
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    w.other.set_gate(Gate::Open).await.unwrap();
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn set(db: &TaskDb, gate: Gate, mark: Option<&str>) -> taskdb_core::Result<()> {
    db.store().set_gate(SetGate { gate, mark: mark.map(str::to_owned) }).await
}

async fn a_mark_stays_until_the_gate_is_set_again(w: World) {
    assert_eq!(w.db.describe().await.unwrap().mark, None);
    for mark in [r#"{"page": "1:2"}"#, "emoji \u{1f600} and '\"\0", &"x".repeat(SetGate::MARK_BYTES)] {
        set(&w.db, Gate::ReadOnly, Some(mark)).await.unwrap();
        let info = w.other.describe().await.unwrap();
        assert_eq!((info.gate, info.mark.as_deref()), (Gate::ReadOnly, Some(mark)));
    }
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    assert_eq!(w.other.describe().await.unwrap().mark, None);
}

async fn a_marked_namespace_is_filled_behind_its_gate(w: World) {
    let (stream, job) = w.fresh().await;
    let records = w.db.export(None, 9).await.unwrap().records;
    let to = w.neighbour().await;
    set(&to.db, Gate::ReadOnly, Some("1")).await.unwrap();
    for _ in 0..2 {
        to.other.import(records.clone()).await.unwrap();
        assert_eq!(to.db.export(None, 9).await.unwrap().records, records);
        to.other.delete_job(&job).await.unwrap();
        assert_eq!(to.db.export(None, 9).await.unwrap().records.len(), 1);
    }
    to.db.import(records.clone()).await.unwrap();
    closed!(to.db.request_work("cpu").await);
    closed!(to.db.create_job_with(new_job(stream)).await);
    closed!(to.db.cancel_job(&job).await);
    closed!(to.db.requeue_tasks(1).await);
    set(&to.db, Gate::NoClaims, Some("2")).await.unwrap();
    expect_err!(to.db.request_work("cpu").await, TaskDbErr::Closed { gate: Gate::NoClaims });
    to.db.import(records).await.unwrap();
    to.db.set_gate(Gate::ReadOnly).await.unwrap();
    closed!(to.db.import(Vec::new()).await);
    closed!(to.db.delete_job(&job).await);
    to.db.set_gate(Gate::Open).await.unwrap();
    to.run(&["init"]).await;
    to.assert_sound().await;
    // Of the filling, the log does not tell.
    let told = to.happened(EventFilter::default(), 1).await;
    assert_eq!(told.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::Done]);
}

async fn a_mark_has_bounds(w: World) {
    for mark in [String::new(), "x".repeat(SetGate::MARK_BYTES + 1)] {
        let call = set(&w.db, Gate::ReadOnly, Some(&mark)).await;
        expect_err!(call, TaskDbErr::InvalidArgument { .. });
    }
    assert_eq!(w.db.describe().await.unwrap().gate, Gate::Open);
}
