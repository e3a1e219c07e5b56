//! Statements are files with a header, never strings in Rust.

use crate::problem::Problem;
use crate::rust::Source;
use crate::tree::is_test;

/// How a statement begins.
const VERBS: [&str; 9] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "WITH", "PRAGMA"];

pub(crate) fn check(path: &str, text: &str) -> Vec<Problem> {
    // An example shows the statements of an application beside its calls.
    if !path.ends_with(".rs") || is_test(path) || path.starts_with("examples/") {
        return Vec::new();
    }
    let source = Source::read(text);
    let tests = source.test_lines();
    let statements = source.strings.iter().filter(|string| is_statement(&string.text));
    let outside = statements.filter(|string| !tests.iter().any(|test| test.contains(&string.line)));
    let advice = "move the statement into a .sql file and `include_str!` it";
    outside.map(|string| Problem::new(path, string.line, advice)).collect()
}

fn is_statement(string: &str) -> bool {
    let string = string.trim_start().trim_start_matches("\\\n").trim_start();
    let rest = VERBS.iter().find_map(|verb| string.strip_prefix(verb));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || c == '\\'))
}

#[test]
fn statements_in_code_are_found() {
    assert_eq!(check("src/a.rs", "const A: &str = \"SELECT 1\";").len(), 1);
    assert_eq!(check("src/a.rs", "run(r#\"\n  PRAGMA user_version\"#)").len(), 1);
    assert_eq!(check("src/a.rs", "run(\"\\\n  WITH a AS (x) \\\n  y\")").len(), 1);
}

#[test]
fn prose_and_tests_are_not() {
    assert_eq!(check("src/a.rs", "\"Select a store\"; \"DELETED\"; \"DELETE\"; // SELECT x"), []);
    assert_eq!(check("src/a.rs", "#[cfg(test)]\nmod tests { const A: &str = \"SELECT 1\"; }"), []);
    assert_eq!(check("tests/a.rs", "const A: &str = \"SELECT 1\";"), []);
    assert_eq!(check("examples/a.rs", "const A: &str = \"SELECT 1\";"), []);
}
