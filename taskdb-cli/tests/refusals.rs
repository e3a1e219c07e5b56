//! What is wrong with a graph is found before anything runs.

mod common;

use common::Folder;

/// A task that would leave a trace.
const TRACE: &str = "[tasks.trace]\nrun = 'touch ran'\n";

#[track_caller]
fn refused(graph: &str, args: &[&str], words: &[&str]) {
    let folder = Folder::new(&format!("{TRACE}{graph}"));
    folder.run(args).ended(2, words);
    assert!(!folder.path("ran").exists());
}

#[test]
fn a_cycle() {
    let graph = "[tasks.a]\nrun='x'\nneeds=['b']\n[tasks.b]\nrun='x'\nneeds=['a']\n";
    refused(graph, &[], &["graph.toml:3:8: ", "a -> b -> a"]);
}

#[test]
fn unknown_needs() {
    refused("[tasks.a]\nrun='x'\nneeds=['trcae']\n", &[], &["no task `trcae`", "`trace`?"]);
}

#[test]
fn an_unknown_key_and_broken_toml() {
    refused("[tasks.a]\nrun='x'\nneed=[]\n", &[], &["line 5, column 1", "unknown field `need`"]);
    refused("[tasks.a\n", &[], &["graph.toml: TOML parse error at line 3, column 9"]);
}

#[test]
fn a_definition_over_the_limit() {
    let graph = format!("[tasks.a]\nrun='{}'\n", "x".repeat(1 << 20));
    refused(&graph, &[], &["the limit is 1048576", "its largest task, `a`"]);
}

#[test]
fn no_tasks() {
    Folder::new("[run]\njobs = 1\n").run(&[]).ended(2, &["no task"]);
}

#[test]
fn an_unreadable_file() {
    let folder = Folder::new("");
    let missing = folder.path("missing.toml");
    common::run(&missing, &folder.path(""), &[]).ended(2, &["cannot read ", "No such file"]);
    common::run(&folder.path(""), &folder.path(""), &[]).ended(2, &["cannot read ", "directory"]);
    std::fs::write(folder.path("graph.toml"), b"\xff").unwrap();
    folder.run(&[]).ended(2, &["cannot read ", "UTF-8"]);
}

#[test]
fn places_for_result_and_store_that_cannot_be() {
    refused("", &["--output", "."], &["cannot write .: it is not a regular file"]);
    refused("", &["--output", "no/where"], &["its folder does not exist"]);
    refused("", &["--store", "graph.toml"], &["the file exists already"]);
    refused("", &["--store", "no/where"], &["its folder does not exist"]);
    refused("", &["--nonsense"], &["--nonsense", "Usage: "]);
}
