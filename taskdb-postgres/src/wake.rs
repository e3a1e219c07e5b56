//! Hints of new work between processes: one connection that listens, one task that tells.
//!
//! Telling happens outside of the transactions that make work ready, at most once in
//! ten milliseconds. A hint may be lost; waiting workers ask once a second anyway.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use taskdb_core::Namespace;
use taskdb_core::wake::WakeHub;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::args::Args;
use crate::conn::{Conn, Kind};
use crate::reply::Woken;
use crate::sql::{Sql, Statement};

/// The least time between two messages of a process.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a message to oneself may take to arrive.
const SELF_TEST: Duration = Duration::from_secs(2);
/// How long to wait before a lost listener is made anew.
const RECONNECT: Duration = Duration::from_secs(1);
/// The longest message Postgres takes is 8000 bytes.
const MESSAGE: usize = 7_000;

/// Tells other processes of new work; ends when dropped.
#[derive(Debug)]
pub(crate) struct Notifier {
    shared: Arc<Shared>,
    /// `None` for one that only collects what is to be told.
    task: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    id: Uuid,
    channel: String,
    woken: Mutex<Woken>,
    news: Notify,
}

impl Notifier {
    pub(crate) fn start(conn: Conn, sql: &Sql, namespace: &Namespace) -> Self {
        let shared = Arc::new(Shared {
            id: Uuid::new_v4(),
            channel: channel(namespace),
            woken: Mutex::default(),
            news: Notify::new(),
        });
        let (own, text) = (Arc::clone(&shared), sql.statement(Statement::notify));
        let task = tokio::spawn(async move {
            loop {
                own.news.notified().await;
                let woken = std::mem::take(&mut *own.lock());
                for message in messages(&own.id, &woken) {
                    let args = Args::default().add(&own.channel).add(message);
                    if let Err(error) = conn.rows(Kind::Read, Arc::clone(&text), args).await {
                        tracing::debug!(%error, "cannot tell other processes of new work");
                    }
                }
                sleep(PAUSE).await;
            }
        });
        Self { shared, task: Some(task) }
    }

    /// One that collects what is to be told, to this process as well.
    pub(crate) fn silent(&self) -> Self {
        let channel = self.shared.channel.clone();
        let (woken, news) = (Mutex::default(), Notify::new());
        let shared = Shared { id: Uuid::new_v4(), channel, woken, news };
        Self { shared: Arc::new(shared), task: None }
    }

    /// What is to be told, and where.
    pub(crate) fn untold(&self) -> Vec<(String, String)> {
        let woken = std::mem::take(&mut *self.shared.lock());
        let messages = messages(&self.shared.id, &woken).into_iter();
        messages.map(|message| (self.shared.channel.clone(), message)).collect()
    }

    /// Passes on what has become ready.
    pub(crate) fn tell(&self, news: Woken) {
        if news.is_empty() {
            return;
        }
        let mut woken = self.shared.lock();
        for (worker_type, count) in news {
            let total = woken.entry(worker_type).or_default();
            *total = total.saturating_add(count);
        }
        drop(woken);
        self.shared.news.notify_one();
    }

    /// Listens for what others tell, from the first worker that waits until dropped.
    pub(crate) fn listen(&self, options: PgConnectOptions, hub: &Arc<WakeHub>) -> Listener {
        let (shared, hub) = (Arc::clone(&self.shared), Arc::clone(hub));
        Listener(tokio::spawn(async move {
            hub.somebody_waits().await;
            loop {
                let listening = AssertUnwindSafe(listen(&shared, &options, &hub)).catch_unwind();
                // The driver panics at an answer too many, which shall not end the listening.
                match listening.await.unwrap_or(Err(sqlx::Error::WorkerCrashed)) {
                    Ok(()) => {
                        tracing::warn!(
                            "notifications do not arrive, as behind some poolers: \
                             waiting workers ask once a second instead"
                        );
                        return;
                    }
                    Err(error) => tracing::debug!(%error, "the listener was lost"),
                }
                hub.notify_each_type();
                sleep(RECONNECT).await;
            }
        }))
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// The task that listens.
#[derive(Debug)]
pub(crate) struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Woken> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For a statement on a connection that answers nobody else.
const NO_STAMP: i64 = 0;

/// Listens until the connection is lost, or returns when notifications do not work.
async fn listen(
    shared: &Shared,
    options: &PgConnectOptions,
    hub: &WakeHub,
) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(2).min_connections(0);
    let pool = pool.connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(&shared.channel).await?;
    let token = format!("{}\nself-test", shared.id);
    let text = include_str!("../queries/notify.sql");
    let told = sqlx::query(text).bind(&shared.channel).bind(&token).bind(NO_STAMP);
    told.persistent(false).execute(&pool).await?;
    let arrives = async {
        while listener.recv().await?.payload() != token {}
        Ok::<_, sqlx::Error>(())
    };
    match timeout(SELF_TEST, arrives).await {
        Ok(outcome) => outcome?,
        Err(_) => return Ok(()),
    }
    // Whatever happened before this moment was not heard of.
    hub.notify_listening();
    loop {
        match listener.try_recv().await? {
            Some(message) => hear(shared, hub, message.payload()),
            None => hub.notify_listening(),
        }
    }
}

/// A message is who sends it, then a line for each worker type: a count and its name.
fn hear(shared: &Shared, hub: &WakeHub, payload: &str) {
    let mut lines = payload.lines();
    if lines.next().and_then(|id| id.parse().ok()) == Some(shared.id) {
        return;
    }
    for line in lines {
        match line.split_once(' ').map(|(count, name)| (count.parse(), name)) {
            Some((Ok(count), worker_type)) => hub.notify(worker_type, count),
            _ => hub.notify_each_type(),
        }
    }
}

fn messages(id: &Uuid, woken: &Woken) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for (worker_type, count) in woken {
        let line = format!("\n{count} {worker_type}");
        match messages.last_mut().filter(|last| last.len() + line.len() < MESSAGE) {
            Some(last) => last.push_str(&line),
            None => messages.push(format!("{id}{line}")),
        }
    }
    messages
}

/// The channel of a namespace, whose name may be too long to be one itself.
fn channel(namespace: &Namespace) -> String {
    let digest = sha1_smol::Sha1::from(namespace.as_str()).digest().to_string();
    format!("taskdb_{}", &digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_below_the_limit_of_the_server() {
        let woken: Woken = (0..100).map(|n| (format!("{n:0>255}"), n)).collect();
        let messages = messages(&Uuid::nil(), &woken);
        assert!(messages.len() > 1);
        assert!(messages.iter().all(|message| message.len() < 8_000));
        let lines: usize = messages.iter().map(|message| message.lines().count() - 1).sum();
        assert_eq!(lines, 100);
    }
}
