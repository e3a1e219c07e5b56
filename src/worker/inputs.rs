//! The outputs of prerequisites. The one place that knows how they are fetched.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use taskdb_core::Prerequisite;

use super::hold::Hold;
use super::{Error, Result};

/// What has become of the prerequisites, in their order.
pub(crate) async fn prerequisites(hold: &Hold) -> Result<Vec<Prerequisite>> {
    let (job_id, task_id) = (&hold.ready.job_id, &hold.ready.task_id);
    if hold.ready.prereqs.as_array().is_none_or(Vec::is_empty) {
        return Ok(Vec::new());
    }
    Ok(hold.link.insist(|| hold.db.get_prerequisites(job_id, task_id)).await?)
}

/// Every output there is, in the order of the prerequisites. One whose failure was
/// tolerated has none.
async fn fetch(hold: &Hold) -> Result<Vec<(String, Value)>> {
    let outputs =
        prerequisites(hold).await?.into_iter().filter_map(|one| Some((one.task_id, one.output?)));
    outputs.map(|(name, output)| Ok((name, output.parse()?))).collect()
}

pub(crate) async fn all(hold: &Hold) -> Result<Map<String, Value>> {
    Ok(fetch(hold).await?.into_iter().collect())
}

pub(crate) async fn typed<T: DeserializeOwned>(hold: &Hold) -> Result<Vec<T>> {
    let found = fetch(hold).await?;
    found.into_iter().map(|(name, output)| parse(&name, output)).collect()
}

pub(crate) async fn one<T: DeserializeOwned>(hold: &Hold, name: &str) -> Result<T> {
    let call = || hold.db.get_task_output(&hold.ready.job_id, name);
    match hold.link.insist(call).await {
        Ok(output) => parse(name, output),
        Err(error) if error.is_not_found() => Err(Error::fail(error)),
        Err(error) => Err(error.into()),
    }
}

fn parse<T: DeserializeOwned>(name: &str, output: Value) -> Result<T> {
    let refuse = |why| Error::fail(format!("the output of `{name}` does not fit: {why}"));
    serde_json::from_value(output).map_err(refuse)
}
