//! The whole way of a copy, from an empty target to an open one.
//!
//! * `begin`: what the target says about itself, and the mark that closes it.
//! * `offline`: a source that is not in use, in one pass.
//! * `live`: a store that is in use: what has finished first, then the cut-over.
//! * `delta`: which jobs the target lacks or has otherwise.
//! * `events`: the event log of a store, if it is asked for.
//! * `streams`: streams that have changed meanwhile.
//! * `groups`: pages cut so that jobs come whole.
//! * `writer`: groups into the target, and the mark moved on.
//!
//! Whatever has been done is found again by the mark, and every step can be repeated, so
//! that a copy which was cut off goes on when it is called again.

mod begin;
mod delta;
mod events;
mod groups;
mod live;
mod offline;
mod streams;
mod writer;

use std::time::Duration;

use serde::Serialize;
use taskdb::store::Gate;

use crate::adapt::{Adapt, Running};
use crate::counts::Counts;
use crate::digest::Digest;
use crate::error::{MigrateErr, Result};
use crate::mark::{Mark, Stage};
use crate::source::{Mended, Shared};
use crate::target::Target;
use crate::verify::VerifyReport;
use crate::watch::{Event, Watch};
pub(crate) use begin::{being_filled, log_not_empty, not_empty};

/// What becomes of the gate of a source that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SourceGate {
    /// It is closed for the cut-over and stays so.
    #[default]
    Close,
    /// It is closed for the cut-over and then set back, so that there are two of everything.
    Hold,
    /// It is not touched, and must be `read-only` already.
    Leave,
}

/// How to copy.
#[derive(Debug, Clone, Copy, Default)]
pub struct CopyOptions {
    /// What becomes of tasks that are being worked on.
    pub running: Running,
    /// Whether names beyond the hard cap become shorter ones.
    pub rename_long: bool,
    /// What becomes of the gate of the source.
    pub source_gate: SourceGate,
    /// Whether the event log goes along, to a log that is empty.
    pub events: bool,
}

impl CopyOptions {
    /// What they make of records.
    pub fn adapt(&self) -> Adapt {
        Adapt::new(self.running, self.rename_long).events(self.events)
    }
}

/// What a copy has done.
#[derive(Debug, Clone, Serialize)]
pub struct CopyReport {
    /// The source, without a password.
    pub from: String,
    /// The target, without a password.
    pub to: String,
    /// An earlier call had done it all.
    pub already_done: bool,
    /// An earlier call had begun it.
    pub resumed: bool,
    /// What the target held when it was opened, of a source that was in use with its tasks in
    /// the states that callers see; of a copy done before, nothing.
    pub counts: Counts,
    /// The sum of the digests of what was verified last: of everything, or at the cut-over.
    pub digest: Digest,
    /// Seconds in which neither store took changes.
    pub pause_secs: f64,
    /// What was put right in the source.
    pub mended: Vec<Mended>,
}

/// A copy under way.
struct Transfer<'a> {
    source: Shared,
    target: &'a Target,
    options: &'a CopyOptions,
    watch: &'a dyn Watch,
    mark: Mark,
}

/// Copies everything from a source to a store, verifies it, and opens the store.
///
/// The target must be empty, or hold what an earlier call with the same arguments has left.
/// It is closed with a mark until everything is there. A store as a source can be in use:
/// what has finished is copied and checked first, then its gate closes, and the rest follows.
///
/// # Errors
///
/// `Refused` before anything is written; `Differs` when the verification fails, which leaves
/// the target closed; and whatever the stores answer. Call it again to go on.
pub async fn copy(
    source: Shared,
    target: &Target,
    options: &CopyOptions,
    watch: &dyn Watch,
) -> Result<CopyReport> {
    let mark = Mark::new(source.name(), options);
    let begun = begin::begin(&source, target, options, mark).await?;
    let (mark, resumed, done) = match begun {
        begin::Begun::Fresh(mark) => (mark, false, false),
        begin::Begun::Resumed(mark) => (mark, true, false),
        begin::Begun::Done(mark) => (mark, true, true),
    };
    let live = source.store().cloned();
    let mut copy = Transfer { source, target, options, watch, mark };
    if done {
        if let Some(db) = &live {
            live::reopen(&copy, db).await?;
        }
        return copy.report(None, resumed, Duration::ZERO).await;
    }
    if resumed {
        watch.tell(Event::Note("an earlier copy goes on"));
    }
    let (verified, pause) = match live {
        Some(db) => live::run(&mut copy, &db).await?,
        None => (offline::run(&mut copy).await?, Duration::ZERO),
    };
    copy.report(verified.as_ref(), resumed, pause).await
}

impl Transfer<'_> {
    async fn report(
        &self,
        verified: Option<&VerifyReport>,
        resumed: bool,
        pause: Duration,
    ) -> Result<CopyReport> {
        Ok(CopyReport {
            from: self.source.name().to_owned(),
            to: self.target.name().to_owned(),
            already_done: verified.is_none(),
            resumed,
            counts: verified.map(|found| found.to).unwrap_or_default(),
            digest: verified.map(|found| found.digest_to).unwrap_or_default(),
            pause_secs: pause.as_secs_f64(),
            mended: self.source.mended().await?,
        })
    }

    /// Moves the mark on to a stage.
    async fn enter(&mut self, stage: Stage) -> Result<()> {
        self.mark.stage = stage;
        self.note().await
    }

    /// Writes the mark; the target stays closed.
    async fn note(&self) -> Result<()> {
        self.target.mark(Gate::ReadOnly, Some(&self.mark)).await
    }

    /// Opens the target, which is complete.
    async fn open(&mut self) -> Result<()> {
        self.enter(Stage::Opening).await?;
        self.mark.stage = Stage::Done;
        self.mark.cursor = None;
        self.target.mark(Gate::Open, Some(&self.mark)).await
    }

    /// Refuses to go on with a target that differs.
    fn judge(&self, report: VerifyReport) -> Result<VerifyReport> {
        if report.is_clean() {
            return Ok(report);
        }
        Err(MigrateErr::Differs(format!(
            "{} does not hold what {} does and stays closed:\n{}",
            self.target.name(),
            self.source.name(),
            report.complaint()
        )))
    }
}
