//! Reads what environment variables state, and tells a misspelt one from those that
//! are none of ours.

use std::ffi::OsStr;

use super::field::{self, FIELDS, PREFIX};
use super::kind::Raw;
use super::{Config, Source};

/// The variable that names the file to read.
pub(super) const FILE: &str = "TASKDB_CONFIG";

/// Adds what a variable states. An empty one states nothing, as in
/// `TASKDB_PASSWORD=${PASSWORD:-}`.
pub(super) fn read(config: &mut Config, name: &OsStr, value: &OsStr) {
    let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { return };
    if value.is_empty() || name == FILE || is_service_link(name, value) {
        return;
    }
    let source = Source::Environment { variable: name.to_owned() };
    match (FIELDS.iter().find(|field| field.variable() == name), value.to_str()) {
        (Some(field), Some(value)) => config.state(field.name, Raw::Text(value), source),
        (Some(field), None) => {
            config.problems.push(format!("`{}` {source}: must be UTF-8", field.name));
        }
        (None, _) => config.problems.extend(misspelt(name)),
    }
}

/// Whether a variable comes from Kubernetes, which gives each container a variable of
/// that name for a service called `taskdb`.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let value = value.to_string_lossy();
    name == "TASKDB_PORT" && ["tcp://", "udp://", "sctp://"].iter().any(|p| value.starts_with(p))
}

/// What to say of a variable that names no field: nothing, unless it has the double
/// underscore of a section, which nobody else uses, or is a slip away from a name.
fn misspelt(name: &str) -> Option<String> {
    let meant = FIELDS.iter().map(|field| field.variable()).chain([FILE.to_owned()]);
    let slips = |meant: &String| {
        let (name, meant) = (name.replace("__", "_"), meant.replace("__", "_"));
        strsim::osa_distance(&name, &meant)
    };
    if let Some(near) = meant.min_by_key(slips).filter(|near| slips(near) <= tolerance(near)) {
        return Some(format!(
            "unknown environment variable {name}: did you mean {near}? Variables that are \
             for something else need a name that is less alike"
        ));
    }
    let dotted = name[PREFIX.len()..].replace("__", ".").to_lowercase();
    let advice = match field::nearest(&dotted) {
        Some(field) => format!("did you mean {}?", field.variable()),
        None => "see docs/configuration.md for the variables there are".to_owned(),
    };
    name.contains("__").then(|| format!("unknown environment variable {name}: {advice}"))
}

/// How many slips a name may have: short words are near each other by chance.
fn tolerance(variable: &str) -> usize {
    if variable.len() < PREFIX.len() + 6 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_the_variables_of_others() {
        for (name, meant) in [
            ("TASKDB_NAMESPCE", "TASKDB_NAMESPACE"),
            ("TASKDB_PASWORD", "TASKDB_PASSWORD"),
            ("TASKDB_URLS", "TASKDB_URL"),
            ("TASKDB_CONFG", "TASKDB_CONFIG"),
            ("TASKDB_TLS_CA", "TASKDB_TLS__CA"),
            ("TASKDB_POOL__MAX", "TASKDB_POOL__MAX_CONNECTIONS"),
            ("TASKDB_TLS__CAFILE", "TASKDB_TLS__CA"),
            ("TASKDB_COLOUR__RED", "docs/configuration.md"),
        ] {
            let problem = misspelt(name).unwrap_or_else(|| panic!("{name} passed"));
            assert!(problem.contains(name) && problem.contains(meant), "{problem}");
        }
        for name in [
            "TASKDB_ATTEMPT",
            "TASKDB_CI_NEXTEST",
            "TASKDB_CI_DENY",
            "TASKDB_DROP_ROUNDS",
            "TASKDB_FAULT_SEED",
            "TASKDB_FAULT_SEEDS",
            "TASKDB_FUZZ_CASES",
            "TASKDB_POSTGRES_CACHE",
            "TASKDB_KILL_ROUNDS",
            "TASKDB_PROPERTY_CASES",
            "TASKDB_PROPERTY_SEED",
            "TASKDB_RACE_ROUNDS",
            "TASKDB_REQUIRE",
            "TASKDB_REQUIRE_CONTAINERS",
            "TASKDB_SEED",
            "TASKDB_TASK",
            "TASKDB_JOB",
            "TASKDB_TEST_FILE",
            "TASKDB_TEST_ROLE",
            "TASKDB_TEST_IMAGES_SUITE",
            "TASKDB_TEST_REDIS_IMAGE",
            "TASKDB_TEST_REDIS_URL",
            "TASKDB_LOG",
            "TASKDB_SERVICE_HOST",
            "TASKDB_SERVICE_PORT",
            "TASKDB_PORT_80_TCP",
            "TASKDB_PORT_80_TCP_ADDR",
        ] {
            assert_eq!(misspelt(name), None);
        }
    }
}
