//! Calls inside of a transaction of the caller.
//!
//! The calls are those of any handle, with all its layers. Where a statement would go to
//! the pool, it is handed to whoever holds the caller's connection, and that is the one
//! that polls the calls: nothing here runs in the background or outlives it.

use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Executor as _};
use taskdb_core::error::Failure;
use taskdb_core::wake::WakeHub;
use taskdb_core::{Result, TaskDb, TaskDbErr};
use tokio::sync::{mpsc, oneshot};

use crate::args::Args;
use crate::conn::{Conn, Kind, Stamp};
use crate::error::{Fault, corrupt};
use crate::row::get;
use crate::session::Session;
use crate::sql::{self, Statement};
use crate::store::PostgresStore;
use crate::wake::Notifier;

/// How statements reach the server.
#[derive(Debug)]
pub(crate) enum Way {
    /// Each in a transaction of its own.
    Pool(Conn),
    /// All in that of somebody else.
    Within(mpsc::UnboundedSender<Order>),
}

/// A statement for the holder of the connection.
#[derive(Debug)]
pub(crate) struct Order {
    sql: Arc<str>,
    args: PgArguments,
    answer: oneshot::Sender<Result<Vec<PgRow>, Fault>>,
}

impl Way {
    /// Runs a statement and collects its rows. Within a transaction nothing is sent again:
    /// a statement that fails there has ended it.
    pub(crate) async fn rows(&self, kind: Kind, sql: Arc<str>, args: Args) -> Result<Vec<PgRow>> {
        let orders = match self {
            Self::Pool(conn) => return conn.rows(kind, sql, args).await,
            Self::Within(orders) => orders,
        };
        let (stamp, (answer, reply)) = (Stamp::new(), oneshot::channel());
        let sent = orders.send(Order { sql, args: stamp.behind(args), answer });
        let over =
            || TaskDbErr::Unavailable(Failure::new("the transaction of this handle is over"));
        sent.map_err(|_| over())?;
        Ok(stamp.open(reply.await.map_err(|_| over())??)?)
    }
}

/// Makes the calls of `work` on a connection.
pub(crate) async fn run<T>(
    session: &Session,
    worker_id: &str,
    conn: &mut PgConnection,
    work: impl AsyncFnOnce(TaskDb) -> Result<T>,
) -> Result<T> {
    let Way::Pool(pool) = &session.conn else {
        return Err(TaskDbErr::Config("a transaction cannot be within another one".to_owned()));
    };
    let mut holder = Holder { conn, statement_cache: pool.statement_cache };
    holder.check(session).await?;
    let (sender, mut orders) = mpsc::unbounded_channel();
    let own = Arc::new(Session {
        conn: Way::Within(sender),
        sql: Arc::clone(&session.sql),
        limits: session.limits,
        clock: session.clock.clone(),
        hub: WakeHub::new(),
        notifier: session.notifier.silent(),
    });
    let store = PostgresStore::on(Arc::clone(&own));
    let db = TaskDb::with_limits(store, session.limits)?.as_worker(worker_id);
    let mut work = std::pin::pin!(work(db));
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            Some(order) = orders.recv() => {
                let answer = holder.run(&order.sql, order.args).await;
                // Whoever asked may have gone meanwhile.
                let _ = order.answer.send(answer);
            }
        }
    };
    holder.tell(session, &own.notifier).await;
    outcome
}

/// Who runs the statements.
struct Holder<'a> {
    conn: &'a mut PgConnection,
    statement_cache: bool,
}

impl Holder<'_> {
    async fn run(&mut self, sql: &Arc<str>, args: PgArguments) -> Result<Vec<PgRow>, Fault> {
        let query = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), args);
        Ok(self.conn.fetch_all(query.persistent(self.statement_cache)).await?)
    }

    /// Refuses a connection on which calls would fail or be wrong.
    async fn check(&mut self, session: &Session) -> Result<()> {
        let args = Args::default().add(session.sql.namespace()).add(sql::hash());
        let rows = self.run(&session.sql.statement(Statement::within), args.into_inner()).await?;
        let row = rows.first().ok_or_else(|| corrupt("the server does not tell the isolation"))?;
        let refuse = |why: String| Err(TaskDbErr::Config(why));
        if !get::<bool>(row, "reached")? {
            return refuse(format!(
                "this connection does not reach the namespace {}: use one to the same database",
                session.sql.schema
            ));
        }
        match get::<String>(row, "isolation")?.as_str() {
            // Calls take a lock and then look at what others have committed before it.
            "read committed" => Ok(()),
            other => {
                refuse(format!("calls need a transaction that is `read committed`, not `{other}`"))
            }
        }
    }

    /// Tells waiting workers of new work; the server passes it on with the commit. It is a
    /// hint, so what is lost by a transaction that has failed is no loss.
    async fn tell(&mut self, session: &Session, notifier: &Notifier) {
        for (channel, message) in notifier.untold() {
            let args = Args::default().add(channel).add(message);
            let text = session.sql.statement(Statement::notify_within);
            if let Err(error) = self.run(&text, args.into_inner()).await {
                tracing::debug!(?error, "cannot tell workers of new work");
                return;
            }
        }
    }
}
