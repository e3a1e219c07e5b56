//! The program is killed at random moments and started again, until it comes to its end.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use taskdb::store::Gate;
use taskdb_migrate::{CopyOptions, Running, SourceGate};
use taskdb_testkit::rng::Rng;

use crate::places::{At, assert_same, carry, logs};
use crate::population::fill;

const OPTIONS: CopyOptions = CopyOptions {
    running: Running::Keep,
    rename_long: false,
    source_gate: SourceGate::Hold,
    events: true,
};

fn program(from: &At, to: &At) -> Child {
    Command::new(env!("CARGO_BIN_EXE_taskdb-migrate"))
        .args(["copy", "--from", &from.0, "--to", &to.0, "--running", "keep", "--quiet"])
        .args(["--source-gate", "hold", "--events"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Runs a copy that is killed again and again; how often, and whether it was done at last.
async fn killed(from: &At, to: &At, rng: &mut Rng, longest: u64) -> u64 {
    let mut kills = 0;
    loop {
        let mut child = program(from, to);
        // Later runs get more time, so that each copy ends.
        let moment = Duration::from_micros(rng.below(longest + kills * longest / 4));
        tokio::time::sleep(moment).await;
        match child.try_wait().expect("a status") {
            None => {
                child.kill().expect("a kill");
                child.wait().expect("an end");
                kills += 1;
            }
            Some(_) => {
                let end = child.wait_with_output().expect("an end");
                let said = String::from_utf8_lossy(&end.stderr);
                assert!(end.status.success(), "{said}");
                return kills;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments() {
    let wanted: u64 =
        std::env::var("TASKDB_KILL_ROUNDS").map_or(12, |text| text.parse().expect("a number"));
    let seed = std::env::var("TASKDB_SEED").map_or(0x5eed, |text| text.parse().expect("a number"));
    let (folder, rng) = (tempfile::tempdir().unwrap(), &mut Rng::new(seed));
    let mut sources = Vec::new();
    for kind in ["sqlite", "redis", "postgres"] {
        let (from, whole) = (At::of(kind, folder.path()), At::of("sqlite", folder.path()));
        fill(&from.db().await, rng.next(), 80).await;
        // What was never interrupted is what the others must be.
        carry(&from.place(), &whole.place(), &OPTIONS).await.unwrap();
        sources.push((kind, from, whole));
    }
    let (mut kills, mut copies) = (0, 0);
    while kills < wanted || copies < 6 {
        let (kind, from, whole) = &sources[copies % 3];
        let (target, _, _) = &sources[(copies + 1 + copies / 3) % 3];
        let to = At::of(target, folder.path());
        kills += killed(from, &to, rng, 120_000).await;
        copies += 1;
        assert_eq!(to.db().await.describe().await.unwrap().gate, Gate::Open);
        assert_eq!(from.db().await.describe().await.unwrap().gate, Gate::Open);
        let what = format!("{kind} to {target}, seed {seed}");
        let (whole, to) = (whole.db().await, to.db().await);
        assert_same(&whole, &to, &what).await;
        assert_eq!(logs(&whole).await, logs(&to).await, "{what}");
    }
    assert!(kills >= wanted);
}
