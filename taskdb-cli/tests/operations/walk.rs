//! A walk through `docs/operations.md`: its commands are run as they stand there, and its tables
//! have a row for everything that can happen.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::{self, Ran};
use crate::store::Store;

const PAGE: &str = "docs/operations.md";

/// The commands under a heading that a reader runs, a text for each block.
pub(crate) fn blocks(heading: &str) -> Vec<String> {
    let page = crate::text(PAGE);
    let section = page.split(&format!("\n{heading}\n")).nth(1).expect(heading);
    let end = section.find("\n#").unwrap_or(section.len());
    commands(&section[..end])
}

fn commands(text: &str) -> Vec<String> {
    let fenced = text.split("```sh\n").skip(1);
    fenced.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// Runs commands in a folder, up to the first that fails.
fn shell(folder: &Path, commands: &str, env: &[(&str, &str)]) -> Ran {
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", commands]).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TASKDB_")) {
        shell.env_remove(name);
    }
    program::ended(shell.env("PATH", program::path()).envs(env.iter().copied()))
}

/// As [`shell`], and all of them must work.
#[track_caller]
pub(crate) fn run(folder: &Path, commands: &str, env: &[(&str, &str)]) {
    let ran = shell(folder, commands, env);
    assert_eq!(ran.code, Some(0), "{commands}\n{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn the_commands_of_the_page_work_in_their_order() {
    let store = Store::new();
    store.job("w", json!(1), 0);
    let failed = store.job("w", json!(2), 0);
    store.wait(store.db.update_task_failed(&failed, "init", "broken")).unwrap();
    let page = crate::text(PAGE);
    let commands: Vec<_> = commands(&page)
        .into_iter()
        // Those are about other servers, which have tests of their own.
        .filter(|block| !block.contains("redis-cli") && !block.contains("pg_"))
        .collect();
    assert!(commands.len() >= 9, "{commands:?}");
    let ran = shell(&store.path(""), &commands.join("\n"), &[]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains(&format!("{failed} retried")), "{}", ran.stdout);
    assert!(ran.stdout.contains("nothing is wrong") && ran.stdout.contains("deleted 0 done"));
}

/// What stands in the first cell of the rows under a heading, by its words in backticks.
fn rows(heading: &str) -> BTreeSet<String> {
    let page = crate::text(PAGE);
    let section = page.split(&format!("\n## {heading}\n")).nth(1).expect(heading);
    let section = section.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    cells
        .flat_map(|cell| cell.split("`, `"))
        .map(|word| word.trim_end_matches('`').to_owned())
        .collect()
}

#[test]
fn every_alert_says_what_to_do() {
    let rules: Value =
        serde_saphyr::from_str(&crate::text("deploy/prometheus/alerts.yaml")).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap().clone();
    let alerts: BTreeSet<_> =
        rules.iter().map(|rule| rule["alert"].as_str().unwrap().to_owned()).collect();
    assert_eq!(alerts, rows("When an alert fires"));
    let documented = crate::text("docs/metrics.md");
    for rule in &rules {
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["page", "ticket"].contains(&severity), "{rule}");
        assert!(rule["annotations"]["summary"].as_str().unwrap().ends_with('.'), "{rule}");
        for name in metrics(rule["expr"].as_str().unwrap()) {
            let name = crate::scrape::family(&name).to_owned();
            assert!(documented.contains(&format!("| `{name}` |")), "{name} is not documented");
        }
    }
}

/// The metrics in an expression.
pub(crate) fn metrics(expression: &str) -> Vec<String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("taskdb_")).map(str::to_owned).collect()
}

#[test]
fn every_error_says_what_to_do() {
    let source = crate::text("taskdb-core/src/error.rs");
    let kinds = source.split("pub enum TaskDbErr {").nth(1).unwrap().split("\n}").next().unwrap();
    let kinds = kinds.lines().filter_map(|line| line.strip_prefix("    "));
    let kinds = kinds.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    let kinds: BTreeSet<_> =
        kinds.map(|line| line.split([' ', '(', '{']).next().unwrap().to_owned()).collect();
    assert!(kinds.len() >= 15, "{kinds:?}");
    assert_eq!(kinds, rows("When a call is refused"));
}
