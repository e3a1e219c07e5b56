//! The end of a worker, in stages: no new work, no more time, no more patience.

use std::sync::OnceLock;

use tokio_util::sync::CancellationToken;

/// Ends a worker from outside, once or twice. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stop(std::sync::Arc<Stages>);

#[derive(Debug, Default)]
struct Stages {
    draining: CancellationToken,
    killed: CancellationToken,
    abandoned: CancellationToken,
    why: OnceLock<String>,
}

impl Stop {
    /// No more tasks are taken; those at hand have the drain time to end.
    pub fn drain(&self) {
        self.0.draining.cancel();
    }

    /// Those at hand are cut off and given back, too.
    pub fn now(&self) {
        self.drain();
        self.0.killed.cancel();
    }

    /// Goes on to the next of the two; what a signal does.
    pub fn hurry(&self) {
        if self.is_draining() { self.now() } else { self.drain() }
    }

    /// Whether no more tasks are taken.
    pub fn is_draining(&self) -> bool {
        self.0.draining.is_cancelled()
    }

    /// Returns once no more tasks are taken.
    pub async fn draining(&self) {
        self.0.draining.cancelled().await;
    }

    pub(crate) async fn killed(&self) {
        self.0.killed.cancelled().await;
    }

    /// What has not been told to the store by now never will be.
    pub(crate) fn abandon(&self) {
        self.now();
        self.0.abandoned.cancel();
    }

    pub(crate) async fn abandoned(&self) {
        self.0.abandoned.cancelled().await;
    }

    /// Drains because something is broken; the first reason counts.
    pub(crate) fn fail(&self, why: String) {
        let _ = self.0.why.set(why);
        self.drain();
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.0.why.get().cloned()
    }
}

/// The signals that end a program in good order.
#[cfg(unix)]
pub(crate) struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()];
        let [hangup, interrupt, terminate] = kinds.map(signal);
        Ok(Self([hangup?, interrupt?, terminate?]))
    }

    /// Returns when one has come.
    pub(crate) async fn next(&mut self) {
        let [hangup, interrupt, terminate] = &mut self.0;
        tokio::select! {
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// The signal that ends a program in good order.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Returns when it has come.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
