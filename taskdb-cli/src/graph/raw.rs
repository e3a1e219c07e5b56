//! The TOML file as it is written: keys, their types and their places.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::problem::Problem;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGraph {
    #[serde(default)]
    pub(super) run: RawRun,
    #[serde(default)]
    pub(super) tasks: BTreeMap<Spanned<String>, RawTask>,
}

/// The table `[run]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRun {
    pub(super) jobs: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) env: RawEnv,
    pub(super) dir: Option<Spanned<String>>,
}

/// A table `[tasks.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTask {
    pub(super) run: Spanned<RawCommand>,
    pub(super) needs: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) each: Option<Spanned<String>>,
    pub(super) reduce: Option<Spanned<String>>,
    pub(super) fan_in: Option<Spanned<i64>>,
    pub(super) worker_type: Option<Spanned<String>>,
    pub(super) retries: Option<Spanned<i64>>,
    pub(super) backoff: Option<Spanned<RawDuration>>,
    pub(super) backoff_max: Option<Spanned<RawDuration>>,
    pub(super) timeout: Option<Spanned<RawDuration>>,
    #[serde(default)]
    pub(super) env: RawEnv,
}

pub(super) type RawEnv = BTreeMap<Spanned<String>, String>;

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`run` is a string for `sh -c`, or an array of strings")]
pub(super) enum RawCommand {
    Shell(String),
    Argv(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a duration is a number of seconds, or a string as \"30s\"")]
pub(super) enum RawDuration {
    Seconds(f64),
    Text(String),
}

/// Reads the file; the error of the parser names line and column itself.
pub(super) fn read(text: &str) -> Result<RawGraph, Problem> {
    toml::from_str(text).map_err(|error| Problem::new(error.to_string().trim_end()))
}
