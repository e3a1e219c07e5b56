//! Redis: one server, Sentinel with a replica, a cluster.
//!
//! The binary is `redis-server`, or what `TASKDB_TEST_REDIS_SERVER` names, such as
//! `valkey-server`.

mod admin;
mod options;
mod server;

pub use options::Options;
pub use server::{Server, shared};
