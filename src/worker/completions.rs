//! Results on their way to the store: those that come while a call is under way go together
//! in the next one, so that many short tasks cost few calls and a lone one never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
// The clock of tokio stands still in some tests, where waiting by it would never end.
use std::time::{Duration, Instant};

use serde_json::Value;
use taskdb_core::{Claim, TaskDb, TaskDbErr};
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;
use tokio::time::timeout;

use super::hold::lock;
use super::store_link::{StoreLink, is_away, is_shut};

/// The most that go together.
const BATCH: usize = 256;
/// How often everything else that is ready gets its turn before a call is made.
pub(crate) const MOMENT: usize = 2;
/// The longest time that results are given to come together.
const LONGEST: Duration = Duration::from_millis(2);
/// The longest time that a claim waits for results under way: slow disks commit in as much.
const CALL: Duration = Duration::from_millis(20);
/// How long tasks whose results were taken together may take to give their slots back.
pub(crate) const TOGETHER: Duration = Duration::from_micros(200);

/// The results of a worker that wait for a call.
#[derive(Default)]
pub(crate) struct Completions {
    queue: Mutex<Queue>,
    /// Told at the end of each call.
    ended: Notify,
}

#[derive(Default)]
struct Queue {
    /// Whether somebody makes a call, and hands on when it has an answer.
    led: bool,
    waiting: VecDeque<Entry>,
    last: Last,
}

/// The last call.
#[derive(Default, Clone, Copy)]
struct Last {
    /// How many results went with it.
    size: usize,
    /// How many may go with the next one: these, and those that came too late for it. Where
    /// fewer come for once, it falls little by little.
    expected: usize,
    took: Duration,
    ended: Option<Instant>,
}

struct Entry {
    claim: Claim,
    output: Value,
    turn: oneshot::Sender<Turn>,
}

type Answer = Result<bool, TaskDbErr>;

/// What one that waits is told.
enum Turn {
    Answered(Answer),
    /// To make the next call, for itself and all that wait by then.
    Lead(Lead),
}

/// The right to make a call. It is handed on however the call ends, also when it is dropped.
struct Lead(Arc<Completions>);

impl Drop for Lead {
    fn drop(&mut self) {
        let next = {
            let mut queue = lock(&self.0.queue);
            queue.led = !queue.waiting.is_empty();
            queue.waiting.pop_front()
        };
        self.0.ended.notify_waiters();
        if let Some(next) = next {
            // When it has gone meanwhile, the lead is dropped here and handed on in turn.
            let _ = next.turn.send(Turn::Lead(Self(Arc::clone(&self.0))));
        }
    }
}

impl Completions {
    /// Stores the output of a claimed task; `None` when the call told nothing of it, so that
    /// it must be made again, alone.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        (db, link): (&TaskDb, &StoreLink),
        claim: &Claim,
        output: &Value,
    ) -> Option<Answer> {
        let lead = match self.queue(claim, output) {
            None => Lead(Arc::clone(self)),
            // Whoever was to answer is gone when there is no turn.
            Some(turn) => match turn.await.ok()? {
                Turn::Answered(answer) => return definite(answer),
                Turn::Lead(lead) => lead,
            },
        };
        let others = self.others().await;
        let (size, start) = (others.len() + 1, Instant::now());
        if others.is_empty() {
            let answer = link.call(db.complete(claim, output)).await;
            self.note(size, start);
            return definite(answer);
        }
        let (mut outputs, mut turns) = (vec![(claim.clone(), output.clone())], Vec::new());
        for Entry { claim, output, turn } in others {
            outputs.push((claim, output));
            turns.push(turn);
        }
        // One entry may have spoilt the call for all, so nobody is told of its error.
        let mut answers = link.call(db.complete_batch(outputs)).await.ok()?.into_iter();
        self.note(size, start);
        let own = answers.next()?;
        for (turn, answer) in turns.into_iter().zip(answers) {
            let _ = turn.send(Turn::Answered(answer));
        }
        drop(lead);
        definite(own)
    }

    /// Those that go along. Handlers that end at the same time get the moment to say so, and
    /// as many as may come a little more: half of what the last call took.
    async fn others(&self) -> Vec<Entry> {
        for _ in 0..MOMENT {
            yield_now().await;
        }
        let Last { expected, took, .. } = lock(&self.queue).last;
        let end = Instant::now() + (took / 2).min(LONGEST);
        // A timer of the runtime is too coarse for this.
        while lock(&self.queue).waiting.len() + 1 < expected && Instant::now() < end {
            yield_now().await;
        }
        let waiting = &mut lock(&self.queue).waiting;
        let count = waiting.len().min(BATCH - 1);
        waiting.drain(..count).collect()
    }

    fn note(&self, size: usize, start: Instant) {
        let mut queue = lock(&self.queue);
        let before = queue.last.expected;
        let fallen = before.saturating_sub(before.div_ceil(8));
        let expected = (size + queue.waiting.len()).max(fallen).min(BATCH);
        queue.last = Last { size, expected, took: start.elapsed(), ended: Some(Instant::now()) };
    }

    /// Waits for the call under way, if there is one: it frees slots, and a claim that takes
    /// all of them at once is worth that. Returns how many a call may have freed just now.
    pub(crate) async fn under_way(&self) -> usize {
        let ended = self.ended.notified();
        tokio::pin!(ended);
        ended.as_mut().enable();
        let (led, took) = {
            let queue = lock(&self.queue);
            (queue.led, queue.last.took)
        };
        if led {
            let _ = timeout((took * 2).min(CALL), ended).await;
        }
        let last = lock(&self.queue).last;
        last.ended.filter(|ended| ended.elapsed() < TOGETHER).map_or(0, |_| last.size)
    }

    /// A place among those that wait; none for the first, who makes the call.
    fn queue(&self, claim: &Claim, output: &Value) -> Option<oneshot::Receiver<Turn>> {
        let mut queue = lock(&self.queue);
        if !queue.led {
            queue.led = true;
            return None;
        }
        let (sender, turn) = oneshot::channel();
        let (claim, output) = (claim.clone(), output.clone());
        queue.waiting.push_back(Entry { claim, output, turn: sender });
        Some(turn)
    }
}

/// An answer about this task, and none that the store may give otherwise a little later.
fn definite(answer: Answer) -> Option<Answer> {
    match &answer {
        Err(error) if is_away(error) || is_shut(error) => None,
        _ => Some(answer),
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use futures::future::join_all;
    use futures::{FutureExt, poll};
    use serde_json::json;
    use taskdb_core::NewTask;

    use super::*;

    async fn claims(db: &TaskDb, tasks: usize) -> Vec<Claim> {
        let stream = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
        let job = db.create_job(&stream, &json!(1), 0, 60, "alice").await.unwrap();
        let names = (1..tasks).map(|number| NewTask::new(format!("{number}"), stream, json!(1)));
        db.create_tasks(&job, names).await.unwrap();
        let tasks = db.request_work_batch("cpu", tasks, None).await.unwrap();
        tasks.into_iter().map(|task| task.claim).collect()
    }

    #[tokio::test]
    async fn each_gets_its_own_answer() {
        let (db, link) = (crate::connect("memory:").await.unwrap(), StoreLink::default());
        let (claims, completions) = (claims(&db, 600).await, Arc::<Completions>::default());
        assert!(db.fail(&claims[7], "meanwhile").await.unwrap());
        let (one, other) = (json!(1), json!(2));
        let calls = claims.iter().map(|claim| {
            let output = if claim.task_id.len() == 1 { &one } else { &other };
            completions.complete((&db, &link), claim, output)
        });
        for (number, answer) in join_all(calls).await.into_iter().enumerate() {
            let answer = answer.expect("an answer");
            match number {
                7 => assert!(matches!(answer, Err(TaskDbErr::ClaimLost { .. }))),
                // The failure has stopped the job; what runs is still taken.
                _ => assert!(answer.unwrap()),
            }
        }
        for (claim, output) in [(&claims[3], one), (&claims[300], other)] {
            let stored: Value = db.get_task_output(&claim.job_id, &claim.task_id).await.unwrap();
            assert_eq!(stored, output);
        }
        assert!(!lock(&completions.queue).led);
    }

    #[tokio::test]
    async fn one_that_goes_away_holds_nobody_up() {
        let (db, link) = (crate::connect("memory:").await.unwrap(), StoreLink::default());
        let (claims, completions) = (claims(&db, 20).await, Arc::<Completions>::default());
        let output = json!(1);
        let mut calls: Vec<_> = claims
            .iter()
            .map(|claim| completions.complete((&db, &link), claim, &output).boxed())
            .collect();
        for call in &mut calls {
            assert!(poll!(call).is_pending());
        }
        // The one that makes the call, and the one that would make the next.
        calls.drain(..2);
        for answer in join_all(calls).await {
            assert!(answer.is_none_or(|answer| answer.unwrap()));
        }
        let queue = lock(&completions.queue);
        assert!(!queue.led && queue.waiting.is_empty());
    }

    #[tokio::test]
    async fn one_that_spoils_a_call_is_told_alone() {
        let (db, link) = (crate::connect("memory:").await.unwrap(), StoreLink::default());
        let (claims, completions) = (claims(&db, 5).await, Arc::<Completions>::default());
        let (fits, large) = (json!(1), json!("x".repeat(2 << 20)));
        let calls = claims.iter().enumerate().map(|(number, claim)| {
            let output = if number == 3 { &large } else { &fits };
            completions.complete((&db, &link), claim, output)
        });
        let answers = join_all(calls).await;
        assert!(answers.iter().all(Option::is_none), "{answers:?}");
    }
}
