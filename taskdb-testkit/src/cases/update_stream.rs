//! Cases of `update_stream`: settings, pause and resume.

use super::support::*;

cases!(update_stream:
    new_values_are_read_back,
    a_paused_stream_is_passed_by,
    running_tasks_of_a_paused_stream_go_on,
    a_pause_keeps_the_rest,
    an_unknown_stream_is_not_found,
    arguments_are_checked;
    ordered:
    claims_see_the_new_reservation,
    claims_see_the_new_weight,
);

async fn new_values_are_read_back(w: World) {
    let id = w.stream().await;
    w.db.update_stream(&id, 4, 0.1).await.unwrap();
    let info = w.other.stream_info(&id).await.unwrap();
    assert_eq!((info.reserved, info.be_mult), (4, f64::from(0.1_f32)));
    assert_eq!((info.worker_type.as_str(), info.user_id.as_str()), ("cpu", USER));
}

async fn claims_see_the_new_reservation(w: World) {
    let (_, older) = w.fresh().await;
    let (younger_stream, younger) = w.fresh().await;
    w.db.update_stream(&younger_stream, 1, 1.0).await.unwrap();
    assert_eq!(w.claim().await.job_id, younger);
    assert_eq!(w.claim().await.job_id, older);
}

async fn claims_see_the_new_weight(w: World) {
    let (light, heavy) = (w.stream().await, w.stream().await);
    for stream in [light, light, heavy, heavy] {
        w.job(stream).await;
    }
    assert_eq!(w.claim().await.stream_id, light);
    assert_eq!(w.claim().await.stream_id, heavy);
    // Both run one; with more weight the same task counts for less.
    w.db.update_stream(&heavy, 0, 2.0).await.unwrap();
    assert_eq!(w.claim().await.stream_id, heavy);
}

async fn a_paused_stream_is_passed_by(w: World) {
    let (paused, job) = w.fresh().await;
    let (_, other) = w.fresh().await;
    w.db.pause_stream(&paused).await.unwrap();
    assert!(w.db.stream_info(&paused).await.unwrap().paused);
    assert_eq!(w.claim().await.job_id, other);
    w.idle().await;
    assert_eq!(w.state(&job, "init").await, TaskState::Ready);
    w.other.resume_stream(&paused).await.unwrap();
    assert_eq!(w.claim().await.job_id, job);
}

async fn running_tasks_of_a_paused_stream_go_on(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"])).await;
    w.db.pause_stream(&stream).await.unwrap();
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    w.finish(&init).await;
    assert_eq!(w.state(&job, "next").await, TaskState::Ready);
    w.idle().await;
    w.db.resume_stream(&stream).await.unwrap();
    w.run(&["next"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_pause_keeps_the_rest(w: World) {
    let id = w.lane("cpu", 3, 0.7, USER).await;
    w.db.pause_stream(&id).await.unwrap();
    w.db.pause_stream(&id).await.unwrap();
    w.db.update_stream(&id, 2, 0.7).await.unwrap();
    let info = w.db.stream_info(&id).await.unwrap();
    assert_eq!((info.reserved, info.be_mult, info.paused), (2, f64::from(0.7_f32), true));
    w.db.resume_stream(&id).await.unwrap();
    w.db.resume_stream(&id).await.unwrap();
    let info = w.db.stream_info(&id).await.unwrap();
    assert_eq!((info.reserved, info.be_mult, info.paused), (2, f64::from(0.7_f32), false));
}

async fn an_unknown_stream_is_not_found(w: World) {
    let id = Uuid::new_v4();
    for call in [
        w.db.update_stream(&id, 0, 1.0).await,
        w.db.pause_stream(&id).await,
        w.db.resume_stream(&id).await,
    ] {
        expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(s) } if s == id);
    }
}

async fn arguments_are_checked(w: World) {
    let id = w.lane("cpu", 3, 2.0, USER).await;
    let call = w.db.update_stream(&id, -1, 0.0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "reserved", .. });
    for bad in [0.0, -0.5, f32::NAN, f32::INFINITY] {
        let call = w.db.update_stream(&id, 0, bad).await;
        expect_err!(call, TaskDbErr::InvalidBeMult { .. });
    }
    let info = w.db.stream_info(&id).await.unwrap();
    assert_eq!((info.reserved, info.be_mult), (3, 2.0));
}
