//! A broken rule, and how a test reports all of them at once.

use std::fmt;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    path: String,
    line: usize,
    what: String,
}

impl Problem {
    /// A problem at a line, counted from 1; `what` says what to do about it.
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Fails with a line per problem, in the order of the files.
pub(crate) fn report(rule: &str, problems: impl IntoIterator<Item = Problem>) {
    let mut problems: Vec<Problem> = problems.into_iter().collect();
    problems.sort();
    let list: String = problems.iter().map(|problem| format!("  {problem}\n")).collect();
    assert!(list.is_empty(), "{rule}: {} to mend\n{list}", problems.len());
}

#[test]
fn a_problem_is_printed_as_a_place_and_an_advice() {
    let problem = Problem::new("src/lib.rs", 7, "shorten it");
    assert_eq!(problem.to_string(), "src/lib.rs:7: shorten it");
}

#[test]
#[should_panic(expected = "lengths: 1 to mend\n  src/lib.rs:7: shorten it")]
fn a_problem_fails_the_test() {
    report("lengths", [Problem::new("src/lib.rs", 7, "shorten it")]);
}
