//! Answers in the form in which two stores are compared.
//!
//! What a store may choose freely is left out: ages of streams and jobs beyond
//! their order, words in errors.

use taskdb_core::request::Work;
use taskdb_core::store::{RepairReport, StoreInfo};
use taskdb_core::{
    CanonicalJson, ClaimInfo, JobInfo, Prerequisite, Renewal, Result, StreamInfo, StuckTaskInfo,
    TaskDbErr, TaskInfo, TaskStateCount, Timestamp,
};
use uuid::Uuid;

/// An answer to be compared.
pub(super) trait Answer {
    /// Equal texts mean equal answers.
    fn text(&self) -> String;

    /// Whether what may differ differs in the allowed direction.
    fn suffices_for(&self, _expected: &Self) -> bool {
        true
    }
}

macro_rules! as_debugged {
    ($($type:ty),*) => {$(
        impl Answer for $type {
            fn text(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}
as_debugged!(
    (),
    bool,
    u64,
    Uuid,
    Timestamp,
    TaskInfo,
    TaskStateCount,
    StuckTaskInfo,
    RepairReport,
    Renewal,
    Prerequisite,
    ClaimInfo
);

impl Answer for CanonicalJson {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Answer for JobInfo {
    fn text(&self) -> String {
        format!("{:?}", Self { age: 0, ..self.clone() })
    }
}

impl Answer for StreamInfo {
    fn text(&self) -> String {
        format!("{:?}", Self { age: 0, ..self.clone() })
    }
}

impl Answer for StoreInfo {
    fn text(&self) -> String {
        format!("gate {} at {:?} {:?}", self.gate, self.now, self.events)
    }
}

impl Answer for Work {
    fn text(&self) -> String {
        format!("{:#?}", self.tasks)
    }

    /// The next start is a hint for those who leave empty-handed: it may come too
    /// early, never too late.
    fn suffices_for(&self, expected: &Self) -> bool {
        let next = |work: &Self| work.next_start.filter(|_| work.tasks.is_empty());
        next(expected).is_none_or(|wanted| next(self).is_some_and(|given| given <= wanted))
    }
}

impl<T: Answer> Answer for Vec<T> {
    fn text(&self) -> String {
        let items: Vec<_> = self.iter().map(Answer::text).collect();
        format!("[{}]", items.join(",\n "))
    }
}

impl<T: Answer> Answer for Result<T> {
    fn text(&self) -> String {
        match self {
            Ok(answer) => answer.text(),
            Err(error) => format!("error: {}", kind(error)),
        }
    }

    fn suffices_for(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Ok(actual), Ok(expected)) => actual.suffices_for(expected),
            _ => true,
        }
    }
}

/// The kind of an error and its fields, without what is only words.
fn kind(error: &TaskDbErr) -> String {
    match error {
        TaskDbErr::InvalidArgument { argument, .. } => format!("InvalidArgument {argument}"),
        TaskDbErr::AlreadyExists { entity, .. } => format!("AlreadyExists {entity:?}"),
        TaskDbErr::InvalidState { .. } => "InvalidState".to_owned(),
        TaskDbErr::Batch { index, source } => format!("Batch {index}: {}", kind(source)),
        other => format!("{other:?}"),
    }
}
