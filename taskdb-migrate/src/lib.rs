//! Moves everything a TaskDB holds from one store to another: complete, verified, and
//! resumed by the same call after any end.
//!
//! ```
//! use std::sync::Arc;
//! use serde_json::json;
//! use taskdb_migrate::{CopyOptions, Silent, StoreSource, Target, copy};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let from = taskdb::connect("memory:").await?;
//! let cpu = from.create_stream("cpu", 1, 1.0, "alice").await?;
//! let job = from.create_job(&cpu, &json!({"n": 1}), 3, 300, "alice").await?;
//!
//! let source = Arc::new(StoreSource::new("the old store", from));
//! let target = Target::new("the new store", taskdb::connect("memory:").await?);
//! let report = copy(source, &target, &CopyOptions::default(), &Silent).await?;
//! assert_eq!((report.counts.jobs, report.counts.tasks()), (1, 1));
//!
//! // The new store is open, and goes on where the old one was closed.
//! assert_eq!(target.db().request_work("cpu").await?.expect("init").job_id, job);
//! # Ok::<(), taskdb_migrate::MigrateErr>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//!
//! * [`Place`]: a URL or a file, as the command line has it.
//! * [`Source`]: where records come from; [`Target`]: the store they go to.
//! * [`copy`]: the whole way, with its cut-over; the mark in the target says how far it is.
//! * [`verify`]: compares two places record by record, and audits the second.
//! * [`dump`](dump()): everything into a file; [`DumpSource`] reads one.
//! * [`check`]: what would not fit, before anything is done; [`status`]: what a place holds.
//! * [`Watch`]: who is told how it goes.
//! * [`program`]: the command line of the program `taskdb-migrate`.

mod adapt;
mod check;
mod compare;
mod copy;
mod counts;
mod digest;
mod dump;
mod error;
mod listed;
mod log;
mod mark;
mod named;
mod pages;
mod place;
pub mod program;
mod source;
mod status;
mod target;
mod up;
mod verify;
mod watch;

pub use adapt::{Adapt, Running};
pub use check::{CheckReport, Finding, Weight, check};
pub use compare::Difference;
pub use copy::{CopyOptions, CopyReport, SourceGate, copy};
pub use counts::Counts;
pub use dump::{DumpOptions, DumpReport, DumpSource, dump};
pub use error::{MigrateErr, Result};
pub use mark::{Mark, Stage};
pub use place::Place;
pub use source::{LegacySource, Mended, Source, StoreSource};
pub use status::{Status, status};
pub use target::Target;
pub use verify::{VerifyReport, verify};
pub use watch::{Event, Silent, Watch};
