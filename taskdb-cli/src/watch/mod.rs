//! What the program shows to those who watch it: metrics, liveness and readiness, over HTTP.
//!
//! `http` is as much of a web server as probes and scrapers need, `metrics` the recorders, and
//! `logs` what the library says while it works. For networks that are trusted: there is no TLS
//! and no login. `traces` is what the program does for OpenTelemetry, and `otlp`, with the feature
//! `otel`, sends it to a collector.

mod http;
mod logs;
mod metrics;
#[cfg(feature = "otel")]
mod otlp;
mod traces;

pub(crate) use http::{Answer, Site, Socket};
pub(crate) use logs::begin;
pub(crate) use metrics::{Metrics, render};
pub(crate) use traces::{Traces, TracesArgs, in_trace, trace};
