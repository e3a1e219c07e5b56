//! Cases of inputs: what has become of prerequisites, handed out with the claim.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use taskdb_core::layers::{Call, Interceptor, Outcome};
use taskdb_core::request::{ClaimedTask, RequestWork};
use taskdb_core::{CanonicalJson, Limits, Prerequisite};

use super::support::*;

cases!(inputs:
    they_come_in_the_same_call,
    they_come_in_the_order_given,
    what_failed_with_tolerance_says_why,
    they_come_only_where_asked_for,
    a_repeated_claim_has_them_again,
    those_that_are_too_large_stay_behind,
    many_claims_each_have_their_own,
    more_than_a_call_may_carry_is_refused,
);

/// Enough for all of these.
const PLENTY: Option<u64> = Some(1 << 19);

/// Writes down which verbs are called.
struct Verbs(Arc<Mutex<Vec<&'static str>>>);

#[async_trait]
impl Interceptor for Verbs {
    type Note = ();

    async fn before(&self, call: Call<'_>) -> taskdb_core::Result<()> {
        self.0.lock().unwrap().push(call.verb());
        Ok(())
    }

    async fn after(&self, (): (), _: Outcome<'_>) -> taskdb_core::Result<()> {
        Ok(())
    }
}

fn request(claim_ids: Vec<Uuid>, inputs: Option<u64>) -> RequestWork {
    let (worker_type, worker_id) = ("cpu".to_owned(), "worker".to_owned());
    RequestWork { worker_type, worker_id, claim_ids, may_repeat: true, lease: None, inputs }
}

/// Claims the next task.
async fn claim(w: &World, id: Uuid, inputs: Option<u64>) -> ClaimedTask {
    let work = w.db.store().request_work(request(vec![id], inputs)).await.unwrap();
    work.tasks.into_iter().next().expect("a task is ready")
}

fn json_of(value: Value) -> Option<CanonicalJson> {
    Some(CanonicalJson::new(&value))
}

async fn they_come_in_the_same_call(w: World) {
    let merge = |s| vec![task("a", s), task("merge", s).after(["init", "a"])];
    let (_, job) = w.graph(merge).await;
    let verbs = Arc::new(Mutex::new(Vec::new()));
    let db = w.db.intercept(Verbs(Arc::clone(&verbs)));
    let next = async || db.request_work_with_inputs("cpu", Some(secs(9))).await.unwrap();
    let (a, inputs) = next().await.unwrap();
    assert_eq!((a.task_id.as_str(), inputs.len()), ("a", 0));
    assert!(next().await.is_none());
    w.finish(&a).await;
    let (merge, inputs) = next().await.unwrap();
    assert_eq!((merge.job_id, merge.task_id.as_str()), (job, "merge"));
    assert_eq!(merge.deadline, w.clock.now().after(secs(9)));
    assert_eq!(inputs, w.other.get_prerequisites(&job, "merge").await.unwrap());
    assert_eq!(inputs[0].output, json_of(json!("planned")));
    assert_eq!(*verbs.lock().unwrap(), ["request_work"; 3]);
}

async fn they_come_in_the_order_given(w: World) {
    let merge = |s| {
        let [a, b, c] = ["a", "b", "c"].map(|name| task(name, s));
        vec![a, b, c, task("merge", s).after(["c", "a", "b", "a"])]
    };
    let (_, job) = w.graph(merge).await;
    for (name, output) in [("a", json!(null)), ("b", json!([])), ("c", json!({"x": 1.5e300}))] {
        assert!(w.db.update_task_done(&job, name, output).await.unwrap());
    }
    let inputs = claim(&w, Uuid::new_v4(), PLENTY).await.inputs.unwrap();
    let inputs: Vec<_> = inputs.into_iter().map(|one| (one.task_id, one.output)).collect();
    let of = |name: &str, output| (name.to_owned(), json_of(output));
    let expected = [of("c", json!({"x": 1.5e300})), of("a", json!(null)), of("b", json!([]))];
    assert_eq!(inputs, expected);
}

async fn what_failed_with_tolerance_says_why(w: World) {
    let merge = |s| {
        let merge = task("merge", s).after(["bad", "good"]).run_if(RunIf::AllSettled);
        vec![task("good", s), task("bad", s).optional(), merge]
    };
    let (_, job) = w.graph(merge).await;
    assert!(w.db.update_task_failed(&job, "bad", "no such \u{0}file").await.unwrap());
    assert!(w.db.update_task_done(&job, "good", json!(7)).await.unwrap());
    let inputs = claim(&w, Uuid::new_v4(), PLENTY).await.inputs.unwrap();
    let bad = Prerequisite {
        task_id: "bad".to_owned(),
        state: TaskState::Failed,
        output: None,
        error: Some("no such \u{0}file".to_owned()),
    };
    assert_eq!(inputs[0], bad);
    assert_eq!((inputs[1].state, &inputs[1].output), (TaskState::Done, &json_of(json!(7))));
}

async fn they_come_only_where_asked_for(w: World) {
    w.graph(|s| vec![task("a", s).after(["init"]), task("b", s).after(["init"])]).await;
    assert_eq!(claim(&w, Uuid::new_v4(), None).await.inputs, None);
    assert_eq!(claim(&w, Uuid::new_v4(), PLENTY).await.inputs.unwrap().len(), 1);
}

async fn a_repeated_claim_has_them_again(w: World) {
    w.graph(|s| vec![task("a", s).after(["init"])]).await;
    let id = Uuid::new_v4();
    assert_eq!(claim(&w, id, None).await.inputs, None);
    let again = claim(&w, id, PLENTY).await;
    assert_eq!(again.claim.attempt, 1);
    assert_eq!(again.inputs.unwrap()[0].task_id, "init");
    w.idle().await;
}

async fn those_that_are_too_large_stay_behind(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["init", "a"])]).await;
    assert!(w.db.update_task_done(&job, "a", json!("x".repeat(498))).await.unwrap());
    let id = Uuid::new_v4();
    let comes = async |most| claim(&w, id, Some(most)).await.inputs.is_some();
    let (mut less, mut enough) = (2 * Prerequisite::OVERHEAD - 1, 1 << 20);
    assert!(!comes(less).await && comes(enough).await);
    while enough - less > 1 {
        let most = less.midpoint(enough);
        *(if comes(most).await { &mut enough } else { &mut less }) = most;
    }
    // The outputs are texts of 7 and 498 letters, and two quotes each.
    let plain = 2 * Prerequisite::OVERHEAD + 9 + 500;
    let off = if w.plain_payloads() { 0 } else { 500 };
    assert!(enough.abs_diff(plain) <= off, "{enough} are enough, and {plain} should be");
}

async fn many_claims_each_have_their_own(w: World) {
    let graph = |s| {
        let pairs = (0..5).flat_map(|n| {
            let (pre, post) = (format!("pre{n}"), format!("post{n}"));
            [task(&pre, s), task(&post, s).after([pre])]
        });
        pairs.collect()
    };
    let (_, job) = w.graph(graph).await;
    for n in 0..5 {
        assert!(w.db.update_task_done(&job, &format!("pre{n}"), json!(n)).await.unwrap());
    }
    let ids = (0..9).map(|_| Uuid::new_v4()).collect();
    let work = w.db.store().request_work(request(ids, PLENTY)).await.unwrap();
    assert_eq!(work.tasks.len(), 5);
    for (n, task) in work.tasks.iter().enumerate() {
        let inputs = task.inputs.as_ref().unwrap();
        assert_eq!(task.claim.task_id, format!("post{n}"));
        assert_eq!((inputs.len(), &inputs[0].output), (1, &json_of(json!(n))));
    }
}

async fn more_than_a_call_may_carry_is_refused(w: World) {
    let ids = |count| (0..count).map(|_| Uuid::new_v4()).collect();
    let most = Limits::default().batch_bytes as u64;
    let work = w.db.store().request_work(request(ids(2), Some(most / 2))).await.unwrap();
    assert_eq!(work.tasks.len(), 0);
    let refused = w.db.store().request_work(request(ids(2), Some(most / 2 + 1))).await;
    expect_err!(refused, TaskDbErr::TooLarge { argument: "inputs", .. });
}
