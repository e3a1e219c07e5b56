//! What the library says while it works, as lines on standard error, for those who ask for it.

use std::env;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::problem::Problem;

/// Which lines: a level, or a filter such as `info,taskdb_redis=debug`. None unless it is set.
const FILTER: &str = "TASKDB_LOG";
/// How they look: `text`, or `json` for an object a line.
const FORMAT: &str = "TASKDB_LOG_FORMAT";

/// Begins to write lines, if the environment says so.
pub(crate) fn begin() -> Result<(), Problem> {
    let Some(filter) = stated(FILTER) else { return Ok(()) };
    let filter = EnvFilter::try_new(&filter).map_err(|why| {
        Problem::Refused(format!("{FILTER} is no filter ({why}): use a level such as `info`"))
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Calls are spans at the level `debug`: a line for each, with its times.
        .with_span_events(FmtSpan::CLOSE);
    let begun = match stated(FORMAT).as_deref() {
        Some("json") => lines.json().try_init(),
        None | Some("text") => lines.with_ansi(false).try_init(),
        Some(_) => return Err(Problem::Refused(format!("{FORMAT} must be `text` or `json`"))),
    };
    begun.map_err(|why| Problem::Failed(format!("no log: {why}")))
}

/// A variable, unless it is empty.
fn stated(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
