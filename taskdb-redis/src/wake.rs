//! Hears of new work from the server, for the waiting workers of this process.
//!
//! One connection a store, however many workers wait, and none before the first does: every
//! message is a write of the server and a turn of this process, which one that only creates
//! work would spend for nothing. What it hears are hints: the hub polls behind it, and after
//! every connection everybody looks once.

use std::sync::Arc;

use taskdb_core::wake::WakeHub;
use tokio::task::JoinHandle;

use crate::conn::{Conn, Event};

/// A task that listens from the first worker that waits until dropped.
pub(crate) struct Listener(JoinHandle<()>);

impl Listener {
    pub(crate) fn start(conn: &Conn, channels: Vec<String>, hub: &Arc<WakeHub>) -> Self {
        let mut subscription = conn.subscribe(channels);
        let hub = Arc::clone(hub);
        Self(tokio::spawn(async move {
            hub.somebody_waits().await;
            loop {
                match subscription.next().await {
                    Event::Reconnected => hub.notify_listening(),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use taskdb_testkit::servers::redis::Server;

    use crate::config::Config;
    use crate::tests::opened;

    /// Who only creates work is not told of it.
    #[tokio::test]
    async fn nobody_listens_before_somebody_waits() {
        let server = Server::start().unwrap();
        let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
        let listeners = || -> u64 {
            let told: (String, u64) = server.cli(&["PUBSUB", "NUMSUB", "{taskdb}:wake"]).unwrap();
            told.1
        };
        let stream = db.create_stream("cpu", 1, 1.0, "user").await.unwrap();
        db.create_job(&stream, &json!(1), 3, 60, "user").await.unwrap();
        assert!(db.request_work("cpu").await.unwrap().is_some());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(listeners(), 0);
        let wait = db.request_work_wait("cpu", 20);
        let work = async {
            while listeners() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            db.create_job(&stream, &json!(2), 3, 60, "user").await
        };
        let work = tokio::time::timeout(Duration::from_secs(20), work);
        let (task, created) = tokio::join!(wait, work);
        created.expect("whoever waits listens").unwrap();
        assert!(task.unwrap().is_some());
        assert_eq!(listeners(), 1);
    }
}
