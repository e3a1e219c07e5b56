//! From arguments to a report: every workload on every store, one after the other.

use std::io::Write;

use taskdb::error::redact;

use crate::args::Args;
use crate::bench::{Bench, pace};
use crate::child::{self, Role};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::goal;
use crate::machine::{self, Machine};
use crate::place::{self, Named, Place};
use crate::report::{Report, Store, number};
use crate::workload::{ALL, Workload};

/// Measures what the arguments ask for. What goes on meanwhile is told on standard
/// error; a workload that fails is told there and in the report, and the others go on.
///
/// # Errors
///
/// `Store` or `Place` for a backend that cannot be reached or measured, before
/// anything has run; `Interrupted` when the user ends it.
pub fn run(args: &Args) -> Result<Report> {
    let runtime = runtime()?;
    let mut targets = Vec::new();
    let report = runtime.block_on(async {
        let measured = async {
            open(args, &mut targets).await?;
            Ok(measure(&targets, args).await)
        };
        tokio::select! {
            report = measured => report,
            _ = tokio::signal::ctrl_c() => Err(Error::Interrupted),
        }
    });
    // What still runs in the background of an interrupted run has files open: it ends
    // first, and then the places remove what is left.
    drop(runtime);
    drop(targets);
    report
}

/// Does the part of the second process.
pub(crate) fn child(role: Role, args: &Args) -> Result<()> {
    let url = args.backends.first().ok_or_else(|| Error::Child("has no backend".into()))?;
    runtime()?.block_on(child::run(role, url))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Error::Unsound(error.to_string()))
}

async fn measure(targets: &[Target], args: &Args) -> Report {
    let mut report = Report {
        machine: Machine::here(),
        quick: args.quick,
        stores: targets.iter().map(|target| target.store.clone()).collect(),
        figures: Vec::new(),
        failures: Vec::new(),
    };
    // Small sizes and slow code have no goals.
    let judged = !args.quick && report.machine.build == "release";
    for target in targets {
        for workload in wanted(args) {
            let name = workload.about().name;
            tell(&format!("{}: {name}", target.store.label));
            match one(target, workload, args, judged).await {
                Ok(figures) => report.figures.extend(figures),
                Err(error) => {
                    tell(&format!("  failed: {error}"));
                    report.failures.push(format!("{}: {name}: {error}", target.store.label));
                }
            }
        }
    }
    report
}

/// A store to measure.
struct Target {
    place: Box<dyn Place>,
    /// The name of its kind, by which goals find it.
    kind: &'static str,
    backend: &'static str,
    store: Store,
}

/// Opens every store once, so that none is refused after the others were measured.
async fn open(args: &Args, targets: &mut Vec<Target>) -> Result<()> {
    for url in &args.backends {
        for named in place::open(url).await? {
            let earlier = targets.iter().filter(|known| known.kind == named.0).count();
            targets.push(target(named, url, earlier, args).await?);
        }
    }
    if targets.is_empty() {
        let url = "sqlite: in the system's folder for temporary files";
        targets.push(target(place::default()?, url, 0, args).await?);
    }
    Ok(())
}

/// Looks at one store; a kind that was there before gets a number behind its name.
async fn target(named: Named, url: &str, earlier: usize, args: &Args) -> Result<Target> {
    let (kind, place) = named;
    let info = place.fresh().await?.db.describe().await?;
    let label = match earlier {
        0 => kind.to_owned(),
        earlier => format!("{kind}-{}", earlier + 1),
    };
    let syncs_per_sec = match place.folder() {
        Some(folder) => Some(machine::syncs_per_sec(folder, pace(args)).await?),
        None => None,
    };
    let (backend, version) = (info.backend, info.version);
    let measured = Some(machine::today());
    let store = Store {
        label,
        url: redact(url),
        backend: backend.into(),
        version,
        syncs_per_sec,
        measured,
    };
    Ok(Target { place, kind, backend, store })
}

fn wanted(args: &Args) -> impl Iterator<Item = &'static dyn Workload> {
    let all = args.workloads.is_empty();
    let asked = move |workload: &&dyn Workload| {
        all || args.workloads.iter().any(|name| name == workload.about().name)
    };
    ALL.into_iter().filter(asked)
}

async fn one(
    target: &Target,
    workload: &dyn Workload,
    args: &Args,
    judged: bool,
) -> Result<Vec<Figure>> {
    let about = workload.about();
    let bench = Bench::new(&*target.place, target.backend, about, args);
    let mut figures = Vec::new();
    for reading in workload.run(&bench).await? {
        let goal = goal::of(target.kind, about.name, &reading).filter(|_| judged);
        let figure = Figure::new(&target.store.label, about.name, reading, goal);
        let Figure { point, what, value, unit, .. } = &figure;
        tell(&format!("  {what} {point}: {} {unit}", number(*value)));
        figures.push(figure);
    }
    Ok(figures)
}

/// Nobody is told when standard error itself cannot be written.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
