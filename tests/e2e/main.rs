//! TaskDB on servers in containers, as somebody would run it who has pulled an image: the
//! smoke part of the conformance suite, a workflow of three kinds of workers, the same
//! program on another store by configuration alone, and a migration from one to another.
//!
//! Needs a Docker engine that has the images; without, the tests show as ignored and say why.
//! With `TASKDB_REQUIRE_CONTAINERS=1` images are pulled, and tests that cannot run fail.
//! `TASKDB_TEST_REDIS_IMAGE` (`redis:7`), `TASKDB_TEST_VALKEY_IMAGE` (`valkey/valkey:8`) and
//! `TASKDB_TEST_POSTGRES_IMAGE` (`postgres:16`) name other images; `scripts/test-images` builds
//! some where none can be pulled.
//!
//! # Layout
//!
//! * [`engine`]: whether there is an engine; [`servers`]: the containers, started on first use.
//! * [`smoke`], [`proving`], [`swap`], [`moving`]: the tests.

mod engine;
mod moving;
mod proving;
mod servers;
mod smoke;
mod swap;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use servers::{Kind, Servers};
use tokio::runtime::Runtime;

/// What a test is made of: a future that panics when something is wrong.
type Test = std::pin::Pin<Box<dyn Future<Output = ()>>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Runtime::new().expect("threads can be started");
    let required = std::env::var("TASKDB_REQUIRE_CONTAINERS").is_ok_and(|value| value == "1");
    let absent = runtime.block_on(async {
        match engine::absent().await {
            None if !required => engine::missing(Kind::ALL.map(Kind::chosen_image)).await,
            absent => absent,
        }
    });
    let ignored = absent.is_some() && !required;
    if let (Some(why), false) = (&absent, arguments.list) {
        let _ = writeln!(std::io::stdout(), "no containers: {why}");
    }
    let (runtime, servers) = (Arc::new(runtime), Arc::new(Servers::default()));
    let trial = |name: String, test: fn(Arc<Servers>, Kind) -> Test, kind: Kind| {
        let (runtime, servers, absent) =
            (Arc::clone(&runtime), Arc::clone(&servers), absent.clone());
        let run = move || match absent {
            Some(why) => Err(Failed::from(why)),
            None => {
                runtime.block_on(test(servers, kind));
                Ok(())
            }
        };
        Trial::test(name, run).with_ignored_flag(ignored)
    };
    let mut trials = Vec::new();
    for kind in Kind::ALL {
        trials.push(trial(format!("smoke::{kind}"), |s, k| Box::pin(smoke::run(s, k)), kind));
        trials.push(trial(format!("proving::{kind}"), |s, k| Box::pin(proving::run(s, k)), kind));
        trials.push(trial(format!("swap::{kind}"), |s, k| Box::pin(swap::run(s, k)), kind));
        let name = format!("moving::from_{kind}");
        trials.push(trial(name, |s, k| Box::pin(moving::run(s, k)), kind));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    runtime.block_on(servers.stop());
    conclusion.exit_code()
}
