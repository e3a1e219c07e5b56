//! The benchmark program: every workload beside its limit, on any backend, as a
//! table, as JSON and as plots. It measures time and asserts none of it; that the
//! work was really done, it does check.
//!
//! `cargo bench --bench workloads` runs it as a program; other programs call [`run`]:
//!
//! ```
//! use clap::Parser;
//! use taskdb_bench::Args;
//!
//! let line = ["bench", "--backend", "memory:", "--workload", "chain", "--quick"];
//! let report = taskdb_bench::run(&Args::parse_from(line))?;
//! assert!(report.figures.iter().all(|figure| figure.value > 0.0));
//! # Ok::<(), taskdb_bench::Error>(())
//! ```
//!
//! # Layout
//!
//! * `args`, `program`, `run`: the command line, and from there to a report.
//! * `workload`: what is measured, a file each; `load`: what workloads are made of.
//! * `limit`: what the machine could do at best; `bytes`: what a store takes; a file a
//!   backend. `place`: where fresh stores are made, a file a kind of store.
//! * `bench`, `measure`: how often, how long, and the medians of it.
//! * `calls`, `machine`, `child`, `server`, `database`, `instructions`: counting calls, asking
//!   the machine, a second process, a Redis and a Postgres server as their operators see them,
//!   and what a processor does for one.
//! * `figure`, `goal`: results, and what they should be.
//! * `report`: what the reader sees: of one run, and of several put together.

mod args;
mod bench;
mod bytes;
mod calls;
mod child;
mod database;
mod error;
mod figure;
mod goal;
mod instructions;
mod limit;
mod load;
mod machine;
mod measure;
mod place;
mod program;
mod report;
mod run;
mod server;
mod workload;

pub use args::Args;
pub use error::{Error, Result};
pub use figure::{Bound, Figure, Unit, Verdict};
pub use goal::Goal;
pub use machine::Machine;
pub use program::main;
pub use report::{Report, Store};
pub use run::run;
