//! The connection of a store: one for all calls, made anew when it is lost.
//!
//! A call runs one script in one round trip. What surely did not run is sent again
//! until the call's time is over; what may have run, only where that is harmless.

mod endpoint;
mod link;
mod retry;
mod subscribe;
mod tls;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use redis::{RedisResult, Value};
use taskdb_core::Result;
use taskdb_core::TaskDbErr;
use taskdb_core::error::Failure;
use tokio::time::{Instant, timeout_at};

use crate::check;
use crate::config::{Config, Retry};
use crate::error::{self, Fault};
use crate::script::{Kind, Script};
use endpoint::Endpoint;
use link::{Link, Live};
use retry::Attempts;
pub(crate) use subscribe::{Event, Subscription};
use wire::{Call, Reply};
pub(crate) use wire::{SLOTS, slot};

/// A connection that all calls of a store share; clones are the same one.
#[derive(Clone)]
pub(crate) struct Conn(Arc<Shared>);

struct Shared {
    link: Link,
    retry: Retry,
    /// How long a call may take with all its repeats.
    limit: Duration,
    /// How many replicas must have a change before it is acknowledged.
    replicas: u32,
    round_trips: AtomicU64,
    version: OnceLock<String>,
    #[cfg(test)]
    bend: std::sync::Mutex<Option<Bend>>,
}

/// Changes answers of scripts before they are read.
#[cfg(test)]
pub(crate) type Bend = Box<dyn FnMut(Value) -> Value + Send>;

impl Conn {
    /// Connects, and checks that the servers can be trusted with work.
    ///
    /// # Errors
    ///
    /// `Config` for settings that cannot work, on this side or on the server's;
    /// `Unavailable` when no server answers.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        config.check()?;
        let endpoint = Endpoint::new(config)?;
        let conn = Self(Arc::new(Shared {
            link: Link::new(endpoint, config.connect_timeout),
            retry: config.retry,
            limit: config.response_timeout,
            replicas: config.wait_replicas,
            round_trips: AtomicU64::new(0),
            version: OnceLock::new(),
            #[cfg(test)]
            bend: std::sync::Mutex::default(),
        }));
        let deadline = Instant::now() + config.response_timeout;
        // Nobody there is an answer; a server that is still loading is waited for.
        conn.0.link.live(deadline).await.map_err(|fault| unreached(config, fault))?;
        let mut attempts = Attempts::new(config.retry, config.response_timeout, Kind::Read);
        let infos = loop {
            match conn.0.info(deadline).await {
                Ok(infos) => break infos,
                Err(fault) => attempts.again(fault).await?,
            }
        };
        check::servers(&infos, config)?;
        conn.0.version.get_or_init(|| check::version_of(&infos));
        Ok(conn)
    }

    /// Runs a script on the slot of `key`, which it gets as `KEYS[1]`; `kind` tells whether
    /// it may be sent again.
    ///
    /// # Errors
    ///
    /// `Unavailable` when it surely did not run, `Unknown` when it may have, and what
    /// the server or the script says.
    pub(crate) async fn run(
        &self,
        script: &'static Script,
        kind: Kind,
        key: &str,
        args: Vec<Vec<u8>>,
    ) -> Result<Value> {
        let shared = &*self.0;
        let replicas = if kind == Kind::Read { 0 } else { shared.replicas };
        let call = Call::new(script, key, &args).and_wait(replicas, shared.limit / 5);
        let deadline = Instant::now() + shared.limit;
        let mut attempts = Attempts::new(shared.retry, shared.limit, kind);
        let reply = loop {
            match shared.attempt(&call, deadline, &mut attempts).await {
                Ok(reply) => break reply,
                Err(Fault::Broken(error)) => return Err(error::broken(script, error)),
                Err(fault) => attempts.again(fault).await?,
            }
        };
        match reply.replicas {
            Some(reached) if reached < u64::from(replicas) => Err(too_few(reached, replicas)),
            #[cfg(test)]
            _ => Ok(match &mut *shared.bend.lock().unwrap() {
                Some(bend) => bend(reply.value),
                None => reply.value,
            }),
            #[cfg(not(test))]
            _ => Ok(reply.value),
        }
    }

    /// Lets answers be changed from now on, or no more.
    #[cfg(test)]
    pub(crate) fn bend(&self, bend: Option<Bend>) {
        *self.0.bend.lock().unwrap() = bend;
    }

    /// The version of the server, as it was when the store was opened.
    pub(crate) fn version(&self) -> &str {
        self.0.version.get().map_or("", String::as_str)
    }

    /// Listens to these channels on a connection of its own.
    pub(crate) fn subscribe(&self, channels: Vec<String>) -> Subscription {
        Subscription::new(self.clone(), channels)
    }

    /// How often something was sent to a server; handshakes and subscriptions do not count.
    #[cfg(test)]
    pub(crate) fn round_trips(&self) -> u64 {
        self.0.round_trips.load(Ordering::Relaxed)
    }
}

impl Shared {
    async fn info(&self, deadline: Instant) -> Result<Vec<String>, Fault> {
        let live = self.link.live(deadline).await?;
        self.ask(&live, deadline, live.wire().info()).await
    }

    async fn attempt(
        &self,
        call: &Call,
        deadline: Instant,
        attempts: &mut Attempts,
    ) -> Result<Reply, Fault> {
        let live = self.link.live(deadline).await?;
        let mut answer = self.ask(&live, deadline, live.wire().send(call)).await;
        if answer.as_ref().is_err_and(Fault::wants_script) {
            attempts.doubt();
            let loaded = self.ask(&live, deadline, live.wire().load(call)).await;
            loaded.map_err(Fault::before_the_call)?;
            answer = self.ask(&live, deadline, live.wire().send(call)).await;
        }
        if answer.as_ref().is_err_and(Fault::is_told) {
            self.ask(&live, deadline, live.wire().keeps_step(call)).await?;
        }
        answer
    }

    /// One round trip, in time, and what it tells of the health of the connection.
    async fn ask<T>(
        &self,
        live: &Live,
        deadline: Instant,
        question: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Fault> {
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("taskdb_round_trips_total", "backend" => "redis").increment(1);
        match timeout_at(deadline, question).await {
            Err(_) => {
                live.timed_out();
                Err(Fault::no_answer())
            }
            Ok(Err(error)) => Err(Fault::from(error)).inspect_err(|fault| live.judge(fault)),
            Ok(Ok(answer)) => {
                live.answered();
                Ok(answer)
            }
        }
    }
}

/// The first connection of a store says whom it tried to reach.
fn unreached(config: &Config, fault: Fault) -> TaskDbErr {
    match fault {
        Fault::NotRun(error) => TaskDbErr::Unavailable(
            Failure::new(format!("no connection to {}", config.address)).caused_by(error),
        ),
        other => other.into(),
    }
}

fn too_few(reached: u64, wanted: u32) -> TaskDbErr {
    TaskDbErr::Unknown(Failure::new(format!(
        "the change is made, but {reached} of {wanted} replicas had it in time; \
         a failover now would lose it"
    )))
}
