//! Cases of `import`; whole copies are in `portable`.

use taskdb_core::record::Record;

use super::support::*;

cases!(import:
    records_can_be_repeated,
    a_record_that_is_there_is_left_alone,
    a_record_without_its_owner_is_refused,
    ages_go_on_after_the_imported_ones,
);

async fn records(w: &World) -> Vec<Record> {
    let page = w.db.export(None, 1_000).await.unwrap();
    assert!(page.next.is_none());
    page.records
}

async fn records_can_be_repeated(w: World) {
    w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    let all = records(&w).await;
    let copy = w.neighbour().await;
    for _ in 0..2 {
        copy.db.import(all.clone()).await.unwrap();
        assert_eq!(records(&copy).await, all);
    }
    copy.assert_sound().await;
}

async fn a_record_that_is_there_is_left_alone(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    let before = records(&w).await;
    w.run(&["a", "b"]).await;
    let after = records(&w).await;
    w.db.import(before).await.unwrap();
    assert_eq!(records(&w).await, after);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_record_without_its_owner_is_refused(w: World) {
    w.fresh().await;
    let all = records(&w).await;
    let copy = w.neighbour().await;
    for part in [&all[1..2], &all[1..], &all[2..]] {
        let call = copy.db.import(part.to_vec()).await;
        if part.len() == 1 && call.is_ok() {
            // A job alone names nothing; its task is what needs a stream.
            continue;
        }
        expect_err!(call, TaskDbErr::InvalidArgument { .. });
    }
    copy.db.import(all.clone()).await.unwrap();
    assert_eq!(records(&copy).await, all);
    copy.assert_sound().await;
}

async fn ages_go_on_after_the_imported_ones(w: World) {
    let (stream, job) = w.fresh().await;
    let copy = w.neighbour().await;
    copy.db.import(records(&w).await).await.unwrap();
    let (young_stream, young) = copy.fresh().await;
    let streams = copy.db.list_streams(None, 9).await.unwrap();
    let ids: Vec<_> = streams.iter().map(|s| s.stream_id).collect();
    assert_eq!(ids, [stream, young_stream]);
    assert!(copy.db.get_job(&young).await.unwrap().age > copy.db.get_job(&job).await.unwrap().age);
    copy.add(&job, task("a", stream)).await;
    assert_eq!(copy.info(&job, "a").await.age, 1);
    copy.assert_sound().await;
}
