//! A store that can be made to go away: code around every call, which also counts them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use taskdb::error::Failure;
use taskdb::layers::{Call, Intercept, Interceptor, Outcome};
use taskdb::{Result, TaskDb, TaskDbErr};

/// Whether the store is away, and how often it was called.
#[derive(Clone, Default)]
pub(crate) struct Switch(Arc<State>);

#[derive(Default)]
struct State {
    away: AtomicBool,
    calls: Mutex<HashMap<&'static str, usize>>,
    mute: Mutex<Option<&'static str>>,
}

impl Switch {
    pub(crate) fn away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.lock().expect("no panic").values().sum()
    }

    /// How often this verb was called.
    pub(crate) fn calls_of(&self, verb: &str) -> usize {
        self.0.calls.lock().expect("no panic").get(verb).copied().unwrap_or_default()
    }

    /// The next call of this verb has its effect, and no answer.
    pub(crate) fn mute(&self, verb: &'static str) {
        *self.0.mute.lock().expect("no panic") = Some(verb);
    }

    /// Whether that call has not come yet.
    pub(crate) fn is_mute(&self) -> bool {
        self.0.mute.lock().expect("no panic").is_some()
    }

    /// A handle of the same store that the switch has no part in remains `db`.
    pub(crate) fn over(&self, db: &TaskDb) -> TaskDb {
        TaskDb::new(Intercept::new(Arc::clone(db.store()), self.clone()))
    }
}

#[async_trait]
impl Interceptor for Switch {
    type Note = &'static str;

    async fn before(&self, call: Call<'_>) -> Result<&'static str> {
        let verb = call.verb();
        *self.0.calls.lock().expect("no panic").entry(verb).or_default() += 1;
        if self.0.away.load(Ordering::SeqCst) {
            return Err(TaskDbErr::Unavailable(Failure::new("unplugged")));
        }
        Ok(verb)
    }

    async fn after(&self, verb: &'static str, _: Outcome<'_>) -> Result<()> {
        let muted = self.0.mute.lock().expect("no panic").take_if(|mute| *mute == verb).is_some();
        if muted { std::future::pending().await } else { Ok(()) }
    }
}
