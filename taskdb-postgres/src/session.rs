//! What every verb needs: the way to the server, the texts, the clock, and whom to wake.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use taskdb_core::wake::WakeHub;
use taskdb_core::{Clock, Limits, Result};

use crate::args::Args;
use crate::conn::Kind;
use crate::error;
use crate::reply::{About, Reply, Woken};
use crate::sql::{Sql, Statement, Verb};
use crate::wake::Notifier;
use crate::within::Way;

/// An open namespace.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) conn: Way,
    pub(crate) sql: Arc<Sql>,
    pub(crate) limits: Limits,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) hub: Arc<WakeHub>,
    pub(crate) notifier: Notifier,
}

impl Session {
    /// The time, if it is not the server's.
    pub(crate) fn now(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock.now().as_micros())
    }

    /// Arguments that begin with the time.
    pub(crate) fn args(&self) -> Args {
        Args::default().add(self.now())
    }

    /// The most tasks of a job.
    pub(crate) fn max_tasks(&self) -> i64 {
        i64::try_from(self.limits.tasks_per_job).unwrap_or(i64::MAX)
    }

    /// Runs a statement that changes nothing.
    pub(crate) async fn read(&self, statement: Statement, args: Args) -> Result<Vec<PgRow>> {
        self.conn.rows(Kind::Read, self.sql.read(statement), args).await
    }

    /// Runs a verb and wakes whom it concerns; a refusal of its is the error.
    pub(crate) async fn verb(
        &self,
        verb: Verb,
        kind: Kind,
        args: Args,
        about: &About<'_>,
    ) -> Result<Reply> {
        let text = self.text(verb, kind, args).await;
        let reply = match text {
            Ok(text) => Reply::parse_text(&text)?,
            Err(error) => match error::raised(&error) {
                Some(refusal) => Reply::new(refusal)?,
                None => return Err(error),
            },
        };
        let mut reply = reply.accepted(about)?;
        self.wake(reply.woken()?);
        Ok(reply)
    }

    /// Runs a verb; what it answers, as text.
    pub(crate) async fn text(&self, verb: Verb, kind: Kind, args: Args) -> Result<String> {
        let rows = self.conn.rows(kind, self.sql.verb(verb), args).await?;
        let row = rows.first().ok_or_else(|| error::corrupt("a function did not answer"))?;
        crate::row::get(row, "answer")
    }

    /// Tells waiting workers, here and elsewhere.
    pub(crate) fn wake(&self, woken: Woken) {
        for (worker_type, count) in &woken {
            self.hub.notify(worker_type, *count);
        }
        self.notifier.tell(woken);
    }

    /// Runs whatever steps the release of a call has left.
    pub(crate) async fn carry_on(&self, mut unfinished: bool) -> Result<()> {
        while unfinished {
            let about = About::default();
            let step = self.verb(Verb::carry_on, Kind::Repeatable, self.args(), &about);
            unfinished = step.await?.flag()?;
        }
        Ok(())
    }

    /// Removes what deleted jobs have left, in steps between which others write.
    pub(crate) async fn empty_trash(&self) -> Result<()> {
        self.steps(Verb::empty_trash).await
    }

    /// Cuts the event log to its bounds, likewise.
    pub(crate) async fn cut_events(&self) -> Result<()> {
        self.steps(Verb::cut_events).await
    }

    /// Runs a verb until it answers that nothing is left.
    async fn steps(&self, verb: Verb) -> Result<()> {
        while self.text(verb, Kind::Repeatable, self.args()).await? == "true" {}
        Ok(())
    }
}
