//! Reads what a TOML file states, with the line of every value.
//!
//! The messages of the parser quote the line they are about, which may hold a
//! password: only its own words and the number of the line are passed on.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::kind::Raw;
use super::{Config, Source, field};

/// The file that is read when none is named.
pub(super) const DEFAULT: &str = "taskdb.toml";

/// Adds what a file states.
pub(super) fn read(config: &mut Config, path: &Path) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let problem = format!("cannot read the file {}: {error}", path.display());
            return config.problems.push(problem);
        }
    };
    let source = |span: Range<usize>| Source::File {
        path: path.to_owned(),
        line: 1 + text[..span.start.min(text.len())].matches('\n').count(),
    };
    match DeTable::parse(&text) {
        Ok(table) => state_all(config, "", table.get_ref(), &source),
        Err(error) => {
            let place = source(error.span().unwrap_or_default());
            config.problems.push(format!("no valid TOML {place}: {}", error.message()));
        }
    }
}

/// States the values of a table, whose own name with its dot is `section`.
fn state_all(
    config: &mut Config,
    section: &str,
    table: &DeTable<'_>,
    source: &impl Fn(Range<usize>) -> Source,
) {
    for (key, value) in table {
        let name = format!("{section}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(table) if section.is_empty() && field::is_section(&name) => {
                state_all(config, &format!("{name}."), table, source);
            }
            value => config.state(&name, raw(value), source(key.span())),
        }
    }
}

fn raw<'a>(value: &'a DeValue<'_>) -> Raw<'a> {
    match value {
        DeValue::String(text) => Raw::Text(text),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Integer(number) => {
            u64::from_str_radix(number.as_str(), number.radix()).map_or(Raw::Other, Raw::Number)
        }
        _ => Raw::Other,
    }
}
