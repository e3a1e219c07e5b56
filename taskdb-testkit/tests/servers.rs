//! The private servers for tests: they start, obey, and are gone afterwards.

use std::io;
use std::time::{Duration, Instant};

use taskdb_testkit::servers::redis::{Cluster, Options, Sentinel, Server, shared};

#[test]
fn a_server_starts_and_ends_with_its_value() {
    let server = Server::start().unwrap();
    server.cli::<()>(&["SET", "key", "value"]).unwrap();
    assert_eq!(server.cli::<String>(&["GET", "key"]).unwrap(), "value");
    let (dir, port) = (server.dir().unwrap().to_owned(), server.port().unwrap());
    drop(server);
    assert!(!dir.exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn what_is_kept_on_disk_survives_a_restart_and_a_crash() {
    let mut server = Options { appendonly: true, ..Options::default() }.start().unwrap();
    let url = server.url();
    server.cli::<()>(&["SET", "a", "1"]).unwrap();
    server.restart().unwrap();
    server.cli::<()>(&["SET", "b", "2"]).unwrap();
    server.kill();
    assert!(server.cli::<i64>(&["DBSIZE"]).is_err());
    server.restart().unwrap();
    assert_eq!(server.cli::<i64>(&["DBSIZE"]).unwrap(), 2);
    assert_eq!(server.url(), url);
}

#[test]
fn a_paused_server_does_not_answer() {
    let mut server = Server::start().unwrap();
    server.pause().unwrap();
    let port = server.port().unwrap();
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    assert!(client.get_connection_with_timeout(Duration::from_millis(50)).is_err());
    server.resume().unwrap();
    assert_eq!(server.cli::<String>(&["PING"]).unwrap(), "PONG");
}

#[test]
fn options_reach_the_server() {
    let options = Options {
        maxmemory: Some(("10mb".into(), "allkeys-lru".into())),
        password: Some("secret".into()),
        user: Some(("alice".into(), "other".into())),
        ..Options::default()
    };
    let server = options.set("maxclients", 17).start().unwrap();
    let setting = |name| server.cli::<(String, String)>(&["CONFIG", "GET", name]).unwrap().1;
    assert_eq!(setting("maxmemory-policy"), "allkeys-lru");
    assert_eq!(setting("maxclients"), "17");
    assert!(server.url().starts_with("redis://alice:other@"));
    assert!(server.cli::<Vec<String>>(&["ACL", "USERS"]).unwrap().contains(&"alice".to_owned()));
}

#[test]
fn a_setting_that_the_server_refuses_is_told_in_its_words() {
    let error = Options::default().set("no-such-setting", 1).start().unwrap_err();
    assert!(error.to_string().contains("Bad directive"), "{error}");
}

#[test]
fn tls_makes_certificates_and_serves() {
    let server = Options { tls: true, client_certificates: true, ..Options::default() };
    let server = server.start().unwrap();
    assert_eq!(server.cli::<String>(&["PING"]).unwrap(), "PONG");
    for name in ["tls_ca", "tls_cert", "tls_key"] {
        assert!(server.url().contains(name));
    }
}

#[test]
fn the_shared_server_is_the_same_each_time() {
    assert_eq!(shared().unwrap().url(), shared().unwrap().url());
}

#[test]
fn a_cluster_serves_every_slot() {
    let cluster = Cluster::start(3, true).unwrap();
    assert_eq!([0, 6_000, 16_383].map(|slot| cluster.master_of(slot)), [0, 1, 2]);
    let slot: u16 = cluster.masters[0].cli(&["CLUSTER", "KEYSLOT", "key"]).unwrap();
    let master = &cluster.masters[cluster.master_of(slot)];
    master.cli::<()>(&["SET", "key", "1"]).unwrap();
    assert_eq!(master.cli::<i64>(&["WAIT", "1", "5000"]).unwrap(), 1);
}

#[test]
fn sentinel_replaces_a_master() {
    let mut sentinel = Sentinel::start().unwrap();
    sentinel.master.kill();
    sentinel.wait_for_switch().unwrap();
    let role: Vec<redis::Value> = sentinel.replica.cli(&["ROLE"]).unwrap();
    assert_eq!(role[0], redis::Value::BulkString(b"master".to_vec()));
}

/// The process that dies is this program, run again for one test alone.
#[test]
fn a_server_does_not_outlive_a_killed_process() -> io::Result<()> {
    const CHILD: &str = "TASKDB_TEST_SERVER_OF_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let server = shared()?;
        std::fs::write(
            std::env::var(CHILD).unwrap(),
            server.dir().unwrap().as_os_str().as_encoded_bytes(),
        )?;
        std::process::abort();
    }
    let note = tempfile::NamedTempFile::new()?;
    let name = "a_server_does_not_outlive_a_killed_process";
    let child = std::process::Command::new(std::env::current_exe()?)
        .args(["--exact", name])
        .env(CHILD, note.path())
        .env_remove("TASKDB_TEST_REDIS_URL")
        .output()?;
    assert!(!child.status.success());
    let dir = std::path::PathBuf::from(std::fs::read_to_string(note.path())?);
    let end = Instant::now() + Duration::from_secs(10);
    while std::os::unix::net::UnixStream::connect(dir.join("redis.sock")).is_ok() || dir.exists() {
        assert!(Instant::now() < end, "the server or its folder is still there");
        std::thread::yield_now();
    }
    Ok(())
}
