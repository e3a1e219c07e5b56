//! SQL for those who lay out namespaces and hand out rights themselves.

use taskdb_core::{Namespace, Result, TaskDbErr};

use crate::migrate::{FORMAT, MIN_READER};
use crate::sql::{self, MIGRATIONS};

/// What lays out a namespace, as one text for `psql` or a tool for migrations. It is what
/// connecting does where the role may; a role without that right then needs
/// [`grants`] alone.
///
/// `from` is the format that the namespace has, 0 when it is not there: then
/// everything is made, else what is newer. [`TaskDb::describe`](taskdb_core::TaskDb::describe)
/// tells it.
///
/// ```
/// let sql = taskdb_postgres::layout(&"builds".parse()?, 0)?;
/// assert!(sql.contains("CREATE SCHEMA IF NOT EXISTS \"builds\""));
/// # Ok::<(), taskdb_core::TaskDbErr>(())
/// ```
///
/// # Errors
///
/// `Format` when `from` is newer than this release.
pub fn layout(namespace: &Namespace, from: u32) -> Result<String> {
    let newest = u32::try_from(FORMAT).unwrap_or_default();
    if from > newest {
        return Err(TaskDbErr::Format { found: from, supported: newest });
    }
    let done = usize::try_from(from).unwrap_or_default();
    let missing: Vec<_> = MIGRATIONS.iter().skip(done).map(|text| text.trim_end()).collect();
    // A set that is there already has the same content: its name says so.
    let functions = sql::functions().replace(" FUNCTION ", " OR REPLACE FUNCTION ");
    let text =
        include_str!("../admin/layout.sql").split_once("BEGIN;").map_or("", |(_, rest)| rest);
    let text = text
        .replace("NAMESPACE", &format!("\"{namespace}\""))
        .replace("SCHEMA'", &format!("{namespace}'"))
        .replace("MIN_READER", &MIN_READER.to_string())
        .replace(" FORMAT", &format!(" {FORMAT}"))
        .replace("HASH", sql::hash())
        .replace("MIGRATIONS", &missing.join("\n"))
        .replace("FUNCTIONS", functions.trim_end());
    Ok(format!("-- Format {FORMAT} of the namespace {namespace}.\nBEGIN;{text}"))
}

/// What lets a role use a namespace that is laid out, and no more: it can make every
/// call, and cannot make, change or drop anything. To be run by the owner of the namespace, in
/// its database, once for each role.
///
/// ```
/// let sql = taskdb_postgres::grants(&"builds".parse()?, "worker");
/// assert!(sql.contains("GRANT USAGE ON SCHEMA \"builds\" TO \"worker\";"));
/// # Ok::<(), taskdb_core::TaskDbErr>(())
/// ```
pub fn grants(namespace: &Namespace, role: &str) -> String {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    // Within the text of a statement that is made from a pattern, signs stand for themselves
    // only when doubled.
    let quoted = role.replace('\'', "''").replace('%', "%%");
    let text = include_str!("../admin/grants.sql");
    let text = text.lines().filter(|line| !line.starts_with("-- p") && !line.starts_with("-- c"));
    let line = |line: &str| {
        let role = if line.contains("format(") { &quoted } else { &role };
        line.replace("NAMESPACE", &format!("\"{namespace}\"")).replace("ROLE", role) + "\n"
    };
    text.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let namespace: Namespace = "A.b-c".parse().unwrap();
        let text = grants(&namespace, r#"o'bri"en %s"#);
        assert!(text.contains(r#"ON SCHEMA "A.b-c" TO "o'bri""en %s";"#), "{text}");
        assert!(text.contains(r#"%I TO "o''bri""en %%s"'"#), "{text}");
        assert!(!text.contains("ROLE") && !text.contains("NAMESPACE"), "{text}");
    }

    #[test]
    fn only_what_is_newer_is_made() {
        let namespace = Namespace::default();
        let whole = layout(&namespace, 0).unwrap();
        let newest = layout(&namespace, u32::try_from(FORMAT).unwrap()).unwrap();
        assert!(whole.contains("CREATE TABLE meta") && whole.contains("FUNCTION request_work_"));
        assert!(!newest.contains("CREATE TABLE meta") && newest.contains("FUNCTION request_work_"));
        for word in ["NAMESPACE", "FUNCTIONS;", "HASH", "MIN_READER", "MIGRATIONS"] {
            assert!(!whole.contains(word), "{word}");
        }
        assert!(matches!(layout(&namespace, 99), Err(TaskDbErr::Format { found: 99, .. })));
    }
}
