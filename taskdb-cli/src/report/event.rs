//! What happens in a run, as the lines of `--json` have it; docs/run.md lists the fields.

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// One attempt at a command.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Attempt<'a> {
    /// The name of the command, as `count/3`.
    pub(crate) task: &'a str,
    /// Which attempt it is, from 1; those cut short by the end of a run do not count.
    pub(crate) attempt: i32,
    /// How often the command has been started; part of the names of its logs.
    pub(crate) starts: u64,
}

/// Something that happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// What would run: the only event of `--dry-run` but the last.
    Plan { graph: &'a crate::graph::Graph },
    /// The job is there, and work begins.
    Run {
        job: Uuid,
        /// Whether the store outlives the run, so that it can be resumed.
        kept: bool,
        resumed: bool,
        /// Commands known so far.
        commands: u64,
        /// Those whose output is stored already.
        done: u64,
        /// Commands of the earlier run that were still there, and were ended.
        ended: u64,
    },
    /// So many commands more are known.
    Created { commands: u64 },
    Start {
        #[serde(flatten)]
        of: Attempt<'a>,
    },
    /// The output is stored.
    Done {
        #[serde(flatten)]
        of: Attempt<'a>,
        seconds: Seconds,
    },
    /// An attempt failed; another one follows.
    Retry {
        #[serde(flatten)]
        of: Attempt<'a>,
        reason: &'a str,
        /// The last lines of standard error.
        stderr: &'a str,
        delay: Seconds,
    },
    /// The last attempt failed.
    Fail {
        #[serde(flatten)]
        of: Attempt<'a>,
        reason: &'a str,
        stderr: &'a str,
    },
    /// An attempt was cut short, and does not count.
    Stop {
        #[serde(flatten)]
        of: Attempt<'a>,
    },
    /// The last line.
    End {
        outcome: &'a str,
        /// The exit code.
        code: u8,
        job: Option<Uuid>,
        /// Commands done, by this run and those it resumed.
        done: u64,
        /// Why there is no result.
        error: Option<&'a str>,
        /// What would go to standard output.
        result: Option<&'a str>,
    },
}

/// A duration in seconds, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) std::time::Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_millis() as f64 / 1e3)
    }
}

/// An event and when it happened.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    /// Since the program started.
    pub(super) time: Seconds,
    #[serde(flatten)]
    pub(super) event: &'a Event<'a>,
}

#[test]
fn lines_have_stable_names() {
    let time = Seconds(std::time::Duration::from_micros(1_234_999));
    let of = Attempt { task: "count/3", attempt: 2, starts: 4 };
    let event = Event::Retry { of, reason: "exit status 1", stderr: "", delay: time };
    let line = serde_json::to_string(&Line { time, event: &event }).unwrap();
    assert_eq!(
        line,
        r#"{"time":1.234,"event":"retry","task":"count/3","attempt":2,"starts":4,"reason":"exit status 1","stderr":"","delay":1.234}"#
    );
}
