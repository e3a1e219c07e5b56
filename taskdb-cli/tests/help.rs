//! Every command shows examples with `--help`, and each of them works as it stands there.

mod store;
mod terminal;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use store::{Store, until};
use taskdb::{NewJob, NewTask, Schedule};
use uuid::Uuid;

/// The id that stands in all examples.
const ID: &str = "019c0000-0000-7000-8000-000000000000";

/// Every command that has examples, by its full name, with these.
fn examples() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    collect(&mut vec![], &mut found);
    found
}

fn collect(path: &mut Vec<String>, found: &mut BTreeMap<String, Vec<String>>) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("taskdb"));
    let help = command.args(&*path).arg("--help").output().unwrap();
    // A line that ends so goes on in the next.
    let help = String::from_utf8(help.stdout).unwrap().replace("\\\n    ", "");
    let lines = help.lines().filter_map(|line| line.strip_prefix("  taskdb "));
    let lines: Vec<_> = lines.map(|line| format!("taskdb {line}")).collect();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = commands.take_while(|line| !line.is_empty());
    let names: Vec<_> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(!lines.is_empty() || !names.is_empty(), "`{path:?}` has no example");
    if !lines.is_empty() {
        found.insert(path.join(" "), lines);
    }
    for name in names.into_iter().filter(|name| *name != "help") {
        path.push(name.to_owned());
        collect(path, found);
        path.pop();
    }
}

/// What a reader of these examples has: a store with a job that suits the command, and files.
fn prepared(command: &str) -> Store {
    let store = Store::new();
    let files = [
        ("graph.toml", "[tasks.a]\nrun = 'echo a'\n"),
        ("taskdb.toml", "url = 'sqlite://jobs.db'\n"),
        ("production.toml", "url = 'sqlite://jobs.db'\n"),
        ("worker.py", "print(1)\n"),
        ("step", "#!/bin/sh\necho 1\n"),
    ];
    for (name, text) in files {
        std::fs::write(store.path(name), text).unwrap();
    }
    for folder in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"]
    {
        std::fs::create_dir_all(store.path(folder)).unwrap();
    }
    store.wait(fill(&store, command)).unwrap();
    store
}

async fn fill(store: &Store, command: &str) -> taskdb::Result<()> {
    let (db, id) = (&store.db, ID.parse::<Uuid>().expect("an id"));
    db.create_stream_as(id, "cpu", 1, 1.0, "alice").await?;
    let nightly = NewJob::new("alice", id, json!("report"));
    if command == "stream delete" {
        return Ok(());
    }
    db.put_schedule(&Schedule::new("nightly", "0 0 * * *", nightly)).await?;
    db.create_job_with(NewJob::new("alice", id, json!(1)).id(id)).await?;
    db.create_tasks(&id, ["one", "two"].map(|name| NewTask::new(name, id, json!(name)))).await?;
    if command != "task create" {
        db.create_task_with(&id, NewTask::new("total", id, json!("sum"))).await?;
    }
    match command {
        "task retry" => drop(db.update_task_failed(&id, "total", "broken").await?),
        "job retry" => drop(db.update_task_failed(&id, "one", "broken").await?),
        "task output" | "job wait" => {
            for task in ["init", "one", "two", "total"] {
                db.update_task_done(&id, task, json!(1)).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Runs an example in a shell, as its reader would; one that serves is told to stop.
fn works(name: &str, example: &str) {
    let store = prepared(name);
    // What follows several spaces is a remark.
    let line = &example[..example.find("   ").unwrap_or(example.len())];
    let program = assert_cmd::cargo::cargo_bin("taskdb");
    let folder = program.parent().unwrap().display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("chmod +x step; exec {line}")]).current_dir(store.path(""));
    shell.env("PATH", path).env("HOME", store.path(""));
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if name == "top" {
        return is_shown(&mut shell, line);
    }
    let mut child = shell.spawn().unwrap();
    // Most do not read it, and have ended by now.
    let _ = child.stdin.take().unwrap().write_all(b"{\"n\": 3}");
    if name == "worker" && !line.contains("--until-idle") {
        until("a worker", || !store.wait(store.db.list_workers(None, 1)).unwrap().is_empty());
        let stop = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(stop.success());
    }
    if name == "exporter" {
        let told = store::line_of(child.stderr.as_mut().unwrap());
        assert!(told.contains("listening to http://"), "{line}\n{told}");
        let stop = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(stop.success());
    }
    if line.contains("--follow") {
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("created"), "{line}\n{first}");
        let stop = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(stop.success());
    }
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{line}\n{}\n{said}", ended.status);
}

/// Runs an example that needs a terminal, and ends it by a key.
fn is_shown(shell: &mut Command, line: &str) {
    let mut terminal = terminal::Terminal::start(shell, line);
    until("the first look", || terminal.shown().contains("alice"));
    terminal.press("q");
    assert!(terminal.ended().success(), "{line}");
}

#[test]
fn every_example_works() {
    let found = examples();
    assert!(found.len() >= 30, "{:?}", found.keys());
    let all: Vec<_> =
        found.iter().flat_map(|(name, lines)| lines.iter().map(move |line| (name, line))).collect();
    assert!(all.len() >= 50, "{all:?}");
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(4)) {
            scope.spawn(move || part.iter().for_each(|(name, line)| works(name, line)));
        }
    });
}
