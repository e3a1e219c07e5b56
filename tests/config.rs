//! Configured stores: what the settings do to SQLite, backends of other people, and the
//! environment of a real process. What a configuration says by itself is tested in its
//! module.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use taskdb::config::Durability;
use taskdb::{Config, Result, TaskDb, TaskDbErr, register_backend};
use tempfile::TempDir;

fn file() -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new().with_backend("sqlite").with_path(folder.path().join("jobs.db"));
    (folder, config)
}

async fn refusal(config: Config) -> String {
    config.connect().await.expect_err("the configuration is wrong").to_string()
}

#[tokio::test]
async fn url_and_fields_open_the_same_store() {
    let (folder, config) = file();
    let path = folder.path().join("jobs.db").display().to_string();
    let by_fields = config.with_namespace("a").connect().await.unwrap();
    let stream = by_fields.create_stream("cpu", 1, 1.0, "ann").await.unwrap();
    let by_url = taskdb::connect(&format!("sqlite://{path}?namespace=a")).await.unwrap();
    assert_eq!(by_url.get_stream("ann", "cpu").await.unwrap(), Some(stream));
    let other = Config::from_url(&format!("sqlite://{path}")).connect().await.unwrap();
    assert_eq!(other.get_stream("ann", "cpu").await.unwrap(), None);
}

#[tokio::test]
async fn every_setting_of_a_file_store_is_taken() {
    let (_folder, config) = file();
    let db = config
        .with_durability(Durability::Normal)
        .with_max_connections(2)
        .with_response_timeout(Duration::from_secs(1))
        .set("limits.payload_bytes", "8")
        .connect()
        .await
        .unwrap();
    let stream = db.create_stream("cpu", 1, 1.0, "ann").await.unwrap();
    let large = db.create_job(&stream, &json!("123456789"), 0, 9, "ann").await.unwrap_err();
    assert!(matches!(large, TaskDbErr::TooLarge { limit: 8, .. }), "{large}");
    db.create_job(&stream, &json!("123456"), 0, 9, "ann").await.unwrap();
    assert!(db.request_work("cpu").await.unwrap().is_some());
}

#[tokio::test]
async fn the_response_timeout_ends_the_wait_for_another_process() {
    let (folder, config) = file();
    let db = config.with_response_timeout(Duration::from_millis(20)).connect().await.unwrap();
    let other = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = std::time::Instant::now();
    let error = db.create_stream("cpu", 1, 1.0, "ann").await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
    other.execute_batch("ROLLBACK").unwrap();
    db.create_stream("cpu", 1, 1.0, "ann").await.unwrap();
}

#[tokio::test]
async fn what_sqlite_cannot_use_is_refused() {
    for (name, value) in [
        ("host", "h"),
        ("port", "1"),
        ("database", "d"),
        ("user", "u"),
        ("password", "p"),
        ("tls.enabled", "true"),
        ("tls.verify", "full"),
        ("pool.min_connections", "1"),
        ("timeouts.connect", "1s"),
        ("retry.attempts", "1"),
        ("retry.backoff", "1s"),
    ] {
        let (_folder, config) = file();
        let message = refusal(config.set(name, value)).await;
        let words = format!("`{name}` set by the program: SQLite cannot use it");
        assert!(message.contains(&words), "{message}");
    }
    for (name, value) in [("durability", "full"), ("timeouts.response", "1s"), ("path", "x")] {
        let message = refusal(Config::from_url("memory:").set(name, value)).await;
        assert!(message.contains(&format!("`{name}` set by the program")), "{message}");
    }
}

#[tokio::test]
async fn values_that_only_sqlite_finds_wrong_are_named() {
    let (folder, config) = file();
    let one = refusal(config.with_max_connections(1)).await;
    assert!(one.contains("`pool.max_connections` set by the program: must be at least 2"), "{one}");
    assert!(!folder.path().join("jobs.db").exists(), "nothing is made before the refusal");
    let parameter = refusal(Config::from_url("sqlite://jobs.db?mode=ro")).await;
    assert!(parameter.contains("`url` set by the program: "), "{parameter}");
    assert!(parameter.contains("unknown parameter `mode`"), "{parameter}");
    let no_file = refusal(Config::new().with_backend("sqlite")).await;
    assert!(no_file.contains("`backend` set by the program: needs `path`"), "{no_file}");
}

#[tokio::test]
async fn schemes_without_a_backend_say_so() {
    for (scheme, feature, compiled_in) in [
        ("redis", "redis", cfg!(feature = "redis")),
        ("rediss+sentinel", "redis", cfg!(feature = "redis")),
        ("postgres", "postgres", cfg!(feature = "postgres")),
        ("postgresql", "postgres", cfg!(feature = "postgres")),
    ] {
        if compiled_in {
            continue;
        }
        let message = refusal(Config::new().with_backend(scheme).with_host("h")).await;
        assert!(message.contains(&format!("`{scheme}:` is not compiled in")), "{message}");
        assert!(message.contains(&format!("enable the feature `{feature}`")), "{message}");
        assert!(message.contains("`backend` set by the program"), "{message}");
    }
    let unknown = refusal(Config::from_url("mysql://h")).await;
    for known in ["`mysql:`", "`sqlite`", "`memory`", "(feature `sqlite`, compiled in)", "`redis`"]
    {
        assert!(unknown.contains(known), "{unknown}");
    }
}

/// A backend of somebody else: it keeps its jobs in memory.
async fn theirs(config: Config) -> Result<TaskDb> {
    config.only("theirs", &["namespace", "password", "timeouts.response"])?;
    if config.password().is_none() {
        return Err(config.refuse("url", "needs a password"));
    }
    let namespace = config.url().unwrap_or_default().replace("theirs://", "");
    Config::from_url("memory:").with_namespace(&namespace).connect().await
}

#[tokio::test]
async fn a_registered_backend_gets_the_whole_configuration() {
    register_backend("theirs", theirs).unwrap();
    let db = Config::from_url("THEIRS://host").with_password("p").connect().await.unwrap();
    assert_eq!(db.describe().await.unwrap().backend, "sqlite");
    let refused = refusal(Config::from_url("theirs://host").with_port(1)).await;
    assert!(
        refused.contains("`url` set by the program and `port` set by the program"),
        "{refused}"
    );
    let refused = refusal(Config::from_url("theirs://host").with_user("u")).await;
    assert!(refused.contains("`user` set by the program: theirs cannot use it"), "{refused}");
    let refused = taskdb::connect("theirs://host").await.unwrap_err().to_string();
    assert!(refused.contains("`url` set by the program: needs a password"), "{refused}");
    if cfg!(not(feature = "redis")) {
        let message = refusal(Config::from_url("redis+sentinel://h/master")).await;
        assert!(message.contains("enable the feature `redis`"), "{message}");
    }
    let unknown = refusal(Config::from_url("mysql://h")).await;
    assert!(unknown.contains("`theirs`") && unknown.contains("(registered)"), "{unknown}");

    let again = register_backend("theirs", theirs).unwrap_err().to_string();
    assert!(again.contains("`theirs` is registered already"), "{again}");
}

#[test]
fn schemes_that_are_taken_or_malformed_are_refused() {
    for scheme in ["sqlite", "memory", "redis", "redis+unix", "postgresql"] {
        let error = register_backend(scheme, theirs).unwrap_err().to_string();
        assert!(error.contains(&format!("`{scheme}` belongs to taskdb")), "{error}");
    }
    for scheme in ["", "Mine", "my:own", "9", "a b"] {
        let error = register_backend(scheme, theirs).unwrap_err().to_string();
        assert!(error.contains("lower-case"), "{error}");
    }
}

/// Runs `the_child_that_loads` in a folder with an environment, and returns what it says.
fn load_in(folder: &TempDir, environment: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "--nocapture", "the_child_that_loads"]);
    child.current_dir(folder.path()).env_clear().envs(environment.iter().copied());
    let output = child.env("TASKDB_TEST_ROLE", "loads").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Does nothing unless `load_in` has started it.
#[tokio::test]
async fn the_child_that_loads() {
    if std::env::var_os("TASKDB_TEST_ROLE").is_none_or(|role| role != "loads") {
        return;
    }
    println!("{}", Config::load().unwrap().effective());
    let db = Config::load().unwrap().connect().await.unwrap();
    db.create_stream("cpu", 1, 1.0, "ann").await.unwrap();
    println!("{}", Config::load_from("other.toml").unwrap().namespace());
    println!("{} readers", readers());
}

/// How many threads of this process read stores, where the system tells.
fn readers() -> usize {
    let names = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "taskdb-reader").count()
}

#[test]
fn load_reads_the_folder_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("taskdb.toml"), "url = \"sqlite://filed.db\"\n").unwrap();
    std::fs::write(folder.path().join("other.toml"), "namespace = \"elsewhere\"\n").unwrap();
    let said = load_in(&folder, &[("TASKDB_POOL__MAX_CONNECTIONS", "6"), ("TASKDB_TASK", "t")]);
    assert!(said.contains("sqlite://filed.db  in taskdb.toml, line 1"), "{said}");
    assert!(said.contains("from the environment variable TASKDB_POOL__MAX_CONNECTIONS"), "{said}");
    assert!(said.contains("elsewhere"), "{said}");
    assert!(said.contains("5 readers") || cfg!(not(target_os = "linux")), "{said}");
    assert!(folder.path().join("filed.db").exists());
    let said = load_in(&folder, &[("TASKDB_URL", "sqlite://env.db")]);
    assert!(said.contains("2 readers") || cfg!(not(target_os = "linux")), "{said}");
    assert!(folder.path().join("env.db").exists(), "{said}");
}
