//! Who may connect, and by which way.

use taskdb_testkit::servers::redis::Options;

use super::*;
use crate::config::{Tls, Verify};

async fn works(url: &str) {
    let conn = Conn::open(&config(url)).await.unwrap();
    run(&conn, &APPEND, "x").await.unwrap();
}

#[tokio::test]
async fn the_password_decides_and_is_never_told() {
    let options = Options {
        password: Some("pass@word".into()),
        user: Some(("alice".into(), "s3cret".into())),
        ..Options::default()
    };
    let server = options.start().unwrap();
    let port = server.port().unwrap();
    works(&format!("redis://:pass%40word@127.0.0.1:{port}")).await;
    works(&format!("redis://alice:s3cret@127.0.0.1:{port}/1")).await;
    works(&server.socket_url().unwrap().replace("pass@word", "pass%40word")).await;
    for login in ["", "alice:wr0ng@", "bob:wr0ng@"] {
        let error = refusal(&format!("redis://{login}127.0.0.1:{port}")).await;
        assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
        assert!(!format!("{error} {error:?}").contains("wr0ng"), "{error}");
    }
}

#[tokio::test]
async fn a_user_who_may_not_run_scripts_is_told_so() {
    let server = Server::start().unwrap();
    server.cli::<()>(&["ACL", "SETUSER", "bob", "on", ">x", "~*", "+ping"]).unwrap();
    let url = format!("redis://bob:x@127.0.0.1:{}", server.port().unwrap());
    let conn = Conn::open(&config(&url)).await.unwrap();
    let error = run(&conn, &APPEND, "x").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
    assert!(error.to_string().contains("evalsha"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_at_once() {
    let server = Options::default().set("databases", 4).start().unwrap();
    let url = format!("redis://127.0.0.1:{}", server.port().unwrap());
    works(&format!("{url}/3")).await;
    let error = refusal(&format!("{url}/99")).await;
    assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
    assert!(error.to_string().contains("raise `databases`"), "{error}");
}

#[tokio::test]
async fn a_command_that_was_taken_away_is_told_at_once() {
    // Its folder holds the settings of the others: a command line cannot say this one.
    let holder = Server::start().unwrap();
    for command in ["EVALSHA", "SCRIPT", "INFO"] {
        let file = holder.dir().unwrap().join(command);
        std::fs::write(&file, format!("rename-command {command} \"\"\n")).unwrap();
        let server = Options::default().set("include", file.display()).start().unwrap();
        let start = std::time::Instant::now();
        let error = match Conn::open(&config(&server.url())).await {
            Ok(conn) => run(&conn, &APPEND, "x").await.unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
        assert!(error.to_string().contains(&format!("rename-command {command}")), "{error}");
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn tls_verifies_the_server() {
    let server = Options { tls: true, ..Options::default() }.start().unwrap();
    works(&server.url()).await;
    let bare = server.url().split('?').next().unwrap().to_owned();
    let error = refusal(&bare).await;
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let tls = Tls { verify: Verify::Nothing, ..Tls::default() };
    let conn = Conn::open(&config(&bare).tls(tls)).await.unwrap();
    run(&conn, &APPEND, "x").await.unwrap();
    let plain = bare.replace("rediss", "redis");
    assert!(matches!(refusal(&plain).await, TaskDbErr::Unavailable(_)));
}

#[tokio::test]
async fn tls_shows_the_certificate_of_the_client() {
    let options = Options { tls: true, client_certificates: true, ..Options::default() };
    let server = options.start().unwrap();
    works(&server.url()).await;
    let without = server.url().split("&tls_cert").next().unwrap().to_owned();
    assert!(matches!(refusal(&without).await, TaskDbErr::Unavailable(_)));
    let missing = server.url().replace("client.pem", "no-such.pem");
    let error = refusal(&missing).await.to_string();
    assert!(error.contains("no-such.pem"), "{error}");
}
