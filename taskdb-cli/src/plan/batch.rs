//! Cuts what is to be created into calls the engine accepts.

use super::Spec;

/// Tasks of one call; the engine takes 1 000, one of them the next marker.
const ENTRIES: usize = 900;
/// Prerequisites of all tasks of one call; the engine takes 10 000, and up to 1 000 come last.
const EDGES: usize = 9_000;
/// Bytes of definitions in one call; the engine takes 8 MiB, and escapes add to what is counted.
const BYTES: usize = 2 << 20;

/// What one call creates.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) specs: Vec<Spec>,
    /// The entry to go on from; none when this was the last call.
    pub(crate) next: Option<usize>,
}

/// The next call of a sequence, from entry `offset` on; at least one entry, if there are any.
pub(crate) fn cut(specs: impl Iterator<Item = Spec>, offset: usize) -> Batch {
    let mut rest = specs.skip(offset).peekable();
    let mut batch = Vec::new();
    let (mut edges, mut bytes) = (0, 0);
    while let Some(spec) = rest.next_if(|_| batch.len() < ENTRIES && edges < EDGES && bytes < BYTES)
    {
        edges += spec.after.len();
        bytes += serde_json::to_vec(&spec.step).map_or(0, |json| json.len());
        batch.push(spec);
    }
    let next = rest.peek().is_some().then(|| offset + batch.len());
    Batch { specs: batch, next }
}
