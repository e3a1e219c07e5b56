//! What the scripts reckon with the rules of tasks.

use std::time::Duration;

use taskdb_core::{Backoff, Limits};
use taskdb_testkit::servers::redis::Server;

use super::opened;
use crate::args::Args;
use crate::config::Config;
use crate::reply::Reply;
use crate::script::{Kind, Script};

static DELAY: Script = Script::new(
    "delay",
    concat!(
        "#!lua flags=no-writes\n",
        include_str!("../../lua/lib/base.lua"),
        include_str!("../../lua/lib/rules.lua"),
        include_str!("../../tests/lua/delay.lua"),
    ),
    Kind::Read,
);

/// Settings, ages and retries that go to the edges, and some from between.
fn table() -> Vec<(Backoff, u64, i32)> {
    let longest = Duration::from_secs(Limits::MAX_TIMEOUT_SECS.unsigned_abs().into());
    let times = [1, 999, 1_234_567, 60_000_000, 86_399_999_999].map(Duration::from_micros);
    let mut table = Vec::new();
    for first in times.into_iter().chain([longest]) {
        for cap in times.into_iter().chain([longest]).filter(|cap| *cap >= first) {
            for jitter in [0, 1, 33, 83, 100] {
                for age in [0, 1, 2, 89, 4_181, 999_999, 4_294_967_295] {
                    for retries in [0, 1, 2, 7, 31, 61, 62, 63, 10_000] {
                        let backoff = Backoff::exponential(first, cap).jitter(jitter);
                        table.push((backoff, age, retries));
                    }
                }
            }
        }
    }
    table
}

#[tokio::test]
async fn delays_are_those_of_the_engine_to_the_microsecond() {
    let server = Server::start().unwrap();
    let (_, conn) = opened(Config::from_url(&server.url()).unwrap()).await;
    for rows in table().chunks(1_000) {
        let args = rows.iter().fold(Args::at(None), |args, (backoff, age, retries)| {
            let args = args.value(backoff.first_micros).value(backoff.cap_micros);
            args.value(backoff.jitter).value(age).value(retries)
        });
        let reply = conn.run(&DELAY, Kind::Read, "{taskdb}:meta", args.into_inner()).await;
        let mut reply = Reply::new(reply.unwrap()).unwrap();
        for (backoff, age, retries) in rows {
            let found: u128 = reply.parse().unwrap();
            let expected = backoff.delay(*age, *retries).as_micros();
            assert_eq!(found, expected, "{backoff:?}, age {age}, {retries} retries");
        }
        assert!(reply.is_empty());
    }
}
