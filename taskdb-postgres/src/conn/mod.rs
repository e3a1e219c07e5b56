//! Calls on the pool: each runs to its end whatever becomes of its caller.
//!
//! A statement is a transaction; behind a pooler that has to be said, for the driver sends a
//! statement and its arguments apart, and the pooler may hand out another connection in
//! between. It runs in a task of its own, so that a caller who
//! goes away leaves no connection behind in the middle of an answer.

mod retry;
mod stamp;
mod warm;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use taskdb_core::error::Failure;
use taskdb_core::{Result, TaskDbErr};
use tokio::time::{Instant, timeout_at};

use crate::args::Args;
use crate::config::{Config, Retry};
use crate::error::Fault;
use crate::sql::STEP;
pub(crate) use stamp::Stamp;
use warm::{Kept, Waiting, Warm};

/// Whether a statement may run twice for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Changes nothing.
    Read,
    /// Changes something, and finds by natural ids that it has done so already.
    Repeatable,
    /// Would do it again.
    Once,
}

/// The way to a server.
#[derive(Debug, Clone)]
pub(crate) struct Conn {
    pub(crate) pool: PgPool,
    /// Where nobody else uses the pool: the connections used last.
    warm: Option<Arc<Warm>>,
    /// Whether connections keep prepared statements; not through poolers that hand out
    /// another connection for each transaction.
    pub(crate) statement_cache: bool,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) retry: Retry,
}

impl Conn {
    /// Takes connections of a pool; `own` tells that nobody else does.
    pub(crate) fn new(pool: PgPool, own: bool, config: &Config) -> Self {
        Self {
            pool,
            warm: own.then(Arc::default),
            statement_cache: config.statement_cache,
            connect_timeout: config.connect_timeout,
            response_timeout: config.response_timeout,
            retry: config.retry,
        }
    }

    /// Runs a statement and collects its rows.
    pub(crate) async fn rows(&self, kind: Kind, sql: Arc<str>, args: Args) -> Result<Vec<PgRow>> {
        let conn = self.clone();
        let task = tokio::spawn(async move {
            let deadline = Instant::now() + conn.response_timeout;
            let attempt = || conn.attempt(Arc::clone(&sql), args.clone(), deadline);
            retry::run(conn.retry, deadline, kind, attempt).await
        });
        match task.await {
            Ok(outcome) => Ok(outcome?),
            Err(error) => {
                Err(TaskDbErr::Unknown(Failure::new("the call was cut short").caused_by(error)))
            }
        }
    }

    async fn attempt(
        &self,
        sql: Arc<str>,
        args: Args,
        deadline: Instant,
    ) -> Result<Vec<PgRow>, Fault> {
        let mut kept = self.connection(deadline).await?;
        let conn = kept.conn().ok_or_else(Fault::no_connection)?;
        let answer = timeout_at(deadline, self.answer(conn, sql, args));
        let answer = match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Fault::no_answer()),
            // The driver panics at an answer too many.
            Err(_) => Err(Fault::out_of_step()),
        };
        match (&answer, &self.warm) {
            // What it still waits for, or was told once too often, must not reach the next call.
            (Err(Fault::Maybe(_)), _) => kept.close_on_drop(),
            (Ok(_), Some(warm)) => warm.keep(kept),
            _ => {}
        }
        answer
    }

    /// Runs a statement; what comes back is its answer and not that of another one.
    async fn answer(
        &self,
        conn: &mut PgConnection,
        sql: Arc<str>,
        args: Args,
    ) -> Result<Vec<PgRow>, Fault> {
        let stamp = Stamp::new();
        let fault = match self.run(conn, sql, stamp.behind(args)).await {
            Ok(rows) => return stamp.open(rows),
            Err(error) => Fault::from(error),
        };
        if !matches!(fault, Fault::Maybe(_)) {
            // An error of the server bears no stamp.
            let stamp = Stamp::new();
            match self.run(conn, Arc::from(STEP), stamp.behind(Args::default())).await {
                Ok(rows) => stamp.open(rows)?,
                // The server has ended the session with this error, or with one before.
                Err(_) => return Err(fault.in_doubt()),
            };
        }
        Err(fault)
    }

    async fn connection(&self, deadline: Instant) -> Result<Kept, Fault> {
        let waiting = match &self.warm {
            None => None,
            Some(warm) => match warm.take() {
                Some(kept) => return Ok(kept),
                None => Some(Waiting(warm)),
            },
        };
        let patience = deadline.min(Instant::now() + self.connect_timeout);
        let acquired = timeout_at(patience, self.pool.acquire()).await;
        drop(waiting);
        let conn = acquired.map_err(|_| Fault::no_connection())?.map_err(Fault::connecting)?;
        Ok(Kept::new(conn))
    }

    async fn run(
        &self,
        conn: &mut PgConnection,
        sql: Arc<str>,
        args: PgArguments,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        // Behind a pooler a statement is prepared each time, and its transaction begun and ended,
        // by requests of their own.
        let requests = if self.statement_cache { 1 } else { 4 };
        metrics::counter!("taskdb_round_trips_total", "backend" => "postgres").increment(requests);
        let query = sqlx::query_with(AssertSqlSafe(sql), args).persistent(self.statement_cache);
        if self.statement_cache {
            return conn.fetch_all(query).await;
        }
        let mut transaction = conn.begin().await?;
        match transaction.fetch_all(query).await {
            Ok(rows) => transaction.commit().await.map(|()| rows),
            Err(error) => {
                // The connection is handed back without what has failed; one that cannot
                // even do this is found out before its next use.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }
}
