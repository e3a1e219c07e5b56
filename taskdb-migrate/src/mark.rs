//! What a copy notes in its target, to find its place again.

use serde::{Deserialize, Serialize};
use taskdb::EventPosition;
use taskdb::record::Cursor;
use taskdb::store::Gate;
use uuid::Uuid;

use crate::adapt::Running;
use crate::copy::CopyOptions;

/// The format of marks.
const VERSION: u32 = 1;

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// What has finished is being copied, or everything of a source that is not in use.
    Copying,
    /// The source is closed, or about to be; the rest follows.
    Closed,
    /// All is there and verified; the target is about to open.
    Opening,
    /// The target is open.
    Done,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Copying => "copying",
            Self::Closed => "source closed",
            Self::Opening => "opening",
            Self::Done => "done",
        })
    }
}

/// The note of a copy in its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The format of the mark.
    taskdb_migrate: u32,
    /// The source, without its password.
    pub from: String,
    /// What becomes of tasks with a claim.
    pub running: Running,
    /// Whether long names are made shorter.
    pub rename_long: bool,
    /// How far it is.
    pub stage: Stage,
    /// Where reading goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// The job that goes on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) within: Option<Uuid>,
    /// Whether the first pass has come to its end.
    #[serde(default)]
    pub(crate) passed: bool,
    /// Tasks seen so far.
    #[serde(default)]
    pub tasks: u64,
    /// The gate that the source had before it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gate: Option<Gate>,
    /// Where the event log goes on, if it is copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<LogPlace>,
}

/// A place in two event logs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct LogPlace {
    /// The number of the next event in the target; of one in a file, with its line added.
    pub(crate) next: u64,
    /// The place in the source behind which it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<EventPosition>,
}

impl Mark {
    pub(crate) fn new(from: &str, options: &CopyOptions) -> Self {
        Self {
            taskdb_migrate: VERSION,
            from: from.to_owned(),
            running: options.running,
            rename_long: options.rename_long,
            stage: Stage::Copying,
            cursor: None,
            within: None,
            passed: false,
            tasks: 0,
            gate: None,
            events: options.events.then(LogPlace::default),
        }
    }

    /// Reads the mark of a namespace; `None` for that of another tool or release.
    pub fn read(text: &str) -> Option<Self> {
        let mark: Self = serde_json::from_str(text).ok()?;
        (mark.taskdb_migrate == VERSION).then_some(mark)
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether another run of the same command has left it.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        let what = |mark: &Self| (mark.running, mark.rename_long, mark.events.is_some());
        self.from == other.from && what(self) == what(other)
    }
}

#[test]
fn marks_are_read_back_and_those_of_others_are_not() {
    let options = CopyOptions { events: true, ..CopyOptions::default() };
    let mut mark = Mark::new("redis://h/0", &options);
    assert!(!mark.is_of(&Mark::new("redis://h/0", &CopyOptions::default())));
    mark.cursor = Some(Cursor("j1/2".into()));
    mark.within = Some(Uuid::nil());
    mark.gate = Some(Gate::NoClaims);
    assert_eq!(Mark::read(&mark.text()), Some(mark.clone()));
    for text in ["", "{}", "busy", &mark.text().replace("taskdb_migrate\":1", "taskdb_migrate\":2")]
    {
        assert_eq!(Mark::read(text), None, "{text}");
    }
}
