//! Definitions, prerequisites and outputs: the wide part of a task.

use taskdb_core::CanonicalJson;

use crate::error::{Outcome, corrupt};
use crate::sql;
use crate::unit::Unit;

/// What a task has to do, and after which others, in the order given.
pub(crate) struct Definition {
    pub(crate) body: CanonicalJson,
    pub(crate) prerequisites: Vec<String>,
}

/// Reads the definition of a task.
pub(crate) fn definition(unit: &Unit<'_>, job: i64, task: i64) -> Outcome<Definition> {
    let row = unit.one(sql::definitions::load, (unit.ns, job, task), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let (names, body) =
        row.ok_or_else(|| corrupt(format!("task {job}/{task} has no definition")))?;
    read_definition(names, body)
}

/// A definition as it is stored: the prerequisites as an array of names, and the body.
pub(crate) fn read_definition(names: String, body: String) -> Outcome<Definition> {
    let prerequisites = if names == "[]" { Vec::new() } else { serde_json::from_str(&names)? };
    Ok(Definition { body: CanonicalJson::from_stored(body), prerequisites })
}

/// Keeps the definition of a task.
pub(crate) fn keep_definition(
    unit: &Unit<'_>,
    job: i64,
    task: i64,
    prerequisites: &[String],
    body: &CanonicalJson,
) -> Outcome<()> {
    let names = match prerequisites {
        [] => "[]".to_owned(),
        some => serde_json::to_string(some)?,
    };
    let params = (unit.ns, job, task, names, body.as_str());
    unit.exec(sql::definitions::insert, params).map(drop)
}

/// Reads the output of a task.
pub(crate) fn output(unit: &Unit<'_>, job: i64, task: i64) -> Outcome<Option<CanonicalJson>> {
    let body = unit.one(sql::outputs::load, (unit.ns, job, task), |row| row.get(0))?;
    Ok(body.map(CanonicalJson::from_stored))
}

/// Keeps the output of a task.
pub(crate) fn keep_output(
    unit: &Unit<'_>,
    job: i64,
    task: i64,
    output: &CanonicalJson,
) -> Outcome<()> {
    unit.exec(sql::outputs::insert, (unit.ns, job, task, output.as_str())).map(drop)
}
