//! What was found wrong in a database of the earlier layout, by count and first examples.

use std::collections::BTreeMap;
use std::fmt;

/// How many examples of a kind are kept.
const EXAMPLES: usize = 5;

/// Declares the kinds: each with whether it was mended, and in words.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $mended:literal $words:literal;)*) => {
        /// A kind of thing that is not as it should be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Whether the records are sound where the database is not; what was not
            /// mended is in the records as it was found.
            pub fn is_mended(self) -> bool {
                match self { $(Self::$name => $mended,)* }
            }
        }

        impl fmt::Display for Kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $words,)* })
            }
        }
    };
}

kinds! {
    /// A task names a prerequisite twice, and would wait for it twice.
    RepeatedPrerequisite true "names a prerequisite more than once: counts once";
    /// A task waits for itself.
    OwnPrerequisite true "names itself as a prerequisite: left out";
    /// Tasks wait for each other.
    Cycle true "waits in a circle: the prerequisites that close it are left out";
    /// A prerequisite that is no task. A task that still waits for it fails, and can be
    /// replayed.
    MissingPrerequisite true "names a prerequisite that does not exist: left out, and failed if it waits";
    /// Prerequisites that are not a list of names.
    MalformedPrerequisites true "has prerequisites that are no list of names: what is no name is left out";
    /// Pending, and nothing is left to wait for.
    PendingInVain true "is pending with every prerequisite done: ready";
    /// Ready before its prerequisites are done.
    ReadyTooEarly true "is ready with a prerequisite open: pending";
    /// Running or done before its prerequisites were done.
    RanTooEarly true "was begun with a prerequisite open: that prerequisite is left out";
    /// The count of open prerequisites is wrong, negative ones included.
    WrongCount true "counts its open prerequisites wrongly: counted anew";
    /// The job runs though every task is done.
    JobRunsInVain true "is running with every task done: done";
    /// The job is done though tasks are open.
    JobDoneTooEarly true "is done with tasks open: running";
    /// The job goes on though a task has failed.
    JobOutlivesFailure true "goes on though a task has failed: failed";
    /// The job has no tasks, as after a crash of the server.
    JobWithoutTasks true "has no tasks: `init` stands for them, failed unless the job was done";
    /// The job has failed and no task has.
    FailureWithoutTask true "has failed and no task of it has: its open tasks are cancelled, or the job";
    /// The job is done and a task of it has failed.
    FailureOutlived true "has failed in a job that is done: tolerated";
    /// A weight that is no weight.
    Weight true "has a weight out of range: 1, or the nearest that is allowed";
    /// A number out of its range.
    Number true "has a number out of range: the nearest that is allowed";
    /// A time before that of its creation.
    Time true "has changed before it was created: at that time";
    /// A done task without an output.
    NoOutput true "is done without an output: null";
    /// A task with an output that is not done.
    EarlyOutput true "has an output and is not done: left out";
    /// An error too long to be kept.
    LongError true "has an error that is too long: cut";
    /// Two streams of one user and worker type.
    SameOwner false "is of the same user and worker type as an older stream";
    /// A name longer than any store takes.
    LongName false "has a name that is too long for an import";
    /// A name that is empty or has control characters.
    BadName false "has a name that an import refuses";
    /// A definition or output that is larger than any store takes.
    LargePayload false "has a definition or output that is too large for an import";
    /// JSON that cannot be read back: too deep, or with a number beyond all bounds.
    UnreadableJson false "has JSON that cannot be read: kept as its text";
    /// A time that has not come yet: another zone was meant.
    FutureTime false "was changed in the future: name the zone that the times were written in";
    /// The zone of the server is not the one that times are read in.
    Zone false "is the zone of the server, and times are read in another";
    /// An edge that is stored twice.
    RepeatedEdge true "is stored as an edge more than once: counts once";
    /// An edge that the task itself does not name.
    UnnamedEdge false "is stored as an edge, and its task does not name it: not in the records";
}

/// How often something was found, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How often.
    pub count: u64,
    /// The first, in words.
    pub examples: Vec<String>,
}

/// What has been read, and what of it was not as it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Streams read.
    pub streams: u64,
    /// Jobs read.
    pub jobs: u64,
    /// Tasks read.
    pub tasks: u64,
    /// What was found, by kind.
    pub found: BTreeMap<Kind, Found>,
}

impl Report {
    /// Notes a finding; `what` is made where it becomes an example.
    pub(super) fn note(&mut self, kind: Kind, what: impl FnOnce() -> String) {
        let found = self.found.entry(kind).or_default();
        found.count += 1;
        if found.examples.len() < EXAMPLES {
            found.examples.push(what());
        }
    }

    /// Sets how often a kind was found, where that is counted elsewhere.
    pub(super) fn correct(&mut self, kind: Kind, count: u64) {
        self.found.entry(kind).or_default().count = count;
    }

    /// How often a kind was found.
    pub fn count(&self, kind: Kind) -> u64 {
        self.found.get(&kind).map_or(0, |found| found.count)
    }
}

/// A line for each kind, mended ones first.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} streams, {} jobs, {} tasks", self.streams, self.jobs, self.tasks)?;
        for wanted in [true, false] {
            for (kind, found) in self.found.iter().filter(|(kind, _)| kind.is_mended() == wanted) {
                let how = if wanted { "mended" } else { "kept" };
                write!(f, "\n{how} {}: {kind}; as {}", found.count, found.examples.join(", "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_and_shows_the_first() {
        let mut report = Report { streams: 1, jobs: 2, tasks: 9, ..Report::default() };
        for n in 0..7 {
            report.note(Kind::LongName, || format!("task {n}"));
        }
        report.note(Kind::Weight, || "stream a".to_owned());
        assert_eq!(report.count(Kind::LongName), 7);
        let lines: Vec<_> = report.to_string().lines().map(str::to_owned).collect();
        assert_eq!(lines[0], "1 streams, 2 jobs, 9 tasks");
        assert!(lines[1].starts_with("mended 1: has a weight"), "{lines:?}");
        assert!(lines[2].ends_with("as task 0, task 1, task 2, task 3, task 4"), "{lines:?}");
    }
}
