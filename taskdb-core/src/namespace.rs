//! The name of a namespace: one isolated TaskDB within a server or file.

use std::fmt;
use std::str::FromStr;

use crate::error::{Result, TaskDbErr};

/// A valid namespace name: 1 to 63 of `A-Z a-z 0-9 _ . -`, case-sensitive, and
/// none of the names Postgres keeps for itself (`public`, `information_schema`, `pg_*`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// The longest name, in bytes: what fits a Postgres identifier.
    pub const MAX_BYTES: usize = 63;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self("taskdb".to_owned())
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Namespace {
    type Err = TaskDbErr;

    fn from_str(name: &str) -> Result<Self> {
        let refuse = |reason: &str| Err(TaskDbErr::invalid("namespace", reason));
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            return refuse("must have 1 to 63 characters");
        }
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)) {
            return refuse("may have letters, digits, `_`, `.` and `-` only");
        }
        if name == "public" || name == "information_schema" || name.starts_with("pg_") {
            return refuse("is a name that Postgres keeps for itself");
        }
        Ok(Self(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_a_name() {
        for good in ["a", "taskdb", "A.b-c_9", &"x".repeat(63)] {
            assert_eq!(good.parse::<Namespace>().unwrap().as_str(), good);
        }
        for bad in ["", "public", "information_schema", "pg_x", "a b", "é", "a/b", &"x".repeat(64)]
        {
            assert!(bad.parse::<Namespace>().is_err(), "{bad}");
        }
    }
}
