//! What a worker answers to probes and scrapers.

use std::net::SocketAddr;

use taskdb::worker::{Monitor, WORKER_METRICS};

use crate::output;
use crate::problem::Problem;
use crate::watch::{Answer, Metrics, Site, Socket};

struct Watched {
    monitor: Monitor,
    metrics: Metrics,
}

/// Begins to answer, until the program ends.
pub(super) async fn begin(
    address: SocketAddr,
    monitor: Monitor,
    quiet: bool,
) -> Result<(), Problem> {
    let socket = Socket::bind(address).await?;
    let metrics = Metrics::begin(WORKER_METRICS)?;
    if !quiet {
        output::hint(&format!("listening to http://{}", socket.address()?));
    }
    tokio::spawn(socket.serve(Watched { monitor, metrics }));
    Ok(())
}

impl Site for Watched {
    async fn answer(&self, path: &str) -> Answer {
        match path {
            "/metrics" => {
                self.monitor.measure();
                Answer::metrics(self.metrics.render())
            }
            "/live" if self.monitor.status().live => Answer::probe(true, "live"),
            "/live" => Answer::probe(false, "it hangs, or has ended"),
            "/ready" => self.ready(),
            _ => Answer::unknown(),
        }
    }
}

impl Watched {
    fn ready(&self) -> Answer {
        let status = self.monitor.status();
        let word = match (status.ready, status.stopping) {
            (true, _) => "ready",
            (false, true) => "stopping",
            (false, false) => "the store is away, or it has not begun",
        };
        Answer::probe(status.ready, word)
    }
}
