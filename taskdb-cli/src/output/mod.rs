//! What a command shows: a table for eyes, or one JSON document for programs.
//!
//! The names in the documents are an interface, described in `docs/cli.md`; the
//! tables are not.

mod json;
mod page;
mod table;

use std::io::{ErrorKind, Write};

use serde::Serialize;

pub(crate) use json::{JobDoc, StreamDoc, TaskDoc, Time};
pub(crate) use page::{PageArgs, next};
pub(crate) use table::{Table, clean, fraction, seconds, when};

use crate::problem::Problem;

/// Writes a document, one line.
pub(crate) fn document(value: &impl Serialize) -> Result<(), Problem> {
    let text = serde_json::to_string(value).map_err(std::io::Error::from)?;
    line(&text)
}

/// Writes text to standard output, with an end of line.
pub(crate) fn line(text: &str) -> Result<(), Problem> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        // Whoever reads has seen enough.
        Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a page of a list as a table, and how to get at the next one.
pub(crate) fn page(table: &Table, next: Option<u64>) -> Result<(), Problem> {
    line(&table.to_string())?;
    if let Some(age) = next {
        hint(&format!("there may be more: --after {age}"));
    }
    Ok(())
}

/// Tells the user something beside the result, which stays fit for programs.
pub(crate) fn hint(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
