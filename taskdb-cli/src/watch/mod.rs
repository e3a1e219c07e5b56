//! What the program shows to those who watch it: metrics, liveness and readiness, over HTTP.
//!
//! `http` is as much of a web server as probes and scrapers need, `metrics` the recorders, and
//! `logs` what the library says while it works. For networks that are trusted: there is no TLS
//! and no login.

mod http;
mod logs;
mod metrics;

pub(crate) use http::{Answer, Site, Socket};
pub(crate) use logs::begin as log;
pub(crate) use metrics::{Metrics, render};
