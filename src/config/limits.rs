//! The limits of the core as fields, there and back.

use taskdb_core::Limits;

/// Sizes as the core counts them in memory; what a field allows fits.
fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The names of the fields with the sizes of `limits`.
pub(crate) fn entries(limits: &Limits) -> [(&'static str, u64); 9] {
    // Taken apart, so that a new limit cannot be forgotten here.
    let Limits {
        name_bytes,
        payload_bytes,
        json_depth,
        error_bytes,
        prerequisites,
        tasks_per_job,
        batch_entries,
        batch_edges,
        batch_bytes,
    } = *limits;
    [
        ("limits.name_bytes", name_bytes as u64),
        ("limits.payload_bytes", payload_bytes as u64),
        ("limits.json_depth", json_depth as u64),
        ("limits.error_bytes", error_bytes as u64),
        ("limits.prerequisites", prerequisites as u64),
        ("limits.tasks_per_job", tasks_per_job),
        ("limits.batch_entries", batch_entries as u64),
        ("limits.batch_edges", batch_edges as u64),
        ("limits.batch_bytes", batch_bytes as u64),
    ]
}

/// The limits for which `number` tells the value of each field.
pub(crate) fn collect(number: impl Fn(&str) -> u64) -> Limits {
    Limits {
        name_bytes: size(number("limits.name_bytes")),
        payload_bytes: size(number("limits.payload_bytes")),
        json_depth: size(number("limits.json_depth")),
        error_bytes: size(number("limits.error_bytes")),
        prerequisites: size(number("limits.prerequisites")),
        tasks_per_job: number("limits.tasks_per_job"),
        batch_entries: size(number("limits.batch_entries")),
        batch_edges: size(number("limits.batch_edges")),
        batch_bytes: size(number("limits.batch_bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::{FIELDS, find};
    use super::super::kind::{Kind, Raw};
    use super::*;

    #[test]
    fn defaults_and_caps_are_those_of_the_core() {
        for (name, default) in entries(&Limits::default()) {
            let field = find(name).expect("every limit has a field");
            assert_eq!(field.default, Some(default.to_string().as_str()), "{name}");
        }
        for (name, cap) in entries(&Limits::HARD) {
            let kind = &find(name).expect("every limit has a field").kind;
            assert!(kind.read(Raw::Number(cap)).is_ok(), "{name}");
            assert!(kind.read(Raw::Number(cap + 1)).is_err(), "{name}");
            assert!(matches!(kind, Kind::Number { .. }), "{name}");
        }
        let fields = FIELDS.iter().filter(|field| field.name.starts_with("limits."));
        assert_eq!(fields.count(), entries(&Limits::HARD).len());
    }

    #[test]
    fn every_limit_comes_back() {
        let odd = |name: &str| name.bytes().map(u64::from).sum();
        assert!(entries(&collect(odd)).iter().all(|(name, size)| *size == odd(name)));
    }
}
