//! A Redis server as its operator sees it: what it says of itself, and keys that are
//! to go. Calls of the engine take another way.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::{Client, Connection, ConnectionAddr, FromRedisValue, Value};
use taskdb_testkit::servers::redis::{Options, Server as Private};

use crate::error::Result;

/// How long the server may take to answer; looking over all its keys included.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the log of slow commands is set to keep, in microseconds and entries.
const SLOW_MICROS: u64 = 100;
const SLOW_ENTRIES: usize = 10_000;

/// A server that is there, or one of this program alone.
pub(crate) struct Server {
    client: Client,
    url: String,
    /// Ends with this value.
    private: Option<Private>,
}

impl Server {
    /// The server of a URL, without its query.
    pub(crate) fn given(url: &str) -> Result<Self> {
        Ok(Self { client: Client::open(url)?, url: url.to_owned(), private: None })
    }

    /// Starts one, with an append-only file synced every second or with nothing on disk.
    pub(crate) fn start(appendonly: bool) -> Result<Self> {
        let private = Options { appendonly, ..Options::default() }.start()?;
        let given = Self::given(&private.url())?;
        Ok(Self { private: Some(private), ..given })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The server of this program alone, whose settings it may change.
    pub(crate) fn private(&self) -> Option<&Private> {
        self.private.as_ref()
    }

    /// Host, port and database, where other programs can use it without a password
    /// that everybody could read in the list of processes.
    pub(crate) fn open_address(&self) -> Option<(String, u16, i64)> {
        let info = self.client.get_connection_info();
        let settings = info.redis_settings();
        match info.addr() {
            ConnectionAddr::Tcp(host, port)
                if settings.password().is_none() && settings.username().is_none() =>
            {
                Some((host.clone(), *port, settings.db()))
            }
            _ => None,
        }
    }

    pub(crate) fn connect(&self) -> Result<Connection> {
        let connection = self.client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(connection)
    }

    /// Runs one command on a connection of its own.
    pub(crate) fn ask<T: FromRedisValue>(&self, args: &[&str]) -> Result<T> {
        let mut command = redis::Cmd::new();
        command.arg(args);
        Ok(command.query(&mut self.connect()?)?)
    }

    /// The whole numbers of a section of `INFO`.
    pub(crate) fn numbers(&self, section: &str) -> Result<BTreeMap<String, u64>> {
        let info: String = self.ask(&["INFO", section])?;
        Ok(numbers(&info))
    }

    /// How many scripts have been run by calls since the server started.
    pub(crate) fn scripts_run(&self) -> Result<u64> {
        let info: String = self.ask(&["INFO", "commandstats"])?;
        Ok(command_calls(&info).get("evalsha").copied().unwrap_or(0))
    }

    /// Has a private server note its longest commands, from now on.
    pub(crate) fn note_slow_scripts(&self) -> Result<()> {
        let (micros, entries) = (SLOW_MICROS.to_string(), SLOW_ENTRIES.to_string());
        let settings = ["slowlog-log-slower-than", &micros, "slowlog-max-len", &entries];
        self.ask::<()>(&[&["CONFIG", "SET"], &settings[..]].concat())?;
        self.ask(&["SLOWLOG", "RESET"])
    }

    /// The longest run of a script since [`note_slow_scripts`](Self::note_slow_scripts);
    /// the shortest time that is noted when none took longer.
    pub(crate) fn longest_script(&self) -> Result<Duration> {
        let entries: Vec<Vec<Value>> = self.ask(&["SLOWLOG", "GET", "-1"])?;
        let micros = entries.into_iter().filter_map(script_micros).max();
        Ok(Duration::from_micros(micros.unwrap_or(0).max(SLOW_MICROS)))
    }

    /// How many keys fit a pattern, and the bytes they take with all that is in them.
    pub(crate) fn memory(&self, pattern: &str) -> Result<(u64, u64)> {
        let mut sizes = BTreeMap::new();
        self.scan(pattern, |connection, keys| {
            let mut pipeline = redis::pipe();
            for key in &keys {
                pipeline.cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0);
            }
            let found: Vec<Option<u64>> = pipeline.query(connection)?;
            sizes.extend(keys.into_iter().zip(found.into_iter().map(Option::unwrap_or_default)));
            Ok(())
        })?;
        Ok((sizes.len() as u64, sizes.into_values().sum()))
    }

    /// Removes the keys that fit a pattern, some at a time.
    pub(crate) fn remove(&self, pattern: &str) -> Result<()> {
        self.scan(pattern, |connection, keys| {
            Ok(redis::cmd("UNLINK").arg(keys).exec(connection)?)
        })
    }

    /// Hands out the keys that fit a pattern, some at a time, a few perhaps twice.
    fn scan(
        &self,
        pattern: &str,
        mut each: impl FnMut(&mut Connection, Vec<Vec<u8>>) -> Result<()>,
    ) -> Result<()> {
        let mut connection = self.connect()?;
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1_000);
            let (next, keys): (u64, Vec<Vec<u8>>) = scan.query(&mut connection)?;
            if !keys.is_empty() {
                each(&mut connection, keys)?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// The lines `name:number` of a text.
fn numbers(info: &str) -> BTreeMap<String, u64> {
    let lines = info.lines().filter_map(|line| line.split_once(':'));
    lines.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

/// How often each command was run, by calls and by scripts, as the section `commandstats` says.
pub(crate) fn command_calls(info: &str) -> BTreeMap<&str, u64> {
    let lines =
        info.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
    lines.filter_map(|(name, rest)| Some((name, rest.split(',').next()?.parse().ok()?))).collect()
}

/// The seconds of the processor that a server says it has taken, in its section `cpu`.
pub(crate) fn processor_seconds(info: &str) -> f64 {
    let lines = info.lines().filter_map(|line| line.split_once(':'));
    let own = lines.filter(|(name, _)| ["used_cpu_user", "used_cpu_sys"].contains(name));
    own.filter_map(|(_, value)| value.parse::<f64>().ok()).sum()
}

/// The process of a server, by its own words.
pub(crate) fn process(info: &str) -> Option<u32> {
    info.lines().find_map(|line| line.trim().strip_prefix("process_id:")?.parse().ok())
}

/// The time of an entry of the slow log, if it is of a script: id, time, duration, command.
fn script_micros(entry: Vec<Value>) -> Option<u64> {
    let mut values = entry.into_iter().skip(2);
    let micros = redis::from_redis_value(values.next()?).ok()?;
    let command: Vec<Vec<u8>> = redis::from_redis_value(values.next()?).ok()?;
    command.first()?.eq_ignore_ascii_case(b"EVALSHA").then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_fit_are_removed() {
        let server = Server::start(false).unwrap();
        for n in 0..2_500 {
            server.ask::<()>(&["SET", &format!("{{a-{}}}:{n}", n % 2), "x"]).unwrap();
        }
        server.remove("{a-1}:*").unwrap();
        assert_eq!(server.ask::<usize>(&["DBSIZE"]).unwrap(), 1_250);
        server.remove("{a-*}:*").unwrap();
        assert_eq!(server.ask::<usize>(&["DBSIZE"]).unwrap(), 0);
    }

    #[test]
    fn the_longest_script_is_told_from_other_commands() {
        let server = Server::start(false).unwrap();
        let load = |script: &str| server.ask::<String>(&["SCRIPT", "LOAD", script]).unwrap();
        let long = load("local n = 0 for i = 1, 3000000 do n = n + i end return n");
        let short = load("return 1");
        server.note_slow_scripts().unwrap();
        server.ask::<i64>(&["EVALSHA", &short, "0"]).unwrap();
        server.ask::<()>(&["DEBUG", "SLEEP", "0.2"]).unwrap();
        assert!(server.longest_script().unwrap() < Duration::from_millis(2));
        server.ask::<i64>(&["EVALSHA", &long, "0"]).unwrap();
        assert!(server.longest_script().unwrap() > Duration::from_millis(2));
        assert_eq!(server.scripts_run().unwrap(), 2);
    }

    #[test]
    fn other_programs_get_no_password() {
        let address = |url| Server::given(url).unwrap().open_address();
        assert_eq!(address("redis://host:7000/3"), Some(("host".into(), 7_000, 3)));
        assert_eq!(address("redis://:secret@host"), None);
    }

    #[test]
    fn the_processor_is_that_of_the_server_alone() {
        let info = "# CPU\r\nused_cpu_sys:1.5\r\nused_cpu_user:2.25\r\nused_cpu_sys_children:9\r\n";
        assert_eq!(processor_seconds(info), 3.75);
    }

    #[test]
    fn a_server_says_which_process_it_is() {
        assert_eq!(process("# Server\r\nprocess_id:12\r\nrun_id:1\r\n"), Some(12));
        assert_eq!(process("# Server\r\n"), None);
    }

    #[test]
    fn commands_are_counted_by_their_names() {
        let info = "# Commandstats\r\ncmdstat_evalsha:calls=12,usec=90,usec_per_call=7.50\r\n\
                    cmdstat_config|get:calls=3,usec=9\r\ncmdstat_odd:usec=1\r\n";
        let calls = command_calls(info);
        assert_eq!(calls.into_iter().collect::<Vec<_>>(), [("config|get", 3), ("evalsha", 12)]);
    }

    #[test]
    fn numbers_are_read_and_the_rest_passed_over() {
        let info = "# Memory\r\nused_memory:12\r\nused_memory_human:1K\r\n";
        assert_eq!(numbers(info), BTreeMap::from([("used_memory".into(), 12)]));
    }
}
