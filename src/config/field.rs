//! The table of fields: every name, what it takes and its default.

use taskdb_core::Limits;

use super::kind::Kind;

/// One thing that can be configured.
pub(crate) struct Field {
    /// Its name, dotted: `tls.ca` is the key `ca` of the table `tls` in a file.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// As one would write it; none where the backend chooses or nothing is meant.
    pub(crate) default: Option<&'static str>,
}

/// What every variable of this library begins with.
pub(crate) const PREFIX: &str = "TASKDB_";

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, default: None }
    }

    const fn or(name: &'static str, kind: Kind, default: &'static str) -> Self {
        Self { name, kind, default: Some(default) }
    }

    const fn limit(name: &'static str, min: u64, max: u64, default: &'static str) -> Self {
        Self::or(name, Kind::Number { min, max }, default)
    }

    /// The environment variable that states it: `TASKDB_TLS__CA` for `tls.ca`.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "__").to_uppercase())
    }

    /// The last part of its name.
    fn leaf(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

const HARD: Limits = Limits::HARD;

/// Every field, in the order in which they are listed.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("url", Kind::Url),
    Field::new("backend", Kind::Scheme),
    Field::new("path", Kind::Path),
    Field::new("host", Kind::Host),
    Field::new("port", Kind::Number { min: 1, max: 65_535 }),
    Field::new("database", Kind::Text),
    Field::new("user", Kind::Text),
    Field::new("password", Kind::Secret),
    Field::or("namespace", Kind::Namespace, "taskdb"),
    Field::or("durability", Kind::Choice(&["full", "normal"]), "full"),
    Field::new("tls.enabled", Kind::Flag),
    Field::new("tls.ca", Kind::Path),
    Field::new("tls.cert", Kind::Path),
    Field::new("tls.key", Kind::Path),
    Field::new("tls.verify", Kind::Choice(&["full", "ca", "none"])),
    Field::new("pool.min_connections", Kind::Number { min: 0, max: 1_000 }),
    Field::new("pool.max_connections", Kind::Number { min: 1, max: 1_000 }),
    Field::or("timeouts.connect", Kind::Time, "5s"),
    Field::or("timeouts.response", Kind::Time, "10s"),
    Field::or("retry.attempts", Kind::Number { min: 0, max: 100 }, "3"),
    Field::or("retry.backoff", Kind::Time, "50ms"),
    Field::or("retry.max_backoff", Kind::Time, "2s"),
    Field::limit("limits.name_bytes", 1, HARD.name_bytes as u64, "255"),
    Field::limit("limits.payload_bytes", 1, HARD.payload_bytes as u64, "1048576"),
    Field::limit("limits.json_depth", 1, HARD.json_depth as u64, "100"),
    Field::limit("limits.error_bytes", 0, HARD.error_bytes as u64, "8192"),
    Field::limit("limits.prerequisites", 0, HARD.prerequisites as u64, "1000"),
    Field::limit("limits.tasks_per_job", 1, HARD.tasks_per_job, "1000000"),
    Field::limit("limits.batch_entries", 1, HARD.batch_entries as u64, "1000"),
    Field::limit("limits.batch_edges", 0, HARD.batch_edges as u64, "10000"),
    Field::limit("limits.batch_bytes", 1, HARD.batch_bytes as u64, "8388608"),
];

/// The field of that name.
pub(crate) fn find(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// Whether `name` is a field, or the section `name` of some.
pub(crate) fn is_section(name: &str) -> bool {
    FIELDS.iter().any(|field| field.name.split_once('.').is_some_and(|(first, _)| first == name))
}

/// The field that was probably meant by a name that is none.
pub(crate) fn nearest(name: &str) -> Option<&'static Field> {
    if let Some(field) = FIELDS.iter().find(|field| field.leaf() == name) {
        return Some(field);
    }
    let alike = |field: &&Field| strsim::jaro_winkler(field.name, name);
    let best = FIELDS.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
    (alike(&best) >= 0.85).then_some(best)
}

/// Words for a name that is no field: what was probably meant, or where to look.
pub(crate) fn advice(name: &str) -> String {
    match nearest(name) {
        Some(field) => format!("did you mean `{}`?", field.name),
        None => "see docs/configuration.md for the fields there are".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::Raw;
    use super::*;

    #[test]
    fn every_default_is_allowed() {
        for field in FIELDS {
            if let Some(default) = field.default {
                assert!(field.kind.read(Raw::Text(default)).is_ok(), "{}", field.name);
            }
        }
    }

    #[test]
    fn misspelt_names_are_recognised() {
        for (name, meant) in [
            ("tls.cafile", Some("tls.ca")),
            ("tls.ca_file", Some("tls.ca")),
            ("namspace", Some("namespace")),
            ("max_connections", Some("pool.max_connections")),
            ("pool.max_conections", Some("pool.max_connections")),
            ("timeout.response", Some("timeouts.response")),
            ("colour", None),
        ] {
            assert_eq!(nearest(name).map(|field| field.name), meant, "{name}");
        }
    }
}
