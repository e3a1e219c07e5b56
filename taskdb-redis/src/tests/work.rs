//! What small pieces of work cost: round trips, and the commands that the server has run.

use std::path::Path;

use async_trait::async_trait;
use taskdb_core::TaskDb;
use taskdb_testkit::servers::redis::Server;
use taskdb_testkit::work::{self, Column, Gauge};

use super::opened;
use crate::config::Config;
use crate::conn::Conn;

const COLUMNS: &[Column] =
    &[Column { name: "trips", slack: 0 }, Column { name: "commands", slack: 0 }];

/// What is no work on data: running a script, which is a round trip, and connections.
const NO_WORK: [&str; 9] =
    ["evalsha", "eval", "script", "info", "hello", "client", "select", "ping", "command"];

struct Counted {
    server: Server,
    namespaces: usize,
    /// That of the store which was opened last.
    conn: Option<Conn>,
    before: [u64; 2],
}

#[async_trait(?Send)]
impl Gauge for Counted {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    async fn fresh(&mut self) -> TaskDb {
        self.namespaces += 1;
        let namespace = format!("n{}", self.namespaces).parse().unwrap();
        let config = Config::from_url(&self.server.url()).unwrap().namespace(namespace);
        let (db, conn) = opened(config).await;
        self.conn = Some(conn);
        db
    }

    async fn begin(&mut self, db: TaskDb) -> TaskDb {
        self.before = self.read();
        db
    }

    async fn end(&mut self, _: TaskDb) -> Vec<u64> {
        let after = self.read();
        after.iter().zip(self.before).map(|(after, before)| after - before).collect()
    }
}

impl Counted {
    fn read(&self) -> [u64; 2] {
        let trips = self.conn.as_ref().unwrap().round_trips();
        let stats: String = self.server.cli(&["INFO", "commandstats"]).unwrap();
        [trips, stats.lines().filter_map(calls).sum()]
    }
}

/// The calls of a line such as `cmdstat_hget:calls=5,usec=…`; a command within another,
/// `client|setinfo`, counts as the other.
fn calls(line: &str) -> Option<u64> {
    let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
    let name = name.split('|').next().unwrap_or_default();
    let calls = rest.split(',').next()?.parse().ok()?;
    (!NO_WORK.contains(&name)).then_some(calls)
}

#[tokio::test]
async fn work_is_what_the_table_says() {
    let server = Server::start().unwrap();
    let mut counted = Counted { server, namespaces: 0, conn: None, before: [0; 2] };
    // The first call of a script makes it known to the server.
    work::count(&mut counted).await;
    let table = work::count(&mut counted).await;
    let about = "What pieces of work cost on Redis: round trips, commands run by scripts.";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/work.txt");
    table.check(&file, about, "cargo test -p taskdb-redis --lib tests::work");
}

#[test]
fn commands_of_scripts_are_counted() {
    assert_eq!(calls("cmdstat_hget:calls=5,usec=12,usec_per_call=2.40"), Some(5));
    assert_eq!(calls("cmdstat_client|setinfo:calls=5,usec=12"), None);
    assert_eq!(calls("# Commandstats"), None);
}
