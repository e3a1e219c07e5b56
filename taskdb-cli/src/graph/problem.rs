//! What is wrong with a graph, and where.

use std::ops::Range;

/// Something the user has to repair.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    text: String,
    /// The place in the file, in bytes; none where the text has it, or there is none.
    at: Option<usize>,
}

impl Problem {
    /// A problem of the file as a whole.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }

    /// A problem with what stands at `span`.
    pub(super) fn at(span: Range<usize>, text: impl Into<String>) -> Self {
        Self { text: text.into(), at: Some(span.start) }
    }

    /// `graph.toml:3:9: what is wrong`.
    pub(super) fn show(&self, file: &str, content: &str) -> String {
        let Some(before) = self.at.and_then(|at| content.get(..at)) else {
            return format!("{file}: {}", self.text);
        };
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        format!("{file}:{line}:{column}: {}", self.text)
    }
}
