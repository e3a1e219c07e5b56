//! Servers behind TLS: who is accepted under which `sslmode`, and what the refused are told.

use std::sync::OnceLock;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use taskdb_core::TaskDbErr;
use taskdb_postgres::{Config, Tls, sqlx};
use taskdb_testkit::servers::postgres::{ClientFiles, Options, Server};

use crate::{assert_sound, drain, namespace, started};

/// A word that no error may repeat.
const PASSWORD: &str = "sentinel";
/// An address of this machine that the certificate does not name.
const UNNAMED: &str = "127.0.0.2";

fn start(client_certificates: bool) -> Server {
    let password = Some(PASSWORD.to_owned());
    let options = Options { password, tls: true, client_certificates, ..Options::fast() };
    let options = options.set("listen_addresses", format!("127.0.0.1,{UNNAMED}"));
    options.start().expect("a private Postgres server with TLS starts")
}

/// One that asks nobody for a certificate.
fn open_to_all() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(false))
}

/// One that asks clients for a certificate.
fn strict() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(true))
}

fn files(server: &Server) -> ClientFiles {
    server.client_files().expect("certificates")
}

/// How the server is reached in a namespace of its own, which its connections name.
fn config(server: &Server, url: &str, parameters: &str) -> (Config, String) {
    let name = namespace();
    let url = format!("{url}?{parameters}&application_name={name}&max_connections=2");
    let config = Config::from_url(&url).expect("a URL");
    assert!(!format!("{config:?}").contains(PASSWORD));
    assert!(server.url().contains(PASSWORD));
    (config.namespace(name.parse().expect("a name")), name)
}

/// Works through the connection, and asks the server whether all of it was encrypted.
async fn assert_accepted(server: &Server, (config, name): (Config, String)) {
    let db = config.connect().await.expect("it opens");
    started(&db).await;
    drain(&db).await;
    assert_sound(&db).await;
    let url = server.socket_url().expect("a socket");
    let mut admin = PgConnection::connect(&url).await.expect("a connection");
    let text = "SELECT count(*), bool_and(ssl) FROM pg_stat_ssl
        JOIN pg_stat_activity USING (pid) WHERE application_name = $1";
    let row = sqlx::query(text).bind(name).fetch_one(&mut admin).await.expect("a row");
    assert!(row.get::<i64, _>(0) > 0 && row.get::<Option<bool>, _>(1) == Some(true));
}

/// Asserts that one of `words` is what the refused is told, and no password.
async fn assert_refused((config, _): (Config, String), words: &[&str]) {
    let error = config.connect().await.expect_err("it must not open");
    let told = format!("{error} {error:?}");
    assert!(matches!(error, TaskDbErr::Config(_)), "{told}");
    assert!(words.iter().any(|word| told.contains(word)), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
}

fn ca(server: &Server) -> String {
    format!("sslrootcert={}", files(server).ca.display())
}

/// The URL by an address that the certificate does not name.
fn by_another_name(server: &Server) -> String {
    server.url().replace("127.0.0.1", UNNAMED)
}

#[tokio::test]
async fn a_server_of_a_known_authority_is_accepted() {
    let server = open_to_all();
    for mode in ["verify-full", "verify-ca", "require"] {
        let parameters = format!("sslmode={mode}&{}", ca(server));
        assert_accepted(server, config(server, &server.url(), &parameters)).await;
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused_where_it_is_verified() {
    let server = open_to_all();
    let unknown = ["UnknownIssuer", "unknown"];
    for mode in ["verify-full", "verify-ca"] {
        let parameters = format!("sslmode={mode}");
        assert_refused(config(server, &server.url(), &parameters), &unknown).await;
        // Nor does another authority of the same name do.
        let parameters = format!("sslmode={mode}&{}", ca(strict()));
        let other = ["UnknownIssuer", "BadSignature", "InvalidCertificate"];
        assert_refused(config(server, &server.url(), &parameters), &other).await;
    }
    // Who names an authority wants it asked.
    let parameters = format!("sslmode=require&{}", ca(strict()));
    assert_refused(config(server, &server.url(), &parameters), &["ertificate"]).await;
    assert_accepted(server, config(server, &server.url(), "sslmode=require")).await;
}

#[tokio::test]
async fn a_server_under_another_name_is_refused_by_verify_full_alone() {
    let (server, url) = (open_to_all(), by_another_name(open_to_all()));
    let mode = |mode: &str| format!("sslmode={mode}&{}", ca(server));
    let words = ["NotValidForName", "not valid for name"];
    assert_refused(config(server, &url, &mode("verify-full")), &words).await;
    assert_accepted(server, config(server, &url, &mode("verify-ca"))).await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused_where_it_is_asked_for_one() {
    let server = strict();
    let ClientFiles { ca, cert, key } = files(server);
    let authority = format!("sslmode=verify-full&sslrootcert={}", ca.display());
    let words = ["certificate"];
    assert_refused(config(server, &server.url(), &authority), &words).await;
    let pair = format!("{authority}&sslcert={}&sslkey={}", cert.display(), key.display());
    assert_accepted(server, config(server, &server.url(), &pair)).await;
    let (plain, name) = config(server, &server.url(), "sslmode=disable");
    let by_hand = plain.tls(Tls::verify_full().ca(&ca).client(&cert, &key));
    assert_accepted(server, (by_hand, name)).await;
    // A certificate of somebody else's.
    let theirs = files(open_to_all());
    let (plain, name) = config(server, &server.url(), "sslmode=disable");
    let theirs = plain.tls(Tls::verify_full().ca(&ca).client(theirs.cert, theirs.key));
    // The server may end the connection before its reason is read.
    let error = theirs.namespace(name.parse().expect("a name")).connect().await;
    let error = error.expect_err("it must not open");
    assert!(matches!(error, TaskDbErr::Config(_) | TaskDbErr::Unavailable(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error:?}");
}

#[tokio::test]
async fn nobody_gets_in_without_tls_or_with_another_password() {
    let server = open_to_all();
    assert_refused(config(server, &server.url(), "sslmode=disable"), &["no encryption"]).await;
    let wrong = server.url().replace(PASSWORD, "sentinels");
    let parameters = format!("sslmode=verify-full&{}", ca(server));
    assert_refused(config(server, &wrong, &parameters), &["authentication failed"]).await;
}

#[tokio::test]
async fn a_file_that_is_missing_is_told_by_its_name() {
    let server = open_to_all();
    let parameters = "sslmode=verify-full&sslrootcert=/no/such/authority.pem";
    assert_refused(config(server, &server.url(), parameters), &["/no/such/authority.pem"]).await;
}
