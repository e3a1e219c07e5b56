//! `shards`: what a cluster does for its processor time when a namespace lies in one slot of
//! it and when it lies in several. Servers of one machine share its cores, so that the rate
//! would say nothing of machines of their own; what their processors spend does. The limit are
//! as many namespaces that know nothing of each other, one on each master: what is less than in
//! one slot there is the machine's, on which several servers take turns. What the servers do for
//! a task is counted as well, in commands and in scripts, of which each may serve many tasks, and
//! where `valgrind` is installed in instructions, but for those of the kernel: no neighbour and no
//! cache has a part in that.

use async_trait::async_trait;
use futures::future::try_join_all;
use taskdb::TaskDb;
use taskdb_testkit::servers::redis::{Cluster, Options, binary};

use super::{About, Workload, flatness};
use crate::bench::Bench;
use crate::error::{Error, Result, ensure};
use crate::figure::{Bound, Reading, Unit};
use crate::instructions::Counter;
use crate::load::crew::Crew;
use crate::load::{self, BATCH, graph};
use crate::server;

pub(super) struct Shards;

/// Masters of the cluster.
const MASTERS: usize = 3;
/// Jobs, which spread over the shards by their ids.
const JOBS: usize = 24;
/// Tasks of a job while instructions are counted.
const INSTRUCTED: usize = 1_000;
/// Slots of a cluster.
const SLOTS: u16 = 16_384;

#[async_trait(?Send)]
impl Workload for Shards {
    fn about(&self) -> About {
        About {
            name: "shards",
            what: "claim and done, one call each, on n shards of a cluster of three masters",
            full: &[1, 3],
            quick: &[1, 3],
            workers: &[64, 512],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        // A private Redis server says that clusters can be had as well; one of the two is enough.
        let private = bench.place.server().filter(|server| server.private().is_some());
        if private.is_none() || bench.place.folder().is_some() {
            return Ok(Vec::new());
        }
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let mut sizes: Vec<_> =
                bench.sizes().into_iter().map(|n| (n, Vec::new(), Vec::new())).collect();
            let tasks = bench.of(2_000, 10);
            for _ in 0..bench.pace.runs {
                for (n, samples, apart) in &mut sizes {
                    samples.push(run(&[format!("shards={n}")], workers, tasks).await?);
                    apart.push(run(&neighbours(*n), workers, tasks).await?.cycles);
                }
            }
            let mut by_size = Vec::new();
            for (n, samples, apart) in sizes {
                let point = super::point(n, workers);
                let limit = Bound::new("as many namespaces that lie apart", apart);
                let all = |of: fn(&Cost) -> f64| samples.iter().map(of).collect::<Vec<_>>();
                let cycles = all(|cost| cost.cycles);
                let reading =
                    Reading::new("a processor", point.clone(), Unit::Cycles, cycles.clone());
                readings.push(reading.beside(Some(&limit)));
                let commands = all(|cost| cost.commands);
                readings.push(Reading::new("all", point.clone(), Unit::Commands, commands));
                let scripts = all(|cost| cost.scripts);
                readings.push(Reading::new("scripts", point, Unit::Commands, scripts));
                by_size.push((n, cycles));
            }
            readings.extend(flatness(&by_size, &format!(" workers={workers}")));
        }
        if bench.of(true, false)
            && let Some(counter) = Counter::of(&binary())?
        {
            readings.extend(instructions(bench, &counter).await?);
        }
        Ok(readings)
    }
}

/// What the processors do, with the first number of workers: it takes fifty times as long, and
/// of many workers the end of the work would weigh more than the work.
async fn instructions(bench: &Bench<'_>, counter: &Counter) -> Result<Vec<Reading>> {
    let (sizes, workers) = (bench.sizes(), bench.workers()[0]);
    let (mut readings, mut by_size) = (Vec::new(), Vec::new());
    for n in sizes {
        let mut samples = Vec::new();
        for _ in 0..bench.pace.runs {
            samples.push(count(counter, n, workers, INSTRUCTED).await?);
        }
        by_size.push((n, samples.iter().map(|count| 1.0 / count).collect()));
        let point = super::point(n, workers);
        readings.push(Reading::new("instructions", point, Unit::Instructions, samples));
    }
    // The goal is one of seconds.
    let ratio = flatness(&by_size, &format!(" workers={workers}"));
    readings.extend(ratio.map(|ratio| Reading { what: "of instructions", ..ratio }));
    Ok(readings)
}

/// What names namespaces of one shard each, which lie on the masters in turn.
fn neighbours(count: usize) -> Vec<String> {
    let mut found = Vec::new();
    for n in 0.. {
        if found.len() == count {
            break;
        }
        let name = format!("apart{n}");
        if master(&name) == found.len() % MASTERS {
            found.push(format!("namespace={name}"));
        }
    }
    found
}

/// The master of a namespace of one shard, where each has its part of the slots.
fn master(namespace: &str) -> usize {
    let slot = crc16::State::<crc16::XMODEM>::calculate(namespace.as_bytes()) % SLOTS;
    usize::from(slot) * MASTERS / usize::from(SLOTS)
}

/// What the masters take for tasks that are claimed and finished.
struct Cost {
    /// Cycles for each second that their processors have spent on them.
    cycles: f64,
    /// Commands for each task, by calls and by scripts.
    commands: f64,
    /// Scripts for each task.
    scripts: f64,
}

/// Instructions of all masters for each task that is claimed and finished in so many shards.
async fn count(counter: &Counter, shards: usize, workers: usize, tasks: usize) -> Result<f64> {
    let options = Options { program: Some(counter.program()), ..Options::default() };
    let cluster = Cluster::with(&options, MASTERS, false)?;
    let db = taskdb::connect(&format!("{}?shards={shards}", cluster.url())).await?;
    prepare(&db, JOBS, tasks).await?;
    let processes = cluster.masters.iter().map(|master| {
        let info: String = master.cli(&["INFO", "server"])?;
        server::process(&info).ok_or(Error::Machine("which process a server is"))
    });
    let processes = processes.collect::<Result<Vec<u32>>>()?;
    let work = async { Crew { workers, batch: 1 }.drain(&db).await };
    let (done, total) = counter.count(&processes, work).await?;
    ensure(done == JOBS * tasks, || format!("{done} tasks were finished"))?;
    Ok(total as f64 / done as f64)
}

/// Runs all tasks, with the jobs and the workers divided among namespaces.
async fn run(namespaces: &[String], workers: usize, tasks: usize) -> Result<Cost> {
    let cluster = Cluster::start(MASTERS, false)?;
    let parts = namespaces.len();
    let mut stores = Vec::new();
    for namespace in namespaces {
        let db = taskdb::connect(&format!("{}?{namespace}", cluster.url())).await?;
        prepare(&db, JOBS / parts, tasks).await?;
        stores.push(db);
    }
    let before = spent(&cluster)?;
    let crew = Crew { workers: workers / parts, batch: 1 };
    let done: usize = try_join_all(stores.iter().map(|db| crew.drain(db))).await?.iter().sum();
    let after = spent(&cluster)?;
    ensure(done == JOBS * tasks, || format!("{done} tasks were finished"))?;
    let each = |of: fn(&Spent) -> f64| (of(&after) - of(&before)) / done as f64;
    Ok(Cost {
        cycles: 1.0 / each(|spent| spent.seconds),
        commands: each(|spent| spent.commands),
        scripts: each(|spent| spent.scripts),
    })
}

async fn prepare(db: &TaskDb, jobs: usize, tasks: usize) -> Result<()> {
    let stream = load::stream(db).await?;
    for _ in 0..jobs {
        let job = load::job(db, stream).await?;
        load::fill(db, job, stream, graph::flat(tasks), BATCH).await?;
    }
    Ok(())
}

/// What the masters have done since they started.
#[derive(Default)]
struct Spent {
    seconds: f64,
    commands: f64,
    scripts: f64,
}

fn spent(cluster: &Cluster) -> Result<Spent> {
    let mut spent = Spent::default();
    for master in &cluster.masters {
        let info: String = master.cli(&["INFO", "cpu"])?;
        spent.seconds += server::processor_seconds(&info);
        let info: String = master.cli(&["INFO", "commandstats"])?;
        for (name, calls) in server::command_calls(&info) {
            spent.commands += calls as f64;
            if name == "evalsha" {
                spent.scripts += calls as f64;
            }
        }
    }
    ensure(spent.seconds > 0.0, || "the servers do not say what they spend".into())?;
    Ok(spent)
}
