//! Every source file says first what it is: `//!` in Rust, a contract in SQL and Lua.

use crate::problem::Problem;

/// Backends and the language of their statements; a crate that is there must have some.
const STATEMENTS: [(&str, &str); 3] =
    [("taskdb-sqlite/", ".sql"), ("taskdb-postgres/", ".sql"), ("taskdb-redis/", ".lua")];

/// What the header of a statement must name, with the kind of comment it is written in.
const SQL: (&str, [&str; 3]) = ("--", ["purpose:", "params:", "cost:"]);
const LUA: (&str, [&str; 3]) = ("--", ["KEYS", "ARGV", "returns"]);

pub(crate) fn check(path: &str, text: &str) -> Vec<Problem> {
    let (comment, words) = match path.rsplit_once('.') {
        Some((_, "rs")) if text.starts_with("//!") => return Vec::new(),
        Some((_, "rs")) => {
            let advice = "open the file with `//!`: what it is, and is not, for";
            return vec![Problem::new(path, 1, advice)];
        }
        Some((_, "sql")) => SQL,
        Some((_, "lua")) => LUA,
        _ => return Vec::new(),
    };
    // The first line of a script may say how the server is to run it.
    let lines = text.lines().skip_while(|line| line.starts_with("#!lua"));
    let header: Vec<&str> = lines.take_while(|line| line.starts_with(comment)).collect();
    let missing = words.iter().filter(|word| !header.iter().any(|line| says(line, word)));
    let advice = |word| format!("open the file with a `{comment}` header that has `{word}`");
    missing.map(|word| Problem::new(path, 1, advice(word))).collect()
}

/// A word that ends in a colon must be followed by something.
fn says(line: &str, word: &str) -> bool {
    line.split_once(word).is_some_and(|(_, rest)| !word.ends_with(':') || !rest.trim().is_empty())
}

/// Finds the backends without statements, for which the rules on them would pass unseen.
pub(crate) fn missing_statements(paths: &[&str]) -> Vec<Problem> {
    let lacking = STATEMENTS.iter().filter(|(backend, extension)| {
        let mut files = paths.iter().filter(|path| path.starts_with(backend)).peekable();
        let required = *backend == "taskdb-sqlite/" || files.peek().is_some();
        required && !files.any(|path| path.ends_with(extension))
    });
    let advice = |extension| format!("keep its statements in {extension} files; there are none");
    lacking.map(|(backend, extension)| Problem::new(backend, 1, advice(extension))).collect()
}

#[test]
fn rust_opens_with_its_doc() {
    assert_eq!(check("a.rs", "//! What it is.\n"), []);
    assert_eq!(check("a.rs", "// What it is.\n").len(), 1);
    assert_eq!(check("a.rs", "\n//! What it is.\n").len(), 1);
}

#[test]
fn statements_open_with_their_contract() {
    let good = "-- purpose: reads a job\n-- params: none\n-- cost: one row\nSELECT 1;\n";
    assert_eq!(check("a.sql", good), []);
    assert_eq!(check("a.sql", "-- purpose: x\n-- params:\nSELECT 1;\n-- cost: y\n").len(), 2);
    assert_eq!(check("a.lua", "-- KEYS: none\n-- ARGV: id\n-- returns 1\n"), []);
    assert_eq!(check("a.lua", "#!lua\n-- KEYS: none\n-- ARGV: id\n-- returns 1\n"), []);
    assert_eq!(check("a.lua", "-- KEYS: none\n").len(), 2);
}

#[test]
fn a_backend_has_statements() {
    assert_eq!(missing_statements(&["taskdb-sqlite/queries/a.sql"]), []);
    assert_eq!(missing_statements(&[]).len(), 1);
    assert_eq!(missing_statements(&["taskdb-sqlite/a.sql", "taskdb-redis/src/lib.rs"]).len(), 1);
}
