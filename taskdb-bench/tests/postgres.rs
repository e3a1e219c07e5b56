//! The program on Postgres, with sizes at which nothing is measured: that every workload
//! does its work on a server of its own, and that a database of others is left as it was.

use std::collections::BTreeSet;

use assert_cmd::Command as Program;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use taskdb_testkit::servers::postgres::Options;

/// Runs a quick measurement; returns its report.
fn report(args: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("a.json");
    let mut program = Program::new(env!("CARGO_BIN_EXE_taskdb-bench"));
    program.args(["--quick", "--json"]).arg(&json).args(args);
    let output = program.output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{error}", output.status);
    assert!(!error.contains("secret"), "{error}");
    let text = std::fs::read_to_string(json).expect("the program has written it");
    serde_json::from_str(&text).expect("it is JSON")
}

fn figures(report: &Value) -> Vec<&Value> {
    report["figures"].as_array().expect("a list").iter().collect()
}

fn words<'a>(figures: &[&'a Value], key: &str) -> BTreeSet<&'a str> {
    figures.iter().map(|figure| figure[key].as_str().expect("a word")).collect()
}

#[test]
fn every_workload_reports_on_a_private_server() {
    let report = report(&["--backend", "postgres-private"]);
    let all = figures(&report);
    // Scripts are what Redis has.
    assert_eq!(words(&all, "workload").len(), 19);
    for figure in &all {
        let limit = &figure["limit"]["name"];
        match (figure["workload"].as_str(), figure["what"].as_str()) {
            (Some("flat"), Some("cycles")) => {
                assert_eq!(limit, "skip-locked claims with an update")
            }
            (Some("streams"), Some("claims")) => assert_eq!(limit, "skip-locked claims"),
            (Some("batch"), Some("finished")) => assert_eq!(limit, "bulk inserts"),
            _ => {}
        }
    }
    let states = all.iter().filter(|figure| figure["what"] == "task").count();
    assert_eq!(states, 3, "a task is measured ready, running and done");
    assert!(report["stores"][0]["syncs_per_sec"].is_number());
}

#[tokio::test]
async fn a_database_of_others_is_left_as_it_was() {
    let options = Options { password: Some("secret".into()), ..Options::fast() };
    let server = options.start().expect("a server");
    let mut connection = PgConnection::connect(&server.url()).await.expect("a connection");
    sqlx::raw_sql("CREATE SCHEMA mine").execute(&mut connection).await.expect("a schema");
    let url = format!("{}?namespace=mine&max_connections=4", server.url());
    let report = tokio::task::spawn_blocking(move || {
        report(&["--backend", &url, "--workload", "create", "--workload", "memory"])
    });
    let report = report.await.expect("a report");
    assert_eq!(words(&figures(&report), "workload"), BTreeSet::from(["create", "memory"]));
    assert!(!report.to_string().contains("secret"), "{report}");
    let schemas = "SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1";
    let schemas: Vec<String> =
        sqlx::query_scalar(schemas).fetch_all(&mut connection).await.expect("schemas");
    assert_eq!(schemas, ["information_schema", "mine", "public"]);
}
