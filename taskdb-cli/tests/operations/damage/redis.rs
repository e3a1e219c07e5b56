//! A server with keys that somebody has changed.

use taskdb_testkit::servers::redis::Server;

use super::{Damage, Held, LOST, examine, fill, mends, tells};

/// A byte of a field, counted from 1, becomes another: `BYTE key field place value`.
const SET_BYTE: &str = "local old = redis.call('HGET', KEYS[1], ARGV[1]) \
    local at = tonumber(ARGV[2]) \
    return redis.call('HSET', KEYS[1], ARGV[1], \
        old:sub(1, at - 1) .. string.char(tonumber(ARGV[3])) .. old:sub(at + 1))";

/// Commands: `JOB` and `DONE` are the hashes of the two jobs, `NS` the prefix, and `CLAIM` the hash
/// of claims with that of `a`.
const DAMAGES: &[Damage] = &[
    mends("a stream's counters", 19, "HSET NS:stream:0:counters medium|9 9 9 9 9 9"),
    mends("a stream that is not listed", 20, "DEL NS:streams_by_priority:cpu"),
    mends("a list of jobs without this one", 21, "DEL NS:stream:0:ready"),
    mends("a lane without a task", 21, "ZREM JOB:lane:0 2"),
    mends("dependants of a task", 5, "HDEL JOB p1.0"),
    mends("a claim that nobody finds", 7, "DEL CLAIM"),
    mends("a deadline that nobody looks at", 7, "DEL NS:expiring"),
    mends("a count of unresolved tasks", 22, "BYTE JOB h 17 9"),
    mends("a count of open tasks", 22, "BYTE JOB h 21 9"),
    mends("a wait too long", 3, "BYTE JOB t3 41 7"),
    mends(LOST, 4, "BYTE JOB t2 1 0"),
    mends("an end that was lost", 24, "BYTE DONE h 41 0"),
    tells("an output that is gone", 11, "HDEL JOB o0"),
    tells("a start too early", 4, "BYTE JOB t4 1 1"),
    tells("a failure of nothing", 25, "BYTE DONE h 41 2"),
];

fn inflict(server: &Server, namespace: &str, held: &Held, how: &str) {
    let claims = format!("NS:claims:{}", &held.claim.id.simple().to_string()[..2]);
    let how = how
        .replace("CLAIM", &claims)
        .replace("JOB", &format!("NS:job:{}", held.job))
        .replace("DONE", &format!("NS:job:{}", held.done))
        .replace("NS", &format!("{{{namespace}}}"));
    // A value may have spaces: it stands behind a bar.
    let (words, value) = how.split_once('|').map_or((how.as_str(), None), |(a, b)| (a, Some(b)));
    let words: Vec<_> = words.split(' ').chain(value).collect();
    let changed: i64 = match words.as_slice() {
        ["BYTE", rest @ ..] => {
            server.cli::<i64>(&[&["EVAL", SET_BYTE, "1"], rest].concat()).map(|_| 1)
        }
        ["HSET", ..] => server.cli::<i64>(&words).map(|_| 1),
        _ => server.cli(&words),
    }
    .unwrap();
    assert!(changed > 0, "{how} changes nothing");
}

#[tokio::test]
async fn damage_of_keys_is_found_and_mended() {
    let server = Server::start().unwrap();
    for (number, damage) in DAMAGES.iter().enumerate() {
        let namespace = format!("damage-{number}");
        let url = format!("{}?namespace={namespace}", server.url());
        let db = taskdb::connect(&url).await.unwrap();
        let held = fill(&db).await;
        inflict(&server, &namespace, &held, damage.how);
        examine(&db, &held, &url, damage).await;
    }
}
