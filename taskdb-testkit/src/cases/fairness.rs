//! Cases of the order of claims: shares, reservations, classes, ages.

use taskdb_core::state::share;

use super::support::*;

cases!(fairness:
    paused_streams_do_not_compete;
    ordered:
    every_claim_goes_to_the_smallest_share,
    weights_converge_within_one_task,
    a_reservation_beats_best_effort,
    reservations_fill_in_proportion,
    a_tie_goes_to_the_larger_reservation_then_to_the_older,
    a_higher_class_goes_first_whatever_the_share,
    running_counts_all_classes,
    a_finished_task_frees_its_share_at_once,
    the_oldest_goes_first_also_after_a_retry,
    streams_of_one_user_compete_as_any,
);

async fn fill(w: &World, stream: Uuid, jobs: usize) {
    let job = w.job(stream).await;
    let more = (1..jobs).map(|n| task(&format!("t{n}"), stream));
    w.db.create_tasks(&job, more).await.unwrap();
}

async fn claims(w: &World, count: usize) -> Vec<Uuid> {
    let work = w.db.request_work_batch("cpu", count, None).await.unwrap();
    work.into_iter().map(|t| t.stream_id).collect()
}

async fn every_claim_goes_to_the_smallest_share(w: World) {
    let settings = [(0, 0.1), (0, 0.3), (2, 1.0), (5, 0.1), (2, 2.5), (0, 0.2), (0, 7.0)];
    let mut lanes = Vec::new();
    for (reserved, weight) in settings {
        let stream = w.lane("cpu", reserved, weight, USER).await;
        fill(&w, stream, 60).await;
        lanes.push((stream, reserved, f64::from(weight), 0_i64));
    }
    let mut expected = Vec::new();
    for _ in 0..100 {
        // `min_by` keeps the first of equals, which is the older.
        let next = lanes.iter_mut().min_by(|a, b| {
            let (one, two) = (share(a.3, a.1, a.2), share(b.3, b.1, b.2));
            one.total_cmp(&two).then(b.1.cmp(&a.1))
        });
        let next = next.expect("there are lanes");
        next.3 += 1;
        expected.push(next.0);
    }
    assert_eq!(claims(&w, 100).await, expected);
}

async fn weights_converge_within_one_task(w: World) {
    let one = w.lane("cpu", 0, 1.0, "ann").await;
    let three = w.lane("cpu", 0, 3.0, "bob").await;
    fill(&w, one, 50).await;
    fill(&w, three, 50).await;
    let mut counts = (0_i32, 0_i32);
    for total in 1..=40 {
        let stream = w.claim().await.stream_id;
        if stream == one {
            counts.0 += 1
        } else {
            counts.1 += 1
        }
        let ideal = f64::from(total) / 4.0;
        assert!((f64::from(counts.0) - ideal).abs() <= 1.0, "{counts:?} after {total}");
    }
    assert_eq!(counts, (10, 30));
}

async fn a_reservation_beats_best_effort(w: World) {
    let heavy = w.lane("cpu", 0, 1e6, "ann").await;
    let reserved = w.lane("cpu", 3, 0.001, "bob").await;
    fill(&w, heavy, 5).await;
    fill(&w, reserved, 5).await;
    assert_eq!(claims(&w, 3).await, [reserved; 3]);
    assert_eq!(claims(&w, 4).await, [reserved, heavy, heavy, heavy]);
}

async fn reservations_fill_in_proportion(w: World) {
    let two = w.lane("cpu", 2, 1.0, "ann").await;
    let four = w.lane("cpu", 4, 1.0, "bob").await;
    fill(&w, two, 9).await;
    fill(&w, four, 9).await;
    // −1 −1, −1 −¾, −½ −¾, −½ −½, −½ −¼, 0 −¼, then a tie at 0.
    assert_eq!(claims(&w, 8).await, [four, two, four, four, two, four, four, two]);
}

async fn a_tie_goes_to_the_larger_reservation_then_to_the_older(w: World) {
    let small = w.lane("cpu", 1, 1.0, "ann").await;
    let older = w.lane("cpu", 5, 1.0, "bob").await;
    let younger = w.lane("cpu", 5, 1.0, "cid").await;
    for stream in [younger, small, older] {
        fill(&w, stream, 1).await;
    }
    assert_eq!(claims(&w, 3).await, [older, younger, small]);
}

async fn a_higher_class_goes_first_whatever_the_share(w: World) {
    let (reserved, plain) =
        (w.lane("cpu", 9, 9.0, "ann").await, w.lane("cpu", 0, 0.001, "bob").await);
    let low = w.job_of(reserved, Priority::Low).await;
    let medium = w.job_of(reserved, Priority::Medium).await;
    let first = w.job_of(plain, Priority::High).await;
    let second = w.job_of(plain, Priority::High).await;
    let work = w.db.request_work_batch("cpu", 9, None).await.unwrap();
    let order: Vec<_> = work.iter().map(|t| t.job_id).collect();
    assert_eq!(order, [first, second, medium, low]);
}

async fn running_counts_all_classes(w: World) {
    let (a, b) = (w.lane("cpu", 0, 1.0, "ann").await, w.lane("cpu", 0, 1.0, "bob").await);
    for _ in 0..2 {
        w.job_of(a, Priority::High).await;
    }
    for stream in [a, b, b, b] {
        w.job(stream).await;
    }
    assert_eq!(claims(&w, 6).await, [a, a, b, b, a, b]);
}

async fn a_finished_task_frees_its_share_at_once(w: World) {
    let (a, b) = (w.lane("cpu", 0, 1.0, "ann").await, w.lane("cpu", 0, 1.0, "bob").await);
    fill(&w, a, 9).await;
    fill(&w, b, 9).await;
    let first = w.claim().await;
    assert_eq!(first.stream_id, a);
    assert!(w.other.complete(&first.claim, &json!(1)).await.unwrap());
    assert_eq!(w.claim().await.stream_id, a);
    assert_eq!(claims(&w, 2).await, [b, a]);
}

async fn paused_streams_do_not_compete(w: World) {
    let reserved = w.lane("cpu", 9, 1.0, "ann").await;
    let plain = w.lane("cpu", 0, 1.0, "bob").await;
    w.job_of(reserved, Priority::High).await;
    fill(&w, reserved, 3).await;
    fill(&w, plain, 2).await;
    w.db.pause_stream(&reserved).await.unwrap();
    assert_eq!(claims(&w, 5).await, [plain; 2]);
    w.db.resume_stream(&reserved).await.unwrap();
    assert_eq!(claims(&w, 9).await, [reserved; 4]);
}

async fn the_oldest_goes_first_also_after_a_retry(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s), task("c", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    assert!(w.db.release(&b.claim).await.unwrap());
    assert!(w.db.retry(&a.claim, secs(0)).await.unwrap());
    w.add(&job, task("d", stream)).await;
    let younger = w.job(stream).await;
    let work = w.db.request_work_batch("cpu", 9, None).await.unwrap();
    assert_eq!(names(&work), ["a", "b", "c", "d", "init"]);
    assert_eq!(work[4].job_id, younger);
}

async fn streams_of_one_user_compete_as_any(w: World) {
    let (a, b) = (w.stream().await, w.stream().await);
    fill(&w, a, 3).await;
    fill(&w, b, 3).await;
    assert_eq!(claims(&w, 6).await, [a, b, a, b, a, b]);
}
