//! The outputs of prerequisites. The one place that knows how they are fetched.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::hold::Hold;
use super::{Error, Result};

/// The names of the prerequisites, in the order given.
fn names(hold: &Hold) -> impl Iterator<Item = &str> {
    hold.ready.prereqs.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Every output there is, in the order of the prerequisites.
async fn fetch(hold: &Hold) -> Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for name in names(hold) {
        let call = || hold.db.get_task_output(&hold.ready.job_id, name);
        match hold.link.insist(call).await {
            Ok(output) => found.push((name.to_owned(), output)),
            // Its failure was tolerated, or the task would not have become ready.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
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
