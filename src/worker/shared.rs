//! What the parts of a running worker share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use taskdb_core::{ReadyTask, TaskDb};
use tokio_util::task::TaskTracker;

use super::attempt;
use super::backoff::RetryPolicy;
use super::hold::{Hold, Holds};
use super::hooks::Hooks;
use super::idle::Idle;
use super::routes::Routes;
use super::status::Counters;
use super::stop::Stop;
use super::store_link::StoreLink;

pub(crate) struct Shared {
    /// Claims through it name this worker and no other.
    pub(crate) db: TaskDb,
    pub(crate) link: Arc<StoreLink>,
    pub(crate) holds: Arc<Holds>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) stop: Stop,
    pub(crate) routes: Routes,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) retry: RetryPolicy,
    pub(crate) lease: Duration,
    pub(crate) idle: Idle,
    /// Whether something of an attempt that nobody waits for any more still goes on.
    pub(crate) lingers: AtomicBool,
    /// Every attempt is one of its tasks.
    pub(crate) tracker: TaskTracker,
}

impl Shared {
    /// Takes a claimed task in hand: from here on its claim is renewed.
    pub(crate) fn hold(&self, ready: ReadyTask, worker_type: Arc<str>) -> Arc<Hold> {
        let hold = Hold::new(ready, worker_type, self.db.clone(), Arc::clone(&self.link));
        let hold = Arc::new(hold);
        self.holds.insert(&hold);
        self.idle.disturb();
        hold
    }

    /// Tells the hooks. A panic in one harms nothing but what it wanted to do.
    pub(crate) fn tell(&self, what: impl FnOnce(&dyn Hooks)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| what(&*self.hooks))) {
            tracing::warn!(error = attempt::text(&*panic), "a hook is broken");
        }
    }

    /// Lets go of a task whose end the store has taken, or never will.
    pub(crate) fn let_go(&self, hold: &Hold) {
        // First, so that nobody finds neither a task at hand nor that there was one.
        self.idle.disturb();
        self.holds.remove(hold);
    }
}
