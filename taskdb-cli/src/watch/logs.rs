//! What the library says while it works, as lines on standard error, for those who ask for it;
//! and its spans, for collectors of traces.

use std::env;

use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::traces::TracesArgs;
use crate::problem::Problem;

/// Which lines: a level, or a filter such as `info,taskdb_redis=debug`. None unless it is set.
const FILTER: &str = "TASKDB_LOG";
/// How they look: `text`, or `json` for an object a line.
const FORMAT: &str = "TASKDB_LOG_FORMAT";

/// Somebody who hears of lines and spans.
pub(super) type Listener = Box<dyn Layer<Registry> + Send + Sync>;

/// What goes on beside the work, until its end.
#[must_use = "what was not sent yet is lost"]
pub(crate) struct Watched {
    #[cfg(feature = "otel")]
    export: Option<super::otlp::Export>,
}

impl Watched {
    /// Sends what was not sent yet.
    pub(crate) fn end(self) {
        #[cfg(feature = "otel")]
        self.export.into_iter().for_each(super::otlp::Export::end);
    }
}

/// Begins to write lines, if the environment says so, and to send spans, if it or the command
/// line does.
pub(crate) fn begin(traces: Option<&TracesArgs>) -> Result<Watched, Problem> {
    let mut listeners: Vec<Listener> = lines()?.into_iter().collect();
    #[cfg(not(feature = "otel"))]
    let (_, watched) = (traces, Watched {});
    #[cfg(feature = "otel")]
    let watched = match traces.filter(|traces| traces.are_sent()) {
        Some(traces) => {
            let (listener, export) = super::otlp::begin(traces.otlp())?;
            listeners.push(listener);
            Watched { export: Some(export) }
        }
        None => Watched { export: None },
    };
    if !listeners.is_empty() {
        let begun = tracing_subscriber::registry().with(listeners).try_init();
        begun.map_err(|why| Problem::Failed(format!("no log: {why}")))?;
    }
    Ok(watched)
}

fn lines() -> Result<Option<Listener>, Problem> {
    let Some(filter) = stated(FILTER) else { return Ok(None) };
    let filter = EnvFilter::try_new(&filter).map_err(|why| {
        Problem::Refused(format!("{FILTER} is no filter ({why}): use a level such as `info`"))
    })?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // Calls are spans at the level `debug`: a line for each, with its times.
        .with_span_events(FmtSpan::CLOSE);
    Ok(Some(match stated(FORMAT).as_deref() {
        Some("json") => lines.json().with_filter(filter).boxed(),
        None | Some("text") => lines.with_ansi(false).with_filter(filter).boxed(),
        Some(_) => return Err(Problem::Refused(format!("{FORMAT} must be `text` or `json`"))),
    }))
}

/// A variable, unless it is empty.
pub(super) fn stated(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
