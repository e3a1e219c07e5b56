//! Reads outputs: what a command gets on standard input, and the result of a run.

use anyhow::{Context, anyhow};

use super::shared::Shared;
use crate::plan::{self, Group, Known, Mark};

/// The outputs of the groups, one after the other.
pub(super) async fn inputs_of(shared: &Shared, groups: &[Group]) -> anyhow::Result<String> {
    let mut text = String::new();
    for name in groups.iter().flat_map(Group::names) {
        let output: Option<String> = shared.engine.output(&name).await?;
        text += &output.with_context(|| format!("task `{name}` has no output"))?;
    }
    Ok(text)
}

/// The outputs of the tasks no other task needs, in the order of the file.
pub(super) async fn read(shared: &Shared) -> anyhow::Result<String> {
    let late = shared.graph.late();
    let mut groups = Vec::new();
    for sink in &shared.graph.sinks {
        let known = if late.contains(sink.as_str()) {
            follow(shared, sink).await?.map_err(|marker| anyhow!("no output of `{marker}`"))?
        } else {
            Known::one(sink)
        };
        groups.push(known.outputs);
    }
    inputs_of(shared, &groups).await
}

/// What a late task has become, or the marker that will say.
pub(super) async fn follow(shared: &Shared, task: &str) -> anyhow::Result<Result<Known, String>> {
    let mut at = 1;
    loop {
        let marker = plan::marker(task, at);
        match shared.engine.output(&marker).await? {
            Some(Mark::Next) => at += 1,
            Some(Mark::Known(known)) => return Ok(Ok(known)),
            None => return Ok(Err(marker)),
        }
    }
}
