//! `taskdb config show`, and commands that take their store from a file.

use std::process::{Command, Output};

use serde_json::Value;

/// The program in a folder of its own with this `taskdb.toml`, and no variables of ours.
fn taskdb(folder: &tempfile::TempDir, file: &str, args: &[&str]) -> Output {
    std::fs::write(folder.path().join("taskdb.toml"), file).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("taskdb"));
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"TASKDB_") {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(folder.path()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_is_configured_is_shown_with_its_source_and_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = "url = \"custom://ann@host\"\npassword = \"Sentinel-9\"\n";
    let shown = taskdb(&folder, file, &["config", "show", "--json"]);
    let document: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let password = document.as_array().unwrap().iter().find(|field| field["name"] == "password");
    let password = password.expect("the field is listed");
    assert_eq!(password["value"], "***");
    assert_eq!(password["source"]["kind"], "file");
    assert_eq!(password["source"]["line"], 2);
    assert_eq!(shown.status.code(), Some(2), "nobody serves this scheme");
    let table = taskdb(&folder, file, &["config", "show"]);
    assert!(text(&table.stdout).contains("in taskdb.toml, line 1"), "{}", text(&table.stdout));
    for output in [&shown, &table] {
        let all = text(&output.stdout) + &text(&output.stderr);
        assert!(!all.contains("Sentinel-9"), "{all}");
    }
}

#[test]
fn the_command_line_outranks_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "url = \"sqlite://one.db\"\n";
    let create = ["job", "create", "--user", "ann", "--worker-type", "cpu", "--definition", "null"];
    let made = taskdb(&folder, file, &create);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(folder.path().join("one.db").exists());
    let other = taskdb(&folder, file, &["job", "list", "--json", "--url", "sqlite://two.db"]);
    let jobs: Value = serde_json::from_slice(&other.stdout).unwrap();
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(0));
}

#[test]
fn without_a_store_it_says_where_to_name_one() {
    let folder = tempfile::tempdir().unwrap();
    let refused = taskdb(&folder, "", &["stream", "list"]);
    assert_eq!(refused.status.code(), Some(2));
    let why = text(&refused.stderr);
    assert!(why.contains("--url") && why.contains("TASKDB_URL"), "{why}");
}

#[test]
fn the_layout_is_printed_without_a_server_and_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://ann:Sentinel-9@127.0.0.1:1/jobs?namespace=builds";
    let sql = taskdb(&folder, "", &["schema", "sql", "--url", url]);
    assert!(sql.status.success(), "{}", text(&sql.stderr));
    let sql = text(&sql.stdout);
    assert!(sql.contains("CREATE SCHEMA IF NOT EXISTS \"builds\";") && !sql.contains("Sentinel-9"));
    let newer = taskdb(&folder, "", &["schema", "sql", "--url", url, "--from", "99"]);
    assert_eq!(newer.status.code(), Some(1), "{}", text(&newer.stderr));
    let grants = taskdb(&folder, "", &["schema", "grants", "--url", url, "--role", "worker"]);
    assert!(text(&grants.stdout).contains("GRANT USAGE ON SCHEMA \"builds\" TO \"worker\";"));
    let other = taskdb(&folder, "", &["schema", "sql", "--url", "sqlite://jobs.db"]);
    assert_eq!(other.status.code(), Some(2), "{}", text(&other.stderr));
}
