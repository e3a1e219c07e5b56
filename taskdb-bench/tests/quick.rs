//! The program as its users run it, with sizes at which nothing is measured: that
//! every workload does its work and reports it, and that nothing is left behind.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::Command as Program;
use serde_json::Value;
use tempfile::TempDir;

const BIN: &str = env!("CARGO_BIN_EXE_taskdb-bench");

const WORKLOADS: [&str; 18] = [
    "create",
    "flat",
    "batch",
    "fan-in",
    "fan-out",
    "layers",
    "chain",
    "tree",
    "streams",
    "backlog",
    "wake",
    "worker",
    "idle",
    "exporter",
    "insight",
    "memory",
    "migrate",
    "retention",
];

/// Runs the program with its temporary files in `folder`; returns what it printed.
fn run(folder: &Path, args: &[&str]) -> String {
    let mut program = Program::new(BIN);
    let output = program.env("TMPDIR", folder).args(args).output().expect("it starts");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the program has written it")
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into()).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The figures of a JSON report; each of them must be a number above 0.
fn figures(path: &Path) -> Vec<Value> {
    let report: Value = serde_json::from_str(&read(path)).expect("it is JSON");
    assert_eq!(report["failures"], Value::Array(Vec::new()));
    let figures = report["figures"].as_array().expect("a list").clone();
    for figure in &figures {
        let value = figure["value"].as_f64().unwrap_or(0.0);
        assert!(value > 0.0 && value.is_finite(), "{figure}");
    }
    figures
}

fn words<'a>(figures: &'a [Value], key: &str) -> BTreeSet<&'a str> {
    figures.iter().map(|figure| figure[key].as_str().expect("a word")).collect()
}

#[test]
fn every_workload_reports_and_nothing_is_left() {
    let (temporary, out) = (folder(), folder());
    let at = |name: &str| out.path().join(name);
    let (json, markdown, plots) = (at("a.json"), at("a.md"), at("plots"));
    let args = ["--quick", "--bench", "--json", "--markdown", "--svg"];
    let paths = [&json, &markdown, &plots].map(|path| path.to_str().expect("plain"));
    let table = run(
        temporary.path(),
        &[args[0], args[1], args[2], paths[0], args[3], paths[1], args[4], paths[2]],
    );
    let figures = figures(&json);
    assert_eq!(words(&figures, "workload"), WORKLOADS.into_iter().collect());
    let markdown = read(&markdown);
    for workload in WORKLOADS {
        assert!(table.contains(workload) && markdown.contains(workload), "{workload}");
        assert!(entries(&plots).iter().any(|name| name.starts_with(workload)), "{workload}");
    }
    let states = figures.iter().filter(|figure| figure["what"] == "task").count();
    assert_eq!(states, 3, "a task is measured ready, running and done");
    let processes = figures.iter().filter(|figure| figure["workload"] == "wake");
    assert_eq!(words(&processes.cloned().collect::<Vec<_>>(), "point").len(), 2);
    assert!(table.contains("mean nothing"), "{table}");
    assert_eq!(entries(temporary.path()), [""; 0]);
}

#[test]
fn any_set_of_stores_is_measured_and_files_of_others_are_left_alone() {
    let (temporary, disk) = (folder(), folder());
    let mine = disk.path().join("mine.db");
    std::fs::write(&mine, "not a database").expect("it is written");
    let json = disk.path().join("a.json");
    let url = format!("sqlite://{}", mine.display());
    let path = json.to_str().expect("plain");
    let common = ["--quick", "--workload", "flat", "--n", "7", "--workers", "3", "--json", path];
    let stores = ["--backend", "memory:", "--backend", &url, "--backend", &url];
    run(temporary.path(), &[&common[..], &stores[..]].concat());
    let figures = figures(&json);
    assert_eq!(words(&figures, "store"), BTreeSet::from(["memory", "sqlite", "sqlite-2"]));
    assert_eq!(words(&figures, "point"), BTreeSet::from(["n=7 workers=3"]));
    assert_eq!(read(&mine), "not a database");
    assert_eq!(entries(disk.path()).len(), 2, "{:?}", entries(disk.path()));
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_runs() {
    let temporary = folder();
    let cases: [(&[&str], &str); 5] = [
        (&["--backend", "redis://user:secret@127.0.0.1:1/0"], "no connection"),
        (&["--backend", "rediss://user:secret@127.0.0.1:1/0"], "no connection"),
        (&["--backend", "sqlite:///not/there/x.db"], "/not/there"),
        (&["--json", "/not/there/a.json"], "/not/there/a.json"),
        (&["--workload", "nothing"], "possible values"),
    ];
    for (args, word) in cases {
        let mut program = Program::new(BIN);
        let output =
            program.env("TMPDIR", temporary.path()).args(args).output().expect("it starts");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), &*out), (Some(2), ""), "{args:?}: {err}");
        assert!(err.contains(word) && !err.contains("secret"), "{args:?}: {err}");
    }
    assert_eq!(entries(temporary.path()), [""; 0]);
}

#[test]
fn the_list_names_every_workload_with_its_sizes() {
    let list = run(folder().path(), &["--list"]);
    let names: Vec<_> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    // Three are for the stores of one kind.
    let of_one_kind = ["pinned", "scripts", "shards"];
    let own: Vec<_> = names.iter().copied().filter(|name| !of_one_kind.contains(name)).collect();
    assert_eq!((own, names.len()), (WORKLOADS.to_vec(), WORKLOADS.len() + of_one_kind.len()));
    let flat = list.lines().find(|line| line.starts_with("flat ")).expect("it is there");
    assert!(flat.contains("one job of n") && flat.contains("100000"), "{list}");
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let temporary = folder();
    let mut program = Command::new(BIN)
        .env("TMPDIR", temporary.path())
        .args(["--workload", "flat"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(program.stderr.take().expect("it is piped")).lines();
    // The first line says that the first workload has begun.
    assert_eq!(lines.next().expect("a line").expect("it is text"), "sqlite: flat");
    assert_eq!(entries(temporary.path()).len(), 1);
    let id = i32::try_from(program.id()).ok().and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.expect("an id"), rustix::process::Signal::INT)
        .expect("it can be interrupted");
    assert_eq!(program.wait().expect("it ends").code(), Some(130));
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("interrupted"))));
    assert_eq!(entries(temporary.path()), [""; 0]);
}
