//! Where a value comes from: for messages, and for the listing of what is in force.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// Where the value of a field was stated. A later variant outranks an earlier one,
/// [`Url`](Self::Url) apart, which stands beside the URL it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// Nowhere: it is the default.
    Default,
    /// In a file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// In the environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// In the program, by a call of [`Config`](super::Config).
    Code,
    /// As a part of the URL, which has a source itself.
    Url {
        /// Where the URL was stated.
        stated: Box<Source>,
    },
}

impl Source {
    /// Who wins when two sources state one field.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Environment { .. } => 2,
            Self::Code => 3,
            Self::Url { stated } => stated.rank(),
        }
    }
}

/// Reads on from the name of a field: "`port` from the environment variable ...".
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("by default"),
            Self::File { path, line } => write!(f, "in {}, line {line}", path.display()),
            Self::Environment { variable } => {
                write!(f, "from the environment variable {variable}")
            }
            Self::Code => f.write_str("set by the program"),
            Self::Url { stated } => write!(f, "in the URL {stated}"),
        }
    }
}
