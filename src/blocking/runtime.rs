//! The runtime behind blocking calls, and the way a call gets there and back. What is
//! called is not known here.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};

use futures::FutureExt;
use taskdb_core::error::Failure;
use taskdb_core::{Result, TaskDbErr};
use tokio::runtime::{Builder, Runtime};
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

/// Calls wait more than they compute; with two, a large payload does not hold up the rest.
const THREADS: usize = 2;

/// Runs a future on the threads of this module and waits for its result.
///
/// It is for what has no blocking form of its own, such as connecting with a
/// configuration: a store must be connected here, for its connections belong to the
/// runtime that opened them.
///
/// ```
/// use taskdb::blocking;
/// let db = blocking::run(taskdb::connect("memory:")).map(blocking::TaskDb::from)?;
/// # Ok::<(), taskdb::TaskDbErr>(())
/// ```
///
/// # Errors
///
/// That of the future; `Unavailable` when the threads cannot be started.
///
/// # Panics
///
/// When the future does.
pub fn run<T: Send + 'static>(
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    // A channel of the standard library does not care where it is waited on: a runtime's own
    // means refuse to block inside of a runtime, or spin there once a task has used up its
    // share of polls.
    let (sender, receiver) = mpsc::sync_channel(1);
    let future = AssertUnwindSafe(future).catch_unwind().in_current_span();
    let future = future.with_current_subscriber();
    runtime()?.spawn(async move {
        // The receiver waits below, so there is somebody to send to.
        let _ = sender.send(future.await);
    });
    let receive =
        || receiver.recv().expect("the runtime outlives every call, and panics are caught");
    // A future that was handed to `run` may itself block on a call. Its thread is needed then.
    let outcome: Result<Result<T>, Box<dyn Any + Send>> =
        if OWN_THREAD.get() { tokio::task::block_in_place(receive) } else { receive() };
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

thread_local! {
    static OWN_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The runtime of the process, started by whoever asks first. It is never shut down: a
/// runtime must not be dropped inside of another, and handles may be dropped anywhere.
fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _alone = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let started = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("taskdb-blocking")
        .on_thread_start(|| OWN_THREAD.set(true))
        .enable_all()
        .build()
        .map_err(|error| {
            let what = "the threads of taskdb::blocking cannot be started";
            TaskDbErr::Unavailable(Failure::new(what).caused_by(error))
        })?;
    Ok(RUNTIME.get_or_init(|| started))
}
