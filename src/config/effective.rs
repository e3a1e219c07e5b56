//! The listing of what is in force: a table for people, JSON for programs.

use std::fmt;

use serde::Serialize;

use super::field::FIELDS;
use super::kind::Value;
use super::{Config, Source};

/// The value of a field, fit to be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Setting {
    /// The field, as `tls.ca`.
    pub name: &'static str,
    /// The environment variable that states it, as `TASKDB_TLS__CA`.
    pub variable: String,
    /// Its value, `"***"` for a password; none when nothing is stated and there is no
    /// default, so that the backend chooses.
    pub value: Option<serde_json::Value>,
    /// Where it was stated, if it has a value.
    pub source: Option<Source>,
}

impl Setting {
    /// The value as text, `-` for none.
    pub fn text(&self) -> String {
        match &self.value {
            None => "-".to_owned(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}

/// All settings that concern the backend, in the order of the documentation.
///
/// Displays as a table with the columns field, value and source; serializes as a list.
///
/// ```
/// let shown = taskdb::Config::from_url("redis://ann:secret@host").effective();
/// assert!(shown.to_string().contains("redis://ann:***@host"));
/// let json = serde_json::to_value(&shown)?;
/// assert_eq!(json[0]["name"], "url");
/// assert_eq!(json[0]["source"]["kind"], "code");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct Effective {
    /// One for each field.
    pub settings: Vec<Setting>,
}

impl Config {
    /// What is in force, with the source of every value and without passwords. It
    /// needs no valid configuration, to help with one that is not.
    pub fn effective(&self) -> Effective {
        let settings = FIELDS.iter().filter(|field| self.concerns(field)).map(|field| {
            let found = self.lookup(field.name);
            Setting {
                name: field.name,
                variable: field.variable(),
                value: found.as_ref().map(|(value, _)| shown(value)),
                source: found.map(|(_, source)| source),
            }
        });
        Effective { settings: settings.collect() }
    }
}

fn shown(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Number(number) => (*number).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Time(time) => humantime::format_duration(*time).to_string().into(),
        Value::Path(path) => path.to_string_lossy().into(),
        Value::Secret(_) => "***".into(),
        Value::Namespace(namespace) => namespace.as_str().into(),
        Value::Url(url) => url.to_string().into(),
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.settings.iter().map(|s| (s.name, s.text(), &s.source)).collect();
        let names = rows.iter().map(|row| row.0.len()).max().unwrap_or(0);
        let values = rows.iter().map(|row| row.1.chars().count()).max().unwrap_or(0);
        for (name, value, source) in rows {
            let source = source.as_ref().map_or_else(|| "not set".to_owned(), Source::to_string);
            writeln!(f, "{name:names$}  {value:values$}  {source}")?;
        }
        Ok(())
    }
}
