//! One word per verb of the storage seam: method, file in a backend, case and heading.

use crate::problem::Problem;

/// The trait whose methods are the verbs.
const STORE: &str = "taskdb-core/src/store.rs";
/// The page that says what they do.
const SEMANTICS: &str = "docs/semantics.md";
/// The backends, each with a file per verb.
const BACKENDS: [&str; 3] = ["taskdb-sqlite", "taskdb-redis", "taskdb-postgres"];
/// The conformance cases, a file or a directory per verb.
const CASES: &str = "taskdb-testkit/src/cases";

pub(crate) fn check<'a>(
    verbs: &[&str],
    paths: &[&str],
    text: impl Fn(&str) -> &'a str,
) -> Vec<Problem> {
    let (store, semantics) = (text(STORE), text(SEMANTICS));
    let headings: Vec<&str> = semantics.lines().filter(|line| line.starts_with('#')).collect();
    let mut problems = Vec::new();
    for verb in verbs {
        let mut expect = |holds: bool, path: &str, advice: String| {
            problems.extend((!holds).then(|| Problem::new(path, 1, advice)));
        };
        let method = format!("async fn {verb}(");
        expect(store.contains(&method), STORE, format!("declare `{method}..)`"));
        for backend in BACKENDS {
            let file = format!("{backend}/src/ops/{verb}.rs");
            expect(paths.contains(&file.as_str()), &file, format!("implement `{verb}` here"));
        }
        let (file, directory) = (format!("{CASES}/{verb}.rs"), format!("{CASES}/{verb}/mod.rs"));
        let tested = paths.iter().any(|path| **path == file || **path == directory);
        expect(tested, &file, format!("write the cases of `{verb}` here"));
        let word = format!("`{verb}`");
        let described = headings.iter().any(|heading| heading.contains(&word));
        expect(described, SEMANTICS, format!("describe {word} under a heading that names it"));
    }
    problems
}

const COMPLETE: [&str; 4] = [
    "taskdb-sqlite/src/ops/delete_job.rs",
    "taskdb-redis/src/ops/delete_job.rs",
    "taskdb-postgres/src/ops/delete_job.rs",
    "taskdb-testkit/src/cases/delete_job.rs",
];

fn text(path: &str) -> &'static str {
    if path == STORE { "    async fn delete_job(\n" } else { "## `delete_job` and friends\n" }
}

#[test]
fn a_verb_with_everything_passes() {
    assert_eq!(check(&["delete_job"], &COMPLETE, text), []);
    let cases = "taskdb-testkit/src/cases/delete_job/mod.rs";
    let directory = [COMPLETE[0], COMPLETE[1], COMPLETE[2], cases];
    assert_eq!(check(&["delete_job"], &directory, text), []);
}

#[test]
fn each_missing_piece_is_named() {
    assert_eq!(check(&["delete_job"], &COMPLETE[1..], text).len(), 1);
    assert_eq!(check(&["delete_job"], &COMPLETE[..3], text).len(), 1);
    let no_method = |path: &str| if path == STORE { "" } else { text(path) };
    assert_eq!(check(&["delete_job"], &COMPLETE, no_method).len(), 1);
    let no_heading = |path: &str| if path == SEMANTICS { "`delete_job`" } else { text(path) };
    assert_eq!(check(&["delete_job"], &COMPLETE, no_heading).len(), 1);
    assert_eq!(check(&["delete"], &[], text).len(), 6);
}
