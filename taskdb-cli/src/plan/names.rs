//! Names of the engine's tasks, alone or as `NAME/1`, `NAME/2`, ..

use serde::{Deserialize, Serialize};

/// One task, or a row of numbered ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    of: String,
    /// First and last number; an empty row ends before it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<(u64, u64)>,
}

impl Group {
    pub(crate) fn one(name: impl Into<String>) -> Self {
        Self { of: name.into(), row: None }
    }

    /// `of/1` to `of/count`.
    pub(crate) fn row(of: impl Into<String>, count: u64) -> Self {
        Self { of: of.into(), row: Some((1, count)) }
    }

    pub(crate) fn len(&self) -> u64 {
        self.row.map_or(1, |(first, last)| (last + 1).saturating_sub(first))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> + '_ {
        let (first, last) = self.row.unwrap_or((1, 1));
        (first..=last).map(|number| match self.row {
            Some(_) => member(&self.of, number),
            None => self.of.clone(),
        })
    }

    /// The row in pieces of up to `size`.
    pub(crate) fn pieces(&self, size: u64) -> Vec<Self> {
        let Some((first, last)) = self.row else { return vec![self.clone()] };
        let starts = (first..=last).step_by(usize::try_from(size).unwrap_or(usize::MAX));
        let piece = |start: u64| (start, last.min(start + (size - 1)));
        starts.map(|start| Self { of: self.of.clone(), row: Some(piece(start)) }).collect()
    }
}

pub(crate) fn member(of: &str, number: u64) -> String {
    format!("{of}/{number}")
}
