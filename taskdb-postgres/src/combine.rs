//! Calls of one process that would wait for the same lock travel in one statement.
//!
//! While a statement is under way, the calls that arrive wait here and make up the
//! next one. A caller that goes away takes nothing with it: the task that runs the
//! statement is not the caller's.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use taskdb_core::error::Failure;
use taskdb_core::{Result, TaskDbErr};
use tokio::sync::oneshot;

use crate::error::again;

/// The longest time that callers are given to come back.
const LONGEST_GATHERING: Duration = Duration::from_millis(1);

/// A call that waits: what it asks, how large that is, and where the answer goes.
struct Waiting<Q, A> {
    request: Q,
    size: usize,
    answer: oneshot::Sender<Result<A>>,
}

/// Calls of one turn travel together; turns come one after the other.
pub(crate) trait Turn {
    fn turn(&self) -> usize;
}

/// How many turns there are.
pub(crate) const TURNS: usize = 2;

/// A queue of calls for each turn, and whether somebody works on them.
struct State<Q, A> {
    waiting: [VecDeque<Waiting<Q, A>>; TURNS],
    busy: bool,
    /// The last turn, which is not the next one if calls of another wait.
    turn: usize,
}

impl<Q, A> State<Q, A> {
    fn waiting(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }
}

/// Calls that may travel together.
pub(crate) struct Combiner<Q, A>(Arc<Mutex<State<Q, A>>>);

impl<Q, A> Default for Combiner<Q, A> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { waiting: Default::default(), busy: false, turn: 0 })))
    }
}

impl<Q, A> Clone for Combiner<Q, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q: Turn + Clone + Send + Sync + 'static, A: Send + 'static> Combiner<Q, A> {
    /// Waits for the turn of a request and for its answer. `run` takes requests whose
    /// sizes add up to at most `most` and answers each.
    pub(crate) async fn call<F>(
        &self,
        request: Q,
        size: usize,
        most: usize,
        run: impl Fn(Arc<[Q]>) -> F + Send + Sync + 'static,
    ) -> Result<A>
    where
        F: Future<Output = Result<Vec<A>>> + Send + 'static,
    {
        let (answer, reply) = oneshot::channel();
        if self.join(Waiting { request, size, answer }) {
            let combiner = self.clone();
            tokio::spawn(async move { combiner.work(most, run).await });
        }
        reply
            .await
            .unwrap_or_else(|_| Err(TaskDbErr::Unknown(Failure::new("the call was cut short"))))
    }

    /// Queues a call; whether somebody has to begin to work.
    fn join(&self, waiting: Waiting<Q, A>) -> bool {
        let mut state = self.lock();
        state.waiting[waiting.request.turn()].push_back(waiting);
        !std::mem::replace(&mut state.busy, true)
    }

    /// Works until nobody waits.
    async fn work<F>(self, most: usize, run: impl Fn(Arc<[Q]>) -> F)
    where
        F: Future<Output = Result<Vec<A>>> + Send + 'static,
    {
        // How many callers may be back for the next group, and how long the last one took.
        let mut last = (0, Duration::ZERO);
        loop {
            self.gather(last).await;
            let Some(group) = self.take(most) else { return };
            let (size, start) = (group.len(), Instant::now());
            let (requests, answers): (Vec<Q>, Vec<_>) =
                group.into_iter().map(|waiting| (waiting.request, waiting.answer)).unzip();
            let requests: Arc<[Q]> = requests.into();
            // In a task of its own, so that a panic does not leave the others waiting.
            let outcome = tokio::spawn(run(Arc::clone(&requests))).await;
            let outcome = outcome.unwrap_or_else(|error| {
                let failure = Failure::new("the call was cut short").caused_by(error);
                Err(TaskDbErr::Unknown(failure))
            });
            last = (size + self.lock().waiting(), start.elapsed());
            match outcome {
                Ok(replies) => {
                    for (answer, reply) in answers.into_iter().zip(replies) {
                        let _ = answer.send(Ok(reply));
                    }
                }
                Err(error) => self.answer_failure(&requests, answers, error, &run).await,
            }
        }
    }

    /// Gives the callers of the last group a moment to come back, at most half of what that
    /// took, so that they travel with those who wait already. A lone caller never waits.
    async fn gather(&self, (expected, took): (usize, Duration)) {
        let end = Instant::now() + (took / 2).min(LONGEST_GATHERING);
        // A timer of the runtime is too coarse for this.
        while expected > 1 && self.lock().waiting() < expected && Instant::now() < end {
            tokio::task::yield_now().await;
        }
    }

    /// A failure that is definite may be the fault of one call: each then runs alone.
    async fn answer_failure<F>(
        &self,
        requests: &Arc<[Q]>,
        answers: Vec<oneshot::Sender<Result<A>>>,
        error: TaskDbErr,
        run: &impl Fn(Arc<[Q]>) -> F,
    ) where
        F: Future<Output = Result<Vec<A>>>,
    {
        let alone =
            answers.len() > 1 && matches!(error, TaskDbErr::Backend(_) | TaskDbErr::Corrupt(_));
        for (answer, request) in answers.into_iter().zip(requests.iter()) {
            let outcome = if alone {
                let mut replies = run(Arc::from([request.clone()])).await;
                replies.as_mut().map(|replies| replies.pop()).map_err(|error| again(error))
            } else {
                Err(again(&error))
            };
            let missing = || TaskDbErr::Unknown(Failure::new("the call has no answer"));
            let _ = answer.send(outcome.and_then(|reply| reply.ok_or_else(missing)));
        }
    }

    /// The calls of the next statement; `None` when nobody waits any more.
    fn take(&self, most: usize) -> Option<Vec<Waiting<Q, A>>> {
        let mut state = self.lock();
        let next = (1..=TURNS).map(|after| (state.turn + after) % TURNS);
        state.turn = next.clone().find(|turn| !state.waiting[*turn].is_empty()).unwrap_or(0);
        let (mut group, mut size) = (Vec::new(), 0);
        let turn = state.turn;
        while let Some(next) = state.waiting[turn].front() {
            size += next.size;
            if !group.is_empty() && size > most {
                break;
            }
            group.extend(state.waiting[turn].pop_front());
        }
        state.busy = !group.is_empty();
        state.busy.then_some(group)
    }

    fn lock(&self) -> MutexGuard<'_, State<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
