//! The program on Redis, with sizes at which nothing is measured: that every workload
//! does its work on servers of its own, and that a server of others is left as it was.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use assert_cmd::Command as Program;
use serde_json::Value;
use taskdb_testkit::servers::redis::{Options, Server};

const BIN: &str = env!("CARGO_BIN_EXE_taskdb-bench");

/// Runs a quick measurement; returns its report.
fn report(args: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("a.json");
    let mut program = Program::new(BIN);
    // Files of the servers lie here too, and are to be gone with them.
    let temporary = tempfile::tempdir().expect("a folder");
    program.env("TMPDIR", temporary.path()).args(["--quick", "--json"]).arg(&json).args(args);
    let output = program.output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{error}", output.status);
    assert_eq!(std::fs::read_dir(temporary.path()).expect("a folder").count(), 0);
    let text = std::fs::read_to_string(json).expect("the program has written it");
    serde_json::from_str(&text).expect("it is JSON")
}

fn figures(report: &Value) -> &[Value] {
    report["figures"].as_array().expect("a list")
}

fn words<'a>(figures: &[&'a Value], key: &str) -> BTreeSet<&'a str> {
    figures.iter().map(|figure| figure[key].as_str().expect("a word")).collect()
}

/// Every key of a server with what it holds.
fn content(server: &Server) -> Vec<(String, String)> {
    let mut keys: Vec<String> = server.cli(&["KEYS", "*"]).expect("keys");
    keys.sort();
    let value = |key: String| (server.cli(&["GET", &key]).expect("a value"), key);
    keys.into_iter().map(value).collect()
}

#[test]
fn every_workload_reports_on_both_private_servers() {
    let report = report(&["--backend", "redis-private"]);
    let both = ["redis-no-aof", "redis-everysec"];
    for store in both {
        let own = |figure: &&Value| figure["store"] == store;
        let own: Vec<_> = figures(&report).iter().filter(own).collect();
        // Clusters are measured beside the first one alone.
        let workloads = if store == both[0] { 20 } else { 19 };
        assert_eq!(words(&own, "workload").len(), workloads, "{store}");
        // Reports that are put together know them by these words.
        let name =
            |figure: &&Value| ["workload", "what", "point"].map(|word| figure[word].to_string());
        let names: BTreeSet<_> = own.iter().map(name).collect();
        assert_eq!(names.len(), own.len(), "{store}: two figures have one name");
        let named = |workload, what| {
            let fits = |figure: &&&Value| figure["workload"] == workload && figure["what"] == what;
            own.iter().filter(fits).copied().collect::<Vec<_>>()
        };
        for figure in named("flat", "cycles") {
            assert_eq!(figure["limit"]["name"], "pairs of reference scripts", "{figure}");
        }
        assert_eq!(named("memory", "task").len(), 3);
        assert_eq!(named("idle", "scripts").len(), 1);
        let points = words(&named("scripts", "claim"), "point");
        assert_eq!(points, BTreeSet::from(["batch=1", "batch=100", "batch=1000"]));
        assert_eq!(words(&named("scripts", "repair"), "point"), BTreeSet::from(["n=1100"]));
    }
    let stores = report["stores"].as_array().expect("a list");
    let syncs: Vec<_> = stores.iter().map(|store| store["syncs_per_sec"].is_number()).collect();
    assert_eq!(syncs, [false, true], "only one of them has a file");
}

#[test]
fn a_server_of_others_is_left_as_it_was() {
    let server = Server::start().expect("a server");
    for key in ["{mine}:meta", "mine"] {
        server.cli::<()>(&["SET", key, "mine"]).expect("a key");
    }
    let before = content(&server);
    let settings = || -> Vec<String> { server.cli(&["CONFIG", "GET", "*"]).expect("settings") };
    let settings_before = settings();
    let url = format!("{}?namespace=mine", server.url());
    let report = report(&["--backend", &url, "--workload", "flat", "--workload", "scripts"]);
    let all: Vec<_> = figures(&report).iter().collect();
    // Timing single scripts would take other settings of the server.
    assert_eq!(words(&all, "workload"), BTreeSet::from(["flat"]));
    assert_eq!(words(&all, "store"), BTreeSet::from(["redis"]));
    assert_eq!(content(&server), before);
    assert_eq!(settings(), settings_before);
}

#[test]
fn a_password_is_used_and_told_to_nobody() {
    let options = Options { password: Some("secret".into()), ..Options::default() };
    let server = options.start().expect("a server");
    let report = report(&["--backend", &server.url(), "--workload", "create"]);
    assert!(!report.to_string().contains("secret"), "{report}");
    let all = figures(&report);
    assert!(!all.is_empty() && all.iter().all(|figure| figure["limit"].is_null()), "{report}");
}

#[test]
fn an_interrupted_run_leaves_nothing_on_a_server() {
    let server = Server::start().expect("a server");
    let mut program = Command::new(BIN)
        .args(["--workload", "create", "--backend", &server.url()])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(program.stderr.take().expect("it is piped")).lines();
    assert_eq!(lines.next().expect("a line").expect("it is text"), "redis: create");
    // Its work is under way when there are keys of it.
    while server.cli::<usize>(&["DBSIZE"]).expect("a number") == 0 {
        std::thread::yield_now();
    }
    let id = i32::try_from(program.id()).ok().and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.expect("an id"), rustix::process::Signal::INT)
        .expect("it can be interrupted");
    assert_eq!(program.wait().expect("it ends").code(), Some(130));
    assert_eq!(content(&server), []);
}
