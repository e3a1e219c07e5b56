//! The one thread of a process that writes, and the groups of calls it commits.
//!
//! Calls that wait while a group commits form the next group: one transaction and
//! one sync of the log for all of them. A call that SQLite fails does not take the
//! others with it: the group is rolled back and each call runs alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use taskdb_core::error::Failure;
use taskdb_core::wake::{CLAIM_HOLDERS, WakeHub};
use taskdb_core::{Clock, Result, TaskDbErr};
use tokio::sync::oneshot;

use crate::error::{Fault, Outcome, gone};
use crate::sql;
use crate::unit::Unit;

/// The most calls that share a commit.
const GROUP: usize = 256;

/// When a call runs within its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// As it came.
    Change,
    /// After the changes, which it then sees: claims, whose choice depends on counters.
    Claim,
}

/// What a thread needs to make units.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) ns: i64,
    pub(crate) max_tasks: i64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hub: Arc<WakeHub>,
    pub(crate) poll: Duration,
}

impl Context {
    pub(crate) fn unit<'c>(&self, conn: &'c Connection) -> Unit<'c> {
        Unit::new(conn, self.ns, self.max_tasks, self.clock.now().as_micros())
    }
}

/// A call on its way through the writer.
trait Call: Send {
    fn turn(&self) -> Turn;
    /// Runs it; `false` when the transaction must be rolled back.
    fn run(&mut self, unit: &mut Unit<'_>) -> bool;
    /// Replaces the outcome by an error that all calls of the group share.
    fn fail(&mut self, error: TaskDbErr);
    /// Sends the outcome to the caller, who may have gone.
    fn answer(self: Box<Self>);
}

struct Pending<T, F> {
    turn: Turn,
    work: F,
    outcome: Option<Result<(T, bool)>>,
    reply: oneshot::Sender<Result<(T, bool)>>,
}

impl<T, F> Call for Pending<T, F>
where
    T: Send,
    F: FnMut(&mut Unit<'_>) -> Outcome<T> + Send,
{
    fn turn(&self) -> Turn {
        self.turn
    }

    fn run(&mut self, unit: &mut Unit<'_>) -> bool {
        let outcome = (self.work)(unit);
        let sound = outcome.as_ref().err().is_none_or(Fault::left_no_trace);
        self.outcome = Some(outcome.map(|value| (value, unit.unfinished)).map_err(Into::into));
        sound
    }

    fn fail(&mut self, error: TaskDbErr) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        let _ = self.reply.send(self.outcome.unwrap_or_else(|| Err(gone())));
    }
}

/// The way to the writer's thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(crate) struct Writer {
    calls: Sender<Box<dyn Call>>,
}

impl Writer {
    /// Hands the connection to a new thread.
    pub(crate) fn start(conn: Connection, context: Context) -> std::io::Result<Self> {
        let (calls, inbox) = channel();
        let thread =
            Thread { conn, context, inbox, version: 0, cuts: 0, last: (1, Duration::ZERO) };
        std::thread::Builder::new().name("taskdb-writer".into()).spawn(|| thread.run())?;
        Ok(Self { calls })
    }

    /// Runs `work` in the transaction of its group. The flag of the answer tells
    /// whether a large release has steps left.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnMut(&mut Unit<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<(T, bool)> {
        let (reply, answer) = oneshot::channel();
        let call = Box::new(Pending { turn, work, outcome: None, reply });
        self.calls.send(call).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

struct Thread {
    conn: Connection,
    context: Context,
    inbox: Receiver<Box<dyn Call>>,
    /// Changes when another process has committed.
    version: i64,
    /// Changes when claims were taken away.
    cuts: i64,
    /// How many calls shared the last commit, and how long it took.
    last: (usize, Duration),
}

impl Thread {
    fn run(mut self) {
        self.version = self.data_version();
        self.cuts = self.read_cuts();
        loop {
            match self.inbox.recv_timeout(self.patience()) {
                Ok(first) => {
                    let mut group = self.gather(first);
                    group.sort_by_key(|call| call.turn());
                    let (size, start) = (group.len(), Instant::now());
                    self.commit(group);
                    self.last = (size, start.elapsed());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_for_others();
        }
    }

    /// How long to sleep before it is looked whether other processes have changed something.
    fn patience(&self) -> Duration {
        let hub = &self.context.hub;
        if hub.waiting() > 0 {
            self.context.poll
        } else if hub.has_holders() {
            self.context.poll.max(HOLDERS)
        } else {
            IDLE
        }
    }

    /// Collects the calls that wait, and gives as many callers as shared the last
    /// commit a moment to come back: half of what that commit took, at most, and
    /// never long where it stood behind a lock. A lone caller never waits.
    fn gather(&self, first: Box<dyn Call>) -> Vec<Box<dyn Call>> {
        let mut group = vec![first];
        group.extend(self.inbox.try_iter().take(GROUP - 1));
        let (expected, commit) = self.last;
        let end = Instant::now() + (commit / 2).min(MOMENT);
        while group.len() < expected {
            let left = end.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(left) {
                Ok(call) => group.push(call),
                Err(_) => break,
            }
            group.extend(self.inbox.try_iter().take(GROUP.saturating_sub(group.len())));
        }
        group
    }

    /// Wakes waiting workers when another process has changed the file.
    fn look_for_others(&mut self) {
        let version = self.data_version();
        if version != self.version {
            self.version = version;
            let hub = &self.context.hub;
            hub.notify_each_type();
            if hub.has_holders() {
                let cuts = self.read_cuts();
                if cuts != self.cuts {
                    hub.notify(CLAIM_HOLDERS, 1);
                }
                self.cuts = cuts;
            }
        }
    }

    fn read_cuts(&self) -> i64 {
        let cuts =
            self.context
                .unit(&self.conn)
                .one(sql::namespaces::cuts, [self.context.ns], |row| row.get(0));
        // What cannot be read is found by the next renewal.
        cuts.ok().flatten().unwrap_or(self.cuts)
    }

    fn data_version(&self) -> i64 {
        let read = || {
            let mut statement = self.conn.prepare_cached(sql::connection::data_version)?;
            statement.query_row([], |row| row.get(0))
        };
        read().unwrap_or_else(|error: rusqlite::Error| {
            tracing::warn!(%error, "cannot look for changes by other processes");
            self.version
        })
    }

    fn commit(&self, mut group: Vec<Box<dyn Call>>) {
        if self.attempt(&mut group) {
            group.into_iter().for_each(|call| call.answer());
            return;
        }
        for call in group {
            let mut alone = [call];
            self.attempt(&mut alone);
            let [call] = alone;
            call.answer();
        }
    }

    /// Runs a group and commits it; `false` when a call of several failed so that
    /// each must run alone. A single call keeps its own error.
    fn attempt(&self, group: &mut [Box<dyn Call>]) -> bool {
        match self.transact(group) {
            Ok(woken) => {
                for (worker_type, count) in woken {
                    self.context.hub.notify(&worker_type, count);
                }
                true
            }
            Err(Stop::CallFailed) => group.len() == 1,
            Err(Stop::NotBegun(error)) => {
                fail_all(group, error, TaskDbErr::from);
                true
            }
            Err(Stop::NotCommitted(error)) => {
                fail_all(group, error, |fault| match TaskDbErr::from(fault) {
                    full @ TaskDbErr::StoreFull(_) => full,
                    other => TaskDbErr::Unknown(Failure::new("commit failed").caused_by(other)),
                });
                true
            }
        }
    }

    fn transact(&self, group: &mut [Box<dyn Call>]) -> Result<HashMap<String, usize>, Stop> {
        let not_begun = |error| Stop::NotBegun(Fault::Driver(error));
        let begun = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate);
        let transaction = begun.map_err(not_begun)?;
        let mut unit = self.context.unit(&self.conn);
        for call in group.iter_mut() {
            unit.begin(self.context.clock.now().as_micros());
            if !call.run(&mut unit) {
                return Err(Stop::CallFailed);
            }
        }
        let woken = unit.flush().and_then(|()| unit.woken()).map_err(Stop::NotCommitted)?;
        transaction.commit().map_err(|error| Stop::NotCommitted(Fault::Driver(error)))?;
        Ok(woken)
    }
}

/// The longest wait for callers to come back; the slowest disks sync in twice that.
const MOMENT: Duration = Duration::from_millis(10);
/// How often it is looked for claims that another process has taken away.
const HOLDERS: Duration = Duration::from_millis(250);
/// How long the thread sleeps when nobody waits; any call wakes it.
const IDLE: Duration = Duration::from_secs(3600);

/// Why a group was not committed; its transaction has been rolled back.
enum Stop {
    NotBegun(Fault),
    CallFailed,
    NotCommitted(Fault),
}

/// Gives every call of a group the same error, the words repeated for all but the first.
fn fail_all(group: &mut [Box<dyn Call>], fault: Fault, explain: impl Fn(Fault) -> TaskDbErr) {
    let words = match &fault {
        Fault::Driver(error) => (error.to_string(), error.sqlite_error().copied()),
        Fault::Refused(error) | Fault::Undo(error) => (error.to_string(), None),
    };
    let mut first = Some(fault);
    for call in group {
        let fault = first.take().unwrap_or_else(|| match words.1 {
            Some(code) => {
                Fault::Driver(rusqlite::Error::SqliteFailure(code, Some(words.0.clone())))
            }
            None => TaskDbErr::Backend(Failure::new(words.0.clone())).into(),
        });
        call.fail(explain(fault));
    }
}
