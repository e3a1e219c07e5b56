//! Postgres: one server with a cluster of its own.
//!
//! The binaries `initdb` and `postgres` are those of the folder that
//! `TASKDB_TEST_POSTGRES_BIN` names, else those of the path, else the newest below
//! `/usr/lib/postgresql`.

mod cluster;
mod options;
mod server;

pub use options::{Options, binary};
pub(super) use options::{as_account, give};
pub use server::{ClientFiles, Server, shared};
