//! No file and no function grows into a monster.

use crate::problem::Problem;
use crate::rust::Source;
use crate::tree::is_test;

/// A Rust file, tests included, can be read in one sitting.
const RUST_LINES: usize = 500;
/// Half of the files are far shorter; tests do not count.
const RUST_MEDIAN: usize = 150;
/// An example is read by somebody in a hurry.
const EXAMPLE_LINES: usize = 60;
/// A function fits on a screen, signature and closing brace included.
const FUNCTION_LINES: usize = 60;
/// A script runs alone on the server while others wait.
const LUA_LINES: usize = 100;
/// A file is one statement and its header.
const SQL_LINES: usize = 60;

pub(crate) fn check(path: &str, text: &str) -> Vec<Problem> {
    let budget = match path.rsplit_once('.') {
        Some((_, "rs")) if path.starts_with("examples/") => EXAMPLE_LINES,
        Some((_, "rs")) => RUST_LINES,
        Some((_, "lua")) => LUA_LINES,
        Some((_, "sql")) => SQL_LINES,
        _ => return Vec::new(),
    };
    let lines = text.lines().count();
    let mut problems = Vec::new();
    if lines > budget {
        let advice = format!("split the file: {lines} lines, the budget is {budget}");
        problems.push(Problem::new(path, budget + 1, advice));
    }
    if path.ends_with(".rs") && !is_test(path) {
        problems.extend(long_functions(path, text));
    }
    problems
}

fn long_functions(path: &str, text: &str) -> Vec<Problem> {
    let source = Source::read(text);
    let tests = source.test_lines();
    let mut problems = Vec::new();
    for function in source.functions() {
        let (first, lines) = (*function.lines.start(), function.lines.count());
        if lines > FUNCTION_LINES && !tests.iter().any(|test| test.contains(&first)) {
            let name = function.name;
            let advice = format!("split `{name}`: {lines} lines, the budget is {FUNCTION_LINES}");
            problems.push(Problem::new(path, first, advice));
        }
    }
    problems
}

/// Checks the median of the lengths of all Rust files that are not tests.
pub(crate) fn check_median(lengths: &[usize]) -> Vec<Problem> {
    let mut lengths = lengths.to_vec();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    let advice = format!("shorten files: their median is {median}, the budget {RUST_MEDIAN} lines");
    if median > RUST_MEDIAN { vec![Problem::new("*.rs", 1, advice)] } else { Vec::new() }
}

#[test]
fn files_have_a_budget() {
    let budgets = [
        ("a.rs", RUST_LINES),
        ("examples/a.rs", EXAMPLE_LINES),
        ("a.lua", LUA_LINES),
        ("a.sql", SQL_LINES),
    ];
    for (path, budget) in budgets {
        assert_eq!(check(path, &"\n".repeat(budget)), []);
        assert_eq!(check(path, &"\n".repeat(budget + 1)).len(), 1);
    }
    assert_eq!(check("a.md", &"\n".repeat(1_000)), []);
}

#[test]
fn functions_have_a_budget() {
    let function = |lines: usize| format!("fn f() {{{}}}\n", "\n".repeat(lines - 1));
    assert_eq!(check("a.rs", &function(FUNCTION_LINES)), []);
    assert_eq!(check("a.rs", &function(FUNCTION_LINES + 1)).len(), 1);
    assert_eq!(check("tests/a.rs", &function(FUNCTION_LINES + 1)), []);
    let in_module = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(FUNCTION_LINES + 1));
    assert_eq!(check("a.rs", &in_module), []);
}

#[test]
fn the_median_has_a_budget() {
    assert_eq!(check_median(&[10, RUST_MEDIAN, 400]), []);
    assert_eq!(check_median(&[10, RUST_MEDIAN + 1, 400]).len(), 1);
    assert_eq!(check_median(&[]), []);
}
