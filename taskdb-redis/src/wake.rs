//! Hears of new work from the server, for the waiting workers of this process.
//!
//! One connection a store, however many workers wait. What it hears are hints: the
//! hub polls behind it, and after every reconnection everybody looks once.

use std::sync::Arc;

use taskdb_core::wake::WakeHub;
use tokio::task::JoinHandle;

use crate::conn::{Conn, Event};

/// A task that listens until dropped.
pub(crate) struct Listener(JoinHandle<()>);

impl Listener {
    pub(crate) fn start(conn: &Conn, channels: Vec<String>, hub: &Arc<WakeHub>) -> Self {
        let mut subscription = conn.subscribe(channels);
        let hub = Arc::clone(hub);
        Self(tokio::spawn(async move {
            loop {
                match subscription.next().await {
                    Event::Reconnected => hub.notify_each_type(),
                    Event::Message { payload, .. } => tell(&hub, &payload),
                }
            }
        }))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A message is a count and a worker type, or `*` for all of them.
fn tell(hub: &WakeHub, payload: &[u8]) {
    let text = String::from_utf8_lossy(payload);
    match text.split_once(' ').map(|(count, worker_type)| (count.parse(), worker_type)) {
        Some((Ok(count), worker_type)) => hub.notify(worker_type, count),
        _ => hub.notify_each_type(),
    }
}
