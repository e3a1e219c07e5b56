//! Passwords and payloads are in nothing that the program says, but in the file of a dump, which
//! is what that is for.

use std::path::Path;

use assert_cmd::Command;
use serde_json::json;
use taskdb_testkit::servers::redis;

const PASSWORD: &str = "sentinel-password-77e0";
const PAYLOAD: &str = "sentinel-payload-31fa";

/// Runs the program; whether it went well.
#[track_caller]
fn run(folder: &Path, line: &str) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskdb-migrate"));
    let command = command.current_dir(folder).env("TASKDB_LOG", "trace").env("RUST_LOG", "trace");
    let output = command.args(line.split_whitespace()).output().unwrap();
    for told in [output.stdout, output.stderr] {
        let told = String::from_utf8_lossy(&told);
        for sentinel in [PASSWORD, PAYLOAD] {
            assert!(!told.contains(sentinel), "`{line}` tells {sentinel}: {told}");
        }
    }
    output.status.success()
}

#[tokio::test]
async fn the_program_tells_no_password_and_no_payload() {
    let options = redis::Options { password: Some(PASSWORD.to_owned()), ..Default::default() };
    let server = options.start().unwrap();
    let port = server.port().unwrap();
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{port}");
    let (right, wrong) = (url(PASSWORD), url(&format!("{PASSWORD}-wrong")));
    let folder = tempfile::tempdir().unwrap();
    let db = taskdb::connect(&right).await.unwrap();
    let stream = db.create_stream("w", 1, 1.0, "alice").await.unwrap();
    for _ in 0..2 {
        db.create_job(&stream, &json!({"secret": PAYLOAD}), 0, 60, "alice").await.unwrap();
    }
    let task = db.request_work("w").await.unwrap().unwrap();
    db.complete(&task.claim, &json!([PAYLOAD])).await.unwrap();

    let dir = folder.path();
    let to = "--to sqlite://new.db";
    assert!(run(dir, &format!("check --from {right} {to}")));
    assert!(run(dir, &format!("dump --from {right} --to all.dump")));
    assert!(run(dir, &format!("copy --from {right} {to} --json")));
    assert!(run(dir, &format!("verify --from {right} {to}")));
    assert!(run(dir, &format!("status --from {right}")));
    assert!(run(dir, &format!("status --from {right} --json")));
    // Another output, so that there is a difference to tell of.
    let copy = taskdb::connect(&format!("sqlite://{}/new.db", dir.display())).await.unwrap();
    copy.set_gate(taskdb::store::Gate::Open).await.unwrap();
    let task = copy.request_work("w").await.unwrap().unwrap();
    copy.complete(&task.claim, &json!([PAYLOAD, 2])).await.unwrap();
    assert!(!run(dir, &format!("verify --from {right} {to}")));
    for line in [
        format!("check --from {wrong} {to}"),
        format!("copy --from {wrong} {to}"),
        format!("copy --from redis://a:{PASSWORD}@127.0.0.1:port {to}"),
        format!("copy --from nosql://a:{PASSWORD}@b {to}"),
        format!("copy --from {right} --to postgres://a:{PASSWORD}@127.0.0.1:1/x"),
        format!("copy --from {right} {to} --unknown"),
    ] {
        assert!(!run(dir, &line), "{line}");
    }
}
