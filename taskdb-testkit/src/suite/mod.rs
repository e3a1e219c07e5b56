//! The harness of the conformance suite: backends in, a matrix of verdicts out.
//!
//! The cases themselves are in [`cases`](crate::cases). A test of a backend is a
//! binary with `harness = false` whose `main` is one call:
//!
//! ```no_run
//! use std::sync::Arc;
//! use taskdb_core::{ManualClock, Result, TaskDb};
//! use taskdb_testkit::model::Model;
//! use taskdb_testkit::suite::{self, Backend, Opened, async_trait};
//!
//! struct InMemory;
//!
//! #[async_trait]
//! impl Backend for InMemory {
//!     fn name(&self) -> &str {
//!         "model"
//!     }
//!     async fn open(&self, _namespace: &str) -> Result<Opened> {
//!         let clock = ManualClock::default();
//!         let db = TaskDb::new(Model::new(Arc::new(clock.clone())));
//!         Ok(Opened { other: db.clone(), db, clock })
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     suite::run(vec![Arc::new(InMemory)])
//! }
//! ```

mod backend;
mod case;
mod options;
mod panics;
mod report;
mod runner;

/// What an implementation of [`Backend`] is marked with.
#[doc(no_inline)]
pub use async_trait::async_trait;
pub use backend::{Backend, Opened};
pub(crate) use case::cases;
pub use case::{Case, World};
pub use options::Options;
pub use report::{Report, Verdict};
pub use runner::{check, run, run_with};
