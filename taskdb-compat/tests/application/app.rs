//! The application: agents and loops over one handle, started and stopped together.

use std::time::Duration;

use taskdb::{Handle, TaskDbErr};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::agent::Agent;
use crate::status::{Response, session_status};

/// How long a test waits for anything before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the application goes on.
#[derive(Clone)]
pub(crate) struct Running(watch::Receiver<bool>);

impl Running {
    pub(crate) fn goes_on(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it does not.
    pub(crate) async fn ended(&self) {
        // It has ended as well when the application is gone.
        let _ = self.0.clone().wait_for(|goes_on| !goes_on).await;
    }

    /// What an application does between two looks at the store.
    pub(crate) async fn pause(&self) {
        sleep(Duration::from_millis(3)).await;
    }
}

/// What agents and loops report.
#[derive(Clone)]
pub(crate) struct Log(UnboundedSender<String>);

impl Log {
    pub(crate) fn say(&self, line: String) {
        // A test that has seen enough no longer listens.
        let _ = self.0.send(line);
    }
}

pub(crate) struct App<H> {
    db: H,
    switch: watch::Sender<bool>,
    running: Running,
    log: Log,
    lines: UnboundedReceiver<String>,
    parts: JoinSet<Result<(), TaskDbErr>>,
}

impl<H: Handle + Clone + 'static> App<H> {
    /// Nothing runs yet.
    pub(crate) fn new(db: &H) -> Self {
        let (sender, lines) = unbounded_channel();
        let (switch, running) = watch::channel(true);
        let (running, log) = (Running(running), Log(sender));
        Self { db: db.clone(), switch, running, log, lines, parts: JoinSet::new() }
    }

    /// An executor and two provers that poll, a joiner that waits in the store.
    pub(crate) fn agents(mut self) -> Self {
        for worker_type in ["exec", "prove", "prove"] {
            let agent = self.agent(worker_type);
            self.parts.spawn(agent.poll_work());
        }
        let joiner = self.agent("join");
        self.parts.spawn(joiner.wait_for_work());
        self
    }

    fn agent(&self, worker_type: &'static str) -> Agent<H> {
        let (running, log) = (self.running.clone(), self.log.clone());
        Agent { db: self.db.clone(), worker_type, running, log }
    }

    /// Runs a loop beside what runs already.
    pub(crate) fn with<F>(mut self, part: impl FnOnce(H, Running, Log) -> F) -> Self
    where
        F: Future<Output = Result<(), TaskDbErr>> + Send + 'static,
    {
        self.parts.spawn(part(self.db.clone(), self.running.clone(), self.log.clone()));
        self
    }

    /// Returns when a part reports a line that begins so.
    pub(crate) async fn reports(&mut self, start: &str) -> String {
        let found = async {
            loop {
                let line = self.lines.recv().await.expect("the application holds a sender");
                if line.starts_with(start) {
                    return line;
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("nobody reported `{start}`"))
    }

    /// Asks for the status of a session until it is over.
    pub(crate) async fn outcome(&self, job_id: &Uuid, user_id: &str) -> Response {
        let over = async {
            loop {
                let response = session_status(&self.db, job_id, user_id).await;
                if response.body["status"] != "RUNNING" {
                    return response;
                }
                self.running.pause().await;
            }
        };
        timeout(PATIENCE, over).await.unwrap_or_else(|_| panic!("job {job_id} does not end"))
    }

    /// Ends all parts; none may have failed.
    pub(crate) async fn stop(mut self) {
        self.switch.send_replace(false);
        while let Some(part) = self.parts.join_next().await {
            part.expect("no part panics").expect("no part fails");
        }
    }
}
