//! One connection that is made anew when it is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::endpoint::Endpoint;
use super::wire::Wire;
use crate::error::Fault;

/// After so many calls in a row without an answer in time, a connection is given up: it
/// may lead to a machine that is gone without a word.
const PATIENCE: u32 = 3;

/// Where to connect to, and the connection of the moment.
pub(super) struct Link {
    pub(super) endpoint: Endpoint,
    connect_timeout: Duration,
    live: ArcSwapOption<Live>,
    /// Held by the one call that connects for all.
    connecting: Mutex<()>,
}

/// A connection and what is known of its health.
pub(super) struct Live {
    wire: Wire,
    lost: Arc<AtomicBool>,
    timeouts: AtomicU32,
}

impl Link {
    pub(super) fn new(endpoint: Endpoint, connect_timeout: Duration) -> Self {
        let live = ArcSwapOption::empty();
        Self { endpoint, connect_timeout, live, connecting: Mutex::new(()) }
    }

    /// The connection, made if there is none. All faults mean that nothing was sent.
    pub(super) async fn live(&self, deadline: Instant) -> Result<Arc<Live>, Fault> {
        if let Some(live) = self.present() {
            return Ok(live);
        }
        timeout_at(deadline, self.connect()).await.unwrap_or_else(|_| Err(Fault::no_connection()))
    }

    /// How long connecting may take, with every server that may have to be asked first.
    pub(super) fn patience(&self) -> Duration {
        self.connect_timeout * self.endpoint.servers()
    }

    /// The connection if there is one that is not known to be lost.
    pub(super) fn present(&self) -> Option<Arc<Live>> {
        self.live.load_full().filter(|live| !live.lost.load(Ordering::Relaxed))
    }

    async fn connect(&self) -> Result<Arc<Live>, Fault> {
        let _turn = self.connecting.lock().await;
        if let Some(live) = self.present() {
            return Ok(live);
        }
        let lost = Arc::new(AtomicBool::new(false));
        let connecting = self.endpoint.connect(Arc::clone(&lost));
        let wire = timeout(self.patience(), connecting).await;
        let wire = wire.map_err(|_| Fault::no_connection())?;
        let wire = wire.map_err(|error| Fault::from(error).before_the_call())?;
        let live = Arc::new(Live { wire, lost, timeouts: AtomicU32::new(0) });
        self.live.store(Some(Arc::clone(&live)));
        Ok(live)
    }
}

impl Live {
    pub(super) fn wire(&self) -> Wire {
        self.wire.clone()
    }

    /// Gives the connection up when what happened says that another one is needed.
    pub(super) fn judge(&self, fault: &Fault) {
        if needs_another(matches!(self.wire, Wire::Cluster(_)), fault) {
            self.lost.store(true, Ordering::Relaxed);
        }
    }

    /// A call has had its answer.
    pub(super) fn answered(&self) {
        self.timeouts.store(0, Ordering::Relaxed);
    }

    /// A call has had no answer in time.
    pub(super) fn timed_out(&self) {
        if self.timeouts.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.lost.store(true, Ordering::Relaxed);
        }
    }
}

/// A cluster mends its own connections, unless it has lost all of them.
fn needs_another(cluster: bool, fault: &Fault) -> bool {
    match fault {
        Fault::NotRun(error) if cluster => {
            error.kind() == redis::ErrorKind::ClusterConnectionNotFound
        }
        // The driver sees most ends by itself, but takes some errors of a socket, such as
        // that of TCP_USER_TIMEOUT, for passing. And it cannot know that an answer is not that
        // of its call, or a request not what was sent.
        Fault::Maybe(error) => !cluster || error.kind() != redis::ErrorKind::Io,
        fault => !cluster && fault.wants_master(),
    }
}

#[cfg(test)]
mod tests {
    use redis::{ErrorKind, RedisError, ServerErrorKind};

    use super::*;

    #[test]
    fn a_connection_is_given_up_for_good_reason() {
        let fault = |kind: ErrorKind| Fault::from(RedisError::from((kind, "")));
        let readonly = || fault(ServerErrorKind::ReadOnly.into());
        let none_left = || fault(ErrorKind::ClusterConnectionNotFound);
        let loading = || fault(ServerErrorKind::BusyLoading.into());
        for (cluster, fault, expected) in [
            (false, fault(ErrorKind::Io), true),
            (false, readonly(), true),
            (false, loading(), false),
            (true, fault(ErrorKind::Io), false),
            (true, fault(ErrorKind::Parse), true),
            (false, fault(ErrorKind::Parse), true),
            (true, readonly(), false),
            (true, none_left(), true),
            (true, loading(), false),
        ] {
            assert_eq!(needs_another(cluster, &fault), expected, "{cluster} {fault:?}");
        }
    }
}
