//! Name and labels of a job: its field `about`, a JSON object, where it has any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taskdb_core::Result;

use crate::error::corrupt;

type Labels = BTreeMap<String, String>;

#[derive(Serialize)]
struct Write<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a Labels,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Read {
    name: Option<String>,
    labels: Labels,
}

/// As it is stored; empty for a job without them.
pub(crate) fn write(name: Option<&str>, labels: &Labels) -> Vec<u8> {
    if name.is_none() && labels.is_empty() {
        return Vec::new();
    }
    serde_json::to_vec(&Write { name, labels }).unwrap_or_default()
}

/// Reads what [`write`] has written.
pub(crate) fn read(stored: Option<Vec<u8>>) -> Result<(Option<String>, Labels)> {
    let Some(stored) = stored else { return Ok(Default::default()) };
    let read: Read = serde_json::from_slice(&stored)
        .map_err(|error| corrupt(format!("name and labels of a job cannot be read: {error}")))?;
    Ok((read.name, read.labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_labels_are_read_back() {
        let labels: Labels = [("a\"b".to_owned(), "ä: {}".to_owned())].into();
        for (name, labels) in
            [(Some("n"), Labels::new()), (None, labels.clone()), (Some(""), labels)]
        {
            let stored = write(name, &labels);
            assert_eq!(read(Some(stored)).unwrap(), (name.map(str::to_owned), labels));
        }
        assert!(write(None, &Labels::new()).is_empty());
        assert_eq!(read(None).unwrap(), (None, Labels::new()));
        assert!(read(Some(b"[".to_vec())).is_err());
    }
}
