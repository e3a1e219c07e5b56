//! `deploy/redis`: the settings start a server that the engine is content with, and its user may
//! do what the engine does, and no more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use taskdb_testkit::servers::redis::{Options, Server};
use tempfile::TempDir;

use crate::everything::make_every_call;
use crate::program;

/// What `deploy/redis/start` is started by, here: of all the options of a private server it hands
/// on where to listen and where to write, so that everything else is what the files say.
const STARTER: &str = r#"#!/bin/sh
while [ $# -gt 1 ]; do
    case $1 in --port) port=$2 ;; --dir) dir=$2 ;; esac
    shift 2
done
SECRETS=SECRETS_FOLDER RUN=$dir/run DATA=$dir NAMESPACE=jobs \
    exec START --port "$port" --bind 127.0.0.1 --unixsocket "$dir/redis.sock"
"#;

pub(crate) struct Deployed {
    pub(crate) server: Server,
    folder: TempDir,
}

impl Deployed {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        program::make_secrets(&folder.path().join("secrets"));
        let start = crate::file("deploy/redis/start");
        let text = STARTER
            .replace("SECRETS_FOLDER", &folder.path().join("secrets").display().to_string())
            .replace("START", &start.display().to_string());
        let starter = folder.path().join("starter");
        program::script(&starter, &text);
        let options = Options { program: Some(starter.into_os_string()), ..Options::default() };
        Self { server: options.start().unwrap(), folder }
    }

    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets")
    }

    pub(crate) fn password(&self, name: &str) -> String {
        fs::read_to_string(self.secrets().join(name)).unwrap()
    }

    pub(crate) fn url(&self, user: &str) -> String {
        let password = self.password(&format!("redis-{user}"));
        let port = self.server.port().unwrap();
        format!("redis://{user}:{password}@127.0.0.1:{port}?namespace=jobs")
    }

    /// What the server answers to a command of a user.
    fn ask(&self, user: &str, command: &[&str]) -> String {
        let port = self.server.port().unwrap().to_string();
        let mut cli = std::process::Command::new("redis-cli");
        cli.args(["-p", &port, "--user", user])
            .env("REDISCLI_AUTH", self.password(&format!("redis-{user}")));
        let output = cli.args(command).output().expect("redis-cli starts");
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

#[test]
fn the_settings_are_in_force_and_the_program_is_content() {
    let deployed = Deployed::start();
    let url = deployed.url("taskdb");
    let ran = program::run(
        deployed.folder(),
        &["health"],
        &[("TASKDB_URL", &url), ("TASKDB_LOG", "warn")],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("gate     open"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "", "no warning about a server that may lose work");
    for (setting, value) in [
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("maxmemory", "1073741824"),
        ("maxmemory-policy", "noeviction"),
        ("protected-mode", "yes"),
    ] {
        let told = deployed.ask("operator", &["CONFIG", "GET", setting]);
        assert_eq!(told.lines().nth(1), Some(value), "{setting}: {told}");
    }
}

#[tokio::test]
async fn the_user_may_do_all_that_the_engine_does() {
    let deployed = Deployed::start();
    let db = taskdb::connect(&deployed.url("taskdb")).await.unwrap();
    let other = taskdb::connect(&deployed.url("taskdb")).await.unwrap();
    make_every_call(&db, &other).await;
    let refusals = deployed.ask("operator", &["ACL", "LOG"]);
    // What a driver says of itself may be refused, and is by servers that know of it.
    let others = refusals.lines().filter(|line| line.contains("object")).count();
    assert!(others == 0 || refusals.contains("client|setinfo"), "{refusals}");
}

#[test]
fn the_user_may_do_no_more() {
    let deployed = Deployed::start();
    deployed.ask("operator", &["SET", "{other}:meta", "1"]);
    for command in [
        &["FLUSHALL"][..],
        &["FLUSHDB"],
        &["CONFIG", "GET", "*"],
        &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"],
        &["KEYS", "*"],
        &["SCAN", "0"],
        &["SHUTDOWN", "NOSAVE"],
        &["ACL", "LIST"],
        &["SCRIPT", "FLUSH"],
        &["CLIENT", "KILL", "TYPE", "normal"],
        &["SLOWLOG", "GET"],
        &["MONITOR"],
        &["REPLICAOF", "NO", "ONE"],
        &["MODULE", "LIST"],
        &["GET", "{other}:meta"],
        &["DEL", "{other}:meta"],
        &["HSET", "jobs", "a", "1"],
        &["SUBSCRIBE", "{other}:wake"],
        &["PUBLISH", "{other}:wake", "cpu"],
        &["EVAL", "return 1", "0"],
    ] {
        let told = deployed.ask("taskdb", command);
        assert!(told.starts_with("NOPERM"), "{command:?}: {told}");
    }
    // A script may do no more than its caller.
    let load = ["SCRIPT", "LOAD", "return redis.call('GET', '{other}:meta')"];
    let script = deployed.ask("taskdb", &load);
    let told = deployed.ask("taskdb", &["EVALSHA", script.trim(), "0"]);
    assert!(told.contains("can't access at least one of the keys"), "{told}");
    let port = deployed.server.port().unwrap().to_string();
    let nobody = std::process::Command::new("redis-cli").args(["-p", &port, "PING"]).output();
    assert!(String::from_utf8(nobody.unwrap().stdout).unwrap().starts_with("NOAUTH"));
}

/// Commands that no script calls: who logs in, listens, waits for replicas, asks a cluster.
const BESIDE: &[&str] = &[
    "auth",
    "hello",
    "ping",
    "select",
    "client|setname",
    "info",
    "evalsha",
    "script|load",
    "wait",
    "subscribe",
    "unsubscribe",
    "cluster|slots",
    "cluster|shards",
    "cluster|nodes",
    "asking",
    "readonly",
];

#[test]
fn the_user_has_exactly_the_commands_of_the_scripts() {
    let rules = crate::text("deploy/redis/users.acl");
    let rules = rules.lines().find(|line| line.starts_with("user taskdb")).unwrap();
    let granted: BTreeSet<_> =
        rules.split(' ').filter_map(|rule| rule.strip_prefix('+')).map(str::to_owned).collect();
    let mut needed: BTreeSet<_> = BESIDE.iter().map(|&name| name.to_owned()).collect();
    for folder in ["taskdb-redis/lua", "taskdb-redis/lua/lib"] {
        for entry in fs::read_dir(crate::file(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                needed.extend(commands(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(needed.len() > BESIDE.len() + 20, "{needed:?}");
    assert_eq!(granted, needed);
}

/// The commands that a script names in `call('NAME'`, in small letters; `XINFO` is many in one, and
/// scripts ask it about streams alone.
fn commands(script: &str) -> Vec<String> {
    let calls =
        script.split("call(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('\''));
    let names = calls.filter_map(|rest| rest.split_once('\'')).map(|(name, _)| name.to_lowercase());
    names.map(|name| name.replace("xinfo", "xinfo|stream")).collect()
}
