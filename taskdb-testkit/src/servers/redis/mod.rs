//! Redis: one server, Sentinel with a replica, a cluster.
//!
//! The binary is `redis-server`, or what `TASKDB_TEST_REDIS_SERVER` names, such as
//! `valkey-server`.

mod admin;
mod cluster;
mod options;
mod sentinel;
mod server;

pub use cluster::Cluster;
pub use options::{Options, binary, valkey};
pub use sentinel::Sentinel;
pub use server::{Server, shared};

/// What a replica prints when it has caught up; releases differ in what comes before.
const IN_SYNC: &str = "<-> REPLICA sync: Finished with success";
