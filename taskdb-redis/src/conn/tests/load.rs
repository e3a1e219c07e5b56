//! Sixteen tasks that call without pause, and what must be true of the outcome.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::*;

const TASKS: usize = 16;
static LOADS: AtomicUsize = AtomicUsize::new(0);

/// Calls under way; each task has a list of its own, in slots all over a cluster.
pub(super) struct Load {
    tasks: JoinSet<Ledger>,
    stop: watch::Sender<bool>,
    successes: watch::Sender<usize>,
}

/// What the callers were told, value by value.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) done: Vec<String>,
    pub(super) unavailable: Vec<String>,
    pub(super) unknown: Vec<String>,
}

impl Load {
    pub(super) fn start(conn: &Conn, script: &'static Script) -> Self {
        let (stop, stopped) = watch::channel(false);
        let successes = watch::Sender::new(0);
        let mut tasks = JoinSet::new();
        // Loads may follow each other on the same lists.
        let id = LOADS.fetch_add(1, Ordering::Relaxed);
        for task in 0..TASKS {
            let (conn, stopped, successes) = (conn.clone(), stopped.clone(), successes.clone());
            tasks.spawn(async move {
                let mut ledger = Ledger::default();
                for call in 0.. {
                    if *stopped.borrow() {
                        break;
                    }
                    let value = format!("{id}.{task}.{call}");
                    let result = send(&conn, script, &list(task), vec![value.clone().into()]).await;
                    if result.is_ok() {
                        successes.send_modify(|successes| *successes += 1);
                    }
                    ledger.note(value, result);
                }
                ledger
            });
        }
        Self { tasks, stop, successes }
    }

    /// Waits for so many more successes.
    pub(super) async fn goes_on(&self, more: usize) {
        let target = *self.successes.borrow() + more;
        let mut successes = self.successes.subscribe();
        let waiting = successes.wait_for(|successes| *successes >= target);
        let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        waited.expect("the load goes on").unwrap();
    }

    pub(super) async fn stop(mut self) -> Ledger {
        self.stop.send_replace(true);
        let mut all = Ledger::default();
        while let Some(ledger) = self.tasks.join_next().await {
            let ledger = ledger.unwrap();
            all.done.extend(ledger.done);
            all.unavailable.extend(ledger.unavailable);
            all.unknown.extend(ledger.unknown);
        }
        all
    }
}

impl Ledger {
    fn note(&mut self, value: String, result: Result<Value>) {
        match result {
            Ok(_) => self.done.push(value),
            Err(TaskDbErr::Unavailable(_)) => self.unavailable.push(value),
            Err(TaskDbErr::Unknown(_)) => self.unknown.push(value),
            Err(other) => panic!("{value}: {other}"),
        }
    }

    /// Nothing ran twice, and what surely did not run has not.
    pub(super) async fn is_honest(&self, conn: &Conn) -> HashMap<String, usize> {
        let mut stored = HashMap::new();
        for task in 0..TASKS {
            for value in values(conn, &list(task)).await {
                *stored.entry(value).or_default() += 1;
            }
        }
        let twice: Vec<_> = stored.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
        let ran: Vec<_> = self.unavailable.iter().filter(|v| stored.contains_key(*v)).collect();
        assert!(ran.is_empty(), "{ran:?}");
        stored
    }

    /// What may repeat never failed; what may not had no error but `Unknown`.
    pub(super) fn is_smooth(&self, kind: Kind) {
        assert_eq!(self.unavailable, [""; 0]);
        if kind == Kind::Repeatable {
            assert_eq!(self.unknown, [""; 0]);
        }
    }

    /// [`is_honest`](Self::is_honest), and what was acknowledged is there.
    pub(super) async fn holds(&self, conn: &Conn) {
        let stored = self.is_honest(conn).await;
        let lost: Vec<_> = self.done.iter().filter(|v| !stored.contains_key(*v)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

fn list(task: usize) -> String {
    format!("{{{task}}}")
}
