//! The statements that lay out a store, for people who run them themselves.

use crate::error::{MigrateErr, Result};
use crate::place::Place;

/// The statements for the store of a place.
pub(crate) fn statements(place: &Place) -> Result<String> {
    let refuse = |why: &str| Err(MigrateErr::Refused(format!("{place}: {why}")));
    let Place::Store(url) = place else { return refuse("a file has no layout") };
    match url.split(':').next().unwrap_or_default() {
        "sqlite" | "memory" => Ok(taskdb::sqlite::layout()),
        "postgres" | "postgresql" => {
            let config = taskdb::Config::from_url(url);
            let told = |error| MigrateErr::store(&place.to_string(), error);
            config.check().map_err(told)?;
            taskdb::postgres::layout(&config.namespace(), 0).map_err(told)
        }
        _ => refuse("it has no layout to print; connecting brings it up to date"),
    }
}
