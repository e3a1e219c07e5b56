//! The connection against private servers: what fails, what is sent again, what is told.

mod cluster;
mod faults;
mod load;
mod login;
mod lost;
mod plain;
mod sentinel;
mod subscribe;

use std::time::Duration;

use redis::Value;
use taskdb_core::{Result, TaskDbErr};
use taskdb_testkit::servers::redis::Server;

use super::Conn;
use crate::config::Config;
use crate::script::{Kind, Script, text};

/// A script of `tests/lua` behind its flags.
macro_rules! script {
    ($name:literal, $flags:literal, $kind:expr) => {
        Script::new(
            $name,
            text!(
                concat!("#!lua", $flags, "\n"),
                include_str!(concat!("../../../tests/lua/", $name, ".lua"))
            ),
            $kind,
        )
    };
}

/// Appends each time it runs.
static APPEND: Script = script!("append", "", Kind::Once);
/// Appends once for each value.
static PUT: Script = script!("put", "", Kind::Repeatable);
static RANGE: Script = script!("range", " flags=no-writes", Kind::Read);
static SPIN: Script = script!("spin", " flags=no-writes", Kind::Read);
static FAIL: Script = script!("fail", "", Kind::Once);

fn config(url: &str) -> Config {
    Config::from_url(url).unwrap()
}

async fn open(server: &Server) -> Conn {
    Conn::open(&config(&server.url())).await.unwrap()
}

/// Time for a call that shall end without success, and enough for one that succeeds on
/// a busy machine.
const SOON: Duration = Duration::from_millis(500);

/// A connection whose calls end after this time.
async fn hasty(url: &str, limit: Duration) -> Conn {
    Conn::open(&config(url).response_timeout(limit)).await.unwrap()
}

async fn refusal(url: &str) -> TaskDbErr {
    Conn::open(&config(url)).await.map(drop).unwrap_err()
}

async fn send(
    conn: &Conn,
    script: &'static Script,
    key: &str,
    args: Vec<Vec<u8>>,
) -> Result<Value> {
    conn.run(script, script.kind, key, args).await
}

async fn run(conn: &Conn, script: &'static Script, value: &str) -> Result<Value> {
    send(conn, script, "list", vec![value.into()]).await
}

/// The values of a list.
async fn values(conn: &Conn, key: &str) -> Vec<String> {
    redis::from_redis_value(send(conn, &RANGE, key, vec![]).await.unwrap()).unwrap()
}
