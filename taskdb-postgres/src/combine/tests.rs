//! The queue of calls without a server: groups, turns, callers that go, groups that fail.

use std::sync::{Arc, Mutex};

use taskdb_core::error::Failure;
use taskdb_core::{Result, TaskDbErr};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use super::{Combiner, Turn};

/// A call of a turn; what it says decides what becomes of its group.
type Ask = (usize, &'static str);

impl Turn for Ask {
    fn turn(&self) -> usize {
        self.0
    }
}

/// A queue whose groups wait until they are let through.
#[derive(Clone)]
struct Queue {
    combiner: Combiner<Ask, &'static str>,
    groups: Arc<Mutex<Vec<Vec<Ask>>>>,
    began: Arc<Notify>,
    gate: Arc<Semaphore>,
}

impl Queue {
    fn new() -> Self {
        Self {
            combiner: Combiner::default(),
            groups: Arc::default(),
            began: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    async fn call(self, ask: Ask) -> Result<&'static str> {
        let own = self.clone();
        self.combiner.call(ask, 1, 3, move |asks| own.clone().run(asks)).await
    }

    fn spawn(&self, ask: Ask) -> JoinHandle<Result<&'static str>> {
        tokio::spawn(self.clone().call(ask))
    }

    async fn run(self, asks: Arc<[Ask]>) -> Result<Vec<&'static str>> {
        self.groups.lock().unwrap().push(asks.to_vec());
        self.began.notify_one();
        self.gate.acquire().await.unwrap().forget();
        let words: Vec<_> = asks.iter().map(|ask| ask.1).collect();
        assert!(!words.contains(&"panic"), "as it was asked to");
        if words.contains(&"refuse") {
            return Err(TaskDbErr::Backend(Failure::new("refused")));
        }
        if words.contains(&"lose") {
            return Err(TaskDbErr::Unknown(Failure::new("the connection died")));
        }
        Ok(words)
    }

    /// Begins a group of one, so that the calls that follow wait.
    async fn busy(&self) -> JoinHandle<Result<&'static str>> {
        let first = self.spawn((0, "first"));
        self.began.notified().await;
        first
    }

    /// Queues a call behind the one under way; calls are in line when this returns.
    async fn queue(&self, ask: Ask) -> JoinHandle<Result<&'static str>> {
        let before = self.combiner.lock().waiting();
        let call = self.spawn(ask);
        while self.combiner.lock().waiting() == before {
            tokio::task::yield_now().await;
        }
        call
    }

    fn groups(&self) -> Vec<Vec<&'static str>> {
        let groups = self.groups.lock().unwrap();
        groups.iter().map(|group| group.iter().map(|ask| ask.1).collect()).collect()
    }
}

#[tokio::test]
async fn calls_of_a_turn_travel_together_and_turns_alternate() {
    let queue = Queue::new();
    let mut calls = vec![queue.busy().await];
    for ask in [(0, "a"), (0, "b"), (1, "x"), (0, "c"), (0, "d"), (1, "y")] {
        calls.push(queue.queue(ask).await);
    }
    queue.gate.add_permits(100);
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap().unwrap());
    }
    assert_eq!(answers, ["first", "a", "b", "x", "c", "d", "y"]);
    let groups = queue.groups();
    assert_eq!(groups, [vec!["first"], vec!["x", "y"], vec!["a", "b", "c"], vec!["d"]]);
}

#[tokio::test]
async fn a_caller_that_goes_takes_nothing_with_it() {
    let queue = Queue::new();
    let first = queue.busy().await;
    let gone = queue.queue((0, "gone")).await;
    let stays = queue.queue((0, "stays")).await;
    // One whose group is under way, and one that waits.
    first.abort();
    gone.abort();
    queue.gate.add_permits(100);
    assert_eq!(stays.await.unwrap().unwrap(), "stays");
    assert_eq!(queue.groups(), [vec!["first"], vec!["gone", "stays"]]);
    assert_eq!(queue.clone().call((1, "next")).await.unwrap(), "next");
}

#[tokio::test]
async fn who_is_refused_is_refused_alone() {
    let queue = Queue::new();
    let first = queue.busy().await;
    let good = queue.queue((0, "good")).await;
    let bad = queue.queue((0, "refuse")).await;
    let other = queue.queue((0, "other")).await;
    queue.gate.add_permits(100);
    assert_eq!(first.await.unwrap().unwrap(), "first");
    assert_eq!(good.await.unwrap().unwrap(), "good");
    assert_eq!(other.await.unwrap().unwrap(), "other");
    assert!(matches!(bad.await.unwrap(), Err(TaskDbErr::Backend(_))));
}

#[tokio::test]
async fn a_group_that_is_lost_is_unknown_to_all_and_never_run_twice() {
    for word in ["lose", "panic"] {
        let queue = Queue::new();
        let first = queue.busy().await;
        let good = queue.queue((0, "good")).await;
        let lost = queue.queue((0, word)).await;
        queue.gate.add_permits(100);
        assert_eq!(first.await.unwrap().unwrap(), "first");
        for call in [good, lost] {
            assert!(matches!(call.await.unwrap(), Err(TaskDbErr::Unknown(_))), "{word}");
        }
        assert_eq!(queue.groups(), [vec!["first"], vec!["good", word]]);
        assert_eq!(queue.clone().call((0, "next")).await.unwrap(), "next");
    }
}
