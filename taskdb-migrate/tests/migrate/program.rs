//! The program: its commands, exit codes and documents.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use taskdb::record::Record;

use crate::places::{At, records};
use crate::population::fill;

fn program(folder: &Path, line: &str) -> assert_cmd::assert::Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskdb-migrate"));
    command.current_dir(folder).args(line.split_whitespace()).assert()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_work_together() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let old = At::sqlite(dir, "old");
    fill(&old.db().await, 30, 30).await;
    let check = program(dir, "check --from sqlite://old.db --to sqlite://new.db").code(0);
    assert!(text(&check.get_output().stdout).contains("bytes of definitions"));
    assert!(!dir.join("new.db").exists());
    let run = program(dir, "copy --from sqlite://old.db --to sqlite://new.db --dry-run --json");
    run.code(0);
    assert!(!dir.join("new.db").exists());
    program(dir, "dump --from sqlite://old.db --to all.gz --compress").code(0);
    let copy = program(dir, "copy --from sqlite://old.db --to sqlite://new.db --json").code(0);
    let lines: Vec<Value> = text(&copy.get_output().stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "copy");
    assert!(last["result"]["counts"]["jobs"].as_u64().unwrap() > 0, "{last}");
    assert!(lines.iter().any(|line| line["event"] == "pause"), "{lines:?}");
    let verify = "verify --from sqlite://old.db --to sqlite://new.db";
    program(dir, verify).code(0);
    program(dir, "load --from file:all.gz --to sqlite://loaded.db").code(0);
    program(dir, "verify --from file:all.gz --to sqlite://loaded.db").code(0);
    let status = program(dir, "status --from sqlite://new.db").code(0);
    let status = text(&status.get_output().stdout);
    assert!(
        status.contains("gate open") && status.contains("copy from sqlite://old.db"),
        "{status}"
    );
    let status = program(dir, "status --from sqlite://new.db --json").code(0);
    let status: Value = serde_json::from_slice(&status.get_output().stdout).unwrap();
    assert_eq!(status["result"]["copy"]["stage"], "done");
    // The copy goes on, and is the same no more.
    let new = At::sqlite(dir, "new").db().await;
    let job = records(&new).await.into_iter().find_map(|record| match record {
        Record::Job(job) => Some(job.job_id),
        _ => None,
    });
    new.delete_job(&job.unwrap()).await.unwrap();
    let differs = program(dir, verify).code(1);
    assert!(text(&differs.get_output().stdout).contains("is missing in the target"));
}

/// The commands in the blocks of a page that are marked as shell.
fn commands(page: &str) -> Vec<&str> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("taskdb-migrate ")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_manual_run() {
    let folder = tempfile::tempdir().unwrap();
    fill(&At::sqlite(folder.path(), "old").db().await, 31, 20).await;
    let page = std::fs::read_to_string("../docs/migrate.md").unwrap();
    let commands = commands(&page);
    assert!(commands.len() >= 7, "{commands:?}");
    for line in commands {
        program(folder.path(), line).code(0);
    }
}

#[tokio::test]
async fn refusals_have_their_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for (line, words) in [
        ("", "name a command"),
        ("copy --from nonsense --to sqlite://a.db", "sqlite://FILE"),
        ("copy --from redis://u:secret@127.0.0.1:1?nonsense=1 --to sqlite://a.db", "nonsense"),
        ("up --print --to file:x", "no layout"),
        ("copy --from sqlite://none.db", "--to"),
    ] {
        let run = program(dir, line).code(2);
        let said = text(&run.get_output().stderr);
        assert!(said.contains(words) && !said.contains("secret"), "{line}: {said}");
    }
    let run = program(dir, "copy --from sqlite://none.db --to sqlite://a.db").code(1);
    assert!(text(&run.get_output().stderr).contains("none.db"));
    let run = program(dir, "status --from redis://u:secret@127.0.0.1:1").code(1);
    assert!(!text(&run.get_output().stderr).contains("secret"));
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 0, "something was created");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_looks_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let At(old) = At::sqlite(dir, "old");
    fill(&At(old.clone()).db().await, 32, 5).await;
    // In a file that is there, a namespace is as missing as elsewhere.
    let beside = At(format!("{old}?namespace=beside"));
    for new in [beside, At::sqlite(dir, "new"), At::redis(), At::shards(), At::postgres()] {
        let At(to) = &new;
        program(dir, &format!("check --from {old} --to {to}")).code(0);
        program(dir, &format!("copy --from {old} --to {to} --dry-run")).code(0);
        for line in [
            format!("verify --from {old} --to {to}"),
            format!("copy --from {to} --to {old}"),
            format!("dump --from {to} --to none.dump"),
            format!("status --from {to}"),
        ] {
            let said = text(&program(dir, &line).failure().get_output().stderr);
            assert!(said.contains("no such"), "{line}: {said}");
        }
        assert!(!new.place().exists().await.unwrap(), "{to} was made");
        drop(new.db().await);
        assert!(new.place().exists().await.unwrap(), "{to}");
    }
}

#[tokio::test]
async fn printed_statements_lay_out_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let print = program(folder.path(), "up --print --to sqlite://a.db").code(0);
    let sql = text(&print.get_output().stdout);
    assert!(sql.contains("CREATE TABLE namespaces"), "{sql}");
    program(folder.path(), "up --to sqlite://a.db").code(0);
    assert!(folder.path().join("a.db").exists());
}

#[tokio::test]
async fn printed_statements_lay_out_a_schema() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://owner:secret@127.0.0.1:1/jobs?namespace=builds";
    let print = program(folder.path(), &format!("up --print --to {url}")).code(0);
    let sql = text(&print.get_output().stdout);
    assert!(sql.contains("CREATE SCHEMA IF NOT EXISTS \"builds\"") && !sql.contains("secret"));
}
