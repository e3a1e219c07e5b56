//! The worker runtime: handlers for tasks, and everything around them that a worker needs.
//!
//! A [`Worker`] takes tasks as they come, several at a time, keeps their claims alive, gives
//! each to its handler, and tells the store how it ended. It survives a store that goes
//! away, and stops in good order.
//!
//! ```
//! use taskdb::{Worker, worker};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//!
//! async fn count_words(text: String, _: worker::Context) -> worker::Result<usize> {
//!     Ok(text.split_whitespace().count())
//! }
//!
//! let db = taskdb::connect("sqlite://jobs.db").await?;
//! Worker::new(db).on("cpu", count_words).run().await?;
//! # Ok(())
//! # }
//! ```
//!
//! What it does when is told in `docs/worker.md`.
//!
//! # Layout
//!
//! * [`Worker`] (`builder`): what is said before it runs. `run`, `stop`: its life.
//! * [`Handler`], [`Context`], [`Error`]: what people write handlers with; `routes` finds
//!   the handler of a task, `inputs` the outputs it needs.
//! * `claimer`, `slot`, `attempt`, `report`, `renew`: from a claim to the word of the store;
//!   `hold` is what is in hand meanwhile.
//! * `store_link`, `backoff`: a store that is away.
//! * `chores`, `registry`: what is done beside tasks.
//! * [`Monitor`], [`Hooks`], [`Ended`]: what is heard of it.
//! * [`TraceLayer`]: a span around each attempt.
//! * `inline`: the same handlers without a running worker, for tests.

mod attempt;
mod backoff;
mod builder;
mod chores;
mod claimer;
mod context;
mod error;
mod handler;
pub(crate) mod hold;
mod hooks;
mod idle;
mod inline;
mod inputs;
mod measure;
mod outcome;
mod registry;
mod renew;
mod report;
mod routes;
mod run;
mod shared;
mod slot;
mod status;
mod stop;
mod store_link;
mod trace;

/// Runs the examples of `docs/worker.md`.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../docs/worker.md")]
struct Page;

pub use builder::Worker;
pub use chores::ChoreStatus;
pub use context::{Context, Request};
pub use error::{BoxError, Error, Result};
pub use handler::Handler;
pub use hold::Linger;
pub use hooks::Hooks;
pub use measure::WORKER_METRICS;
pub use outcome::Ended;
pub use routes::HandlerService;
pub use run::RunError;
pub use status::{Counts, Monitor, Status};
pub use stop::Stop;
pub use store_link::StoreState;
pub use trace::{Trace, TraceLayer};
