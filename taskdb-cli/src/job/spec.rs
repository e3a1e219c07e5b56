//! What jobs and tasks have in common when they are created from the command line.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use crate::graph::Millis;
use crate::problem::Problem;

/// What a task has to do.
#[derive(Debug, Args)]
pub(crate) struct Definition {
    /// What to do, as JSON; `-` reads it from standard input.
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    definition: String,
}

impl Definition {
    /// The value, read before anything is written.
    pub(crate) fn read(&self) -> Result<Value, Problem> {
        let text = match self.definition.as_str() {
            "-" => std::io::read_to_string(std::io::stdin().lock())?,
            text => text.to_owned(),
        };
        serde_json::from_str(&text).map_err(|why| {
            let example = "a text needs quotes of its own, as in --definition '\"text\"'";
            Problem::Refused(format!("the definition is not JSON: {why}; {example}"))
        })
    }
}

/// How often and how long a task is tried, and from when on.
#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// How often it is tried again after a failure.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) retries: i32,

    /// How long an attempt may go without progress, such as 30s or 1h.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    timeout: Duration,

    /// Not before this time has passed.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
}

impl Limits {
    /// The timeout as the engine takes it: whole seconds, rounded up.
    pub(crate) fn timeout_secs(&self) -> i32 {
        whole_secs(self.timeout)
    }
}

/// Whole seconds, rounded up.
pub(crate) fn whole_secs(time: Duration) -> i32 {
    i32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(i32::MAX)
}

/// Reads `500ms`, `30s` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let read = Millis::parse(text).map(Millis::duration);
    read.ok_or_else(|| "use a time above zero, such as 500ms, 30s or 1h 30m".to_owned())
}
