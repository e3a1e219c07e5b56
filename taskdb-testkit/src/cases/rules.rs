//! Cases of the rules of a task: backoff, lost claims, the time by which it has to start.

use std::time::Duration;

use taskdb_core::{Backoff, ReadyTask};

use super::support::*;

cases!(rules:
    a_delay_grows_up_to_its_cap,
    a_worker_may_say_otherwise,
    a_lost_claim_waits_by_the_rules_too,
    a_released_claim_does_not_wait,
    delays_are_spread_alike_everywhere,
    rules_are_part_of_what_a_task_is,
    rules_that_cannot_be_are_refused,
    too_many_lost_claims_fail_the_task,
    a_replay_forgets_lost_claims,
    what_nobody_starts_in_time_fails,
    what_was_started_once_does_not_expire,
    a_pending_task_expires_too,
    an_optional_task_expires_with_tolerance,
    more_than_a_step_expires,
    time_passes_without_effect_in_a_stopped_job,
    a_replayed_task_has_all_the_time_again,
    a_claim_comes_too_late_for_an_expired_task,
);

fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// A job whose `init` has these rules, claimed.
async fn begun(w: &World, rules: impl FnOnce(NewJob) -> NewJob) -> (Uuid, ReadyTask) {
    let stream = w.stream().await;
    let job = w.db.create_job_with(rules(new_job(stream).retries(9))).await.unwrap();
    (job, w.take("init").await)
}

async fn a_delay_grows_up_to_its_cap(w: World) {
    let backoff = Backoff::exponential(secs(2), secs(7));
    let (job, mut init) = begun(&w, |job| job.backoff(backoff)).await;
    for delay in [2, 4, 7, 7] {
        assert!(w.db.give_up(&init.claim).await.unwrap());
        assert_eq!(w.info(&job, "init").await.start_at, Some(w.clock.now().after(secs(delay))));
        w.clock.advance(secs(delay) - micros(1));
        w.idle().await;
        w.clock.advance(micros(1));
        init = w.take("init").await;
    }
    assert_eq!(w.info(&job, "init").await.rules.backoff, backoff);
    assert!(w.db.update_task_retry(&job, "init").await.unwrap());
    w.idle().await;
}

async fn a_worker_may_say_otherwise(w: World) {
    let (_, init) = begun(&w, |job| job.backoff(Backoff::fixed(secs(60)))).await;
    assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
    let init = w.take("init").await;
    assert!(w.db.retry(&init.claim, secs(5)).await.unwrap());
    w.clock.advance(secs(5));
    w.take("init").await;
}

async fn a_lost_claim_waits_by_the_rules_too(w: World) {
    let (job, _) = begun(&w, |job| job.backoff(Backoff::fixed(secs(10)))).await;
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 1);
    assert_eq!(w.state(&job, "init").await, TaskState::Pending);
    w.idle().await;
    w.clock.advance(secs(10));
    w.take("init").await;
}

async fn a_released_claim_does_not_wait(w: World) {
    let (_, init) = begun(&w, |job| job.backoff(Backoff::fixed(secs(10)))).await;
    assert!(w.db.release(&init.claim).await.unwrap());
    w.take("init").await;
}

async fn delays_are_spread_alike_everywhere(w: World) {
    let backoff = Backoff::exponential(micros(1_234_567), secs(3_600)).jitter(83);
    let stream = w.stream().await;
    let job = w.job(stream).await;
    for n in 0..20 {
        let one = task(&format!("t{n}"), stream).retries(3).backoff(backoff);
        w.add(&job, one).await;
    }
    w.run(&["init"]).await;
    for retries in 0..3 {
        for age in 1..=20_u64 {
            let claimed = w.claim().await;
            assert_eq!(claimed.task_id, format!("t{}", age - 1));
            assert!(w.db.give_up(&claimed.claim).await.unwrap());
            let expected = w.clock.now().after(backoff.delay(age, retries));
            assert_eq!(w.info(&job, &claimed.task_id).await.start_at, Some(expected));
        }
        w.clock.advance(secs(3_600));
    }
}

async fn rules_are_part_of_what_a_task_is(w: World) {
    let (stream, job) = w.fresh().await;
    let ruled = || task("a", stream).backoff(Backoff::fixed(secs(5))).max_losses(2);
    w.add(&job, ruled().expires_in(secs(9))).await;
    w.add(&job, ruled()).await;
    for other in [ruled().max_losses(3), ruled().backoff(Backoff::NONE), task("a", stream)] {
        let call = w.db.create_task_with(&job, other).await;
        expect_err!(call, TaskDbErr::AlreadyExists { .. });
    }
    let info = w.other.get_task(&job, "a").await.unwrap();
    assert_eq!(info.rules.max_losses, Some(2));
    assert_eq!(info.start_by, Some(w.clock.now().after(secs(9))));
}

async fn rules_that_cannot_be_are_refused(w: World) {
    let (stream, job) = w.fresh().await;
    for bad in [
        Backoff::exponential(secs(2), secs(1)),
        Backoff::fixed(secs(1)).jitter(101),
        Backoff::fixed(secs(31 * 86_400)),
    ] {
        let call = w.db.create_task_with(&job, task("a", stream).backoff(bad)).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "backoff", .. });
        let call = w.db.create_job_with(new_job(stream).backoff(bad)).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "backoff", .. });
    }
}

async fn lose(w: &World) -> u64 {
    w.clock.advance(secs(60));
    u64::try_from(w.db.requeue_tasks(10).await.unwrap()).unwrap()
}

async fn too_many_lost_claims_fail_the_task(w: World) {
    let (job, _) = begun(&w, |job| job.max_losses(1)).await;
    assert_eq!(lose(&w).await, 1);
    let init = w.take("init").await;
    assert!(w.db.give_up(&init.claim).await.unwrap(), "a retry is no loss");
    w.take("init").await;
    assert_eq!(lose(&w).await, 1);
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.losses, info.retries), (TaskState::Failed, 2, 2));
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "lost too often");
}

async fn a_replay_forgets_lost_claims(w: World) {
    let (job, _) = begun(&w, |job| job.max_losses(0)).await;
    assert_eq!(lose(&w).await, 1);
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    w.db.retry_job(&job).await.unwrap();
    let init = w.take("init").await;
    assert_eq!(w.info(&job, "init").await.losses, 0);
    w.finish(&init).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

/// A job whose `init` has to start within ten seconds.
async fn urgent(w: &World) -> (Uuid, Uuid) {
    let stream = w.stream().await;
    let job = new_job(stream).expires_in(secs(10));
    (stream, w.db.create_job_with(job).await.unwrap())
}

async fn what_nobody_starts_in_time_fails(w: World) {
    let (stream, job) = urgent(&w).await;
    w.clock.advance(secs(10) - micros(1));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.clock.advance(micros(1));
    assert_eq!(w.db.requeue_tasks(0).await.unwrap(), 0, "of none");
    assert_eq!(w.job_state(&job).await, JobState::Running);
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0, "nobody had it");
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "expired");
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.attempt), (TaskState::Failed, 0));
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [0; 3]);
}

async fn what_was_started_once_does_not_expire(w: World) {
    let (_, job) = urgent(&w).await;
    let init = w.take("init").await;
    w.clock.advance(secs(20));
    w.idle().await;
    assert!(w.db.release(&init.claim).await.unwrap());
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_pending_task_expires_too(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"]).expires_in(secs(10))).await;
    w.add(&job, task("later", stream).delay(secs(50)).expires_in(secs(30)).optional()).await;
    w.clock.advance(secs(30));
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    w.idle().await;
    assert_eq!(w.state(&job, "next").await, TaskState::Failed);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "expired");
    assert_eq!(w.state(&job, "later").await, TaskState::Cancelled, "its job had stopped");
    w.finish(&init).await;
}

async fn an_optional_task_expires_with_tolerance(w: World) {
    let (_, job) = w
        .graph(|s| {
            let late = task("late", s).optional().expires_in(secs(10));
            vec![late, task("end", s).after(["late"]).run_if(RunIf::AllSettled)]
        })
        .await;
    w.clock.advance(secs(10));
    assert_eq!(w.take("end").await.task_id, "end");
    assert_eq!(w.state(&job, "late").await, TaskState::Failed);
    assert_eq!(w.job_state(&job).await, JobState::Running);
}

async fn more_than_a_step_expires(w: World) {
    let (stream, job) = w.fresh().await;
    let late = |n| task(&format!("t{n}"), stream).optional().expires_in(secs(10));
    w.db.create_tasks(&job, (0..250).map(late)).await.unwrap();
    w.clock.advance(secs(10));
    for left in [150, 50, 0, 0] {
        assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
        let ready: u64 = w.db.stream_info(&stream).await.unwrap().ready.iter().sum();
        assert_eq!(ready, left + 1);
    }
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn time_passes_without_effect_in_a_stopped_job(w: World) {
    let (_, job) = urgent(&w).await;
    w.db.cancel_job(&job).await.unwrap();
    w.clock.advance(secs(10));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(w.info(&job, "init").await.start_by, None);
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_replayed_task_has_all_the_time_again(w: World) {
    let (_, job) = urgent(&w).await;
    w.clock.advance(secs(10));
    w.idle().await;
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    w.db.retry_job(&job).await.unwrap();
    w.clock.advance(secs(100));
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_claim_comes_too_late_for_an_expired_task(w: World) {
    let (stream, job) = urgent(&w).await;
    let other = w.job(stream).await;
    w.clock.advance(secs(10));
    assert_eq!(w.claim().await.job_id, other);
    w.idle().await;
    assert_eq!(w.job_state(&job).await, JobState::Failed);
}
