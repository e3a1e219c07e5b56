//! The Redis store of TaskDB: one server, Sentinel or Cluster, one script a verb.
//!
//! # Layout
//!
//! * [`Config`]: which servers, which namespace; `address`: the URLs they are named by.
//! * `conn/`: the connection that is made anew when lost, and calls that are sent again.
//! * `script`: what the server runs; `check`: whether it can be trusted with work.
//! * `error`: what became of a command that failed.

// The verbs, which call this layer, are not part of it.
#![cfg_attr(not(test), expect(dead_code, unused_imports))]

mod address;
mod check;
mod config;
mod conn;
mod error;
mod script;

pub use config::{Config, Tls, Verify};
