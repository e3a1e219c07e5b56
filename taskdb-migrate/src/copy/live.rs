//! A store that is in use: what has finished is copied and checked meanwhile, and only what
//! is left waits for the cut-over.

use std::time::{Duration, Instant};

use taskdb::record::Record;
use taskdb::request::Part;
use taskdb::store::Gate;
use taskdb::{JobState, TaskDb};
use uuid::Uuid;

use super::delta::Delta;
use super::writer::Writer;
use super::{SourceGate, Transfer, streams};
use crate::adapt::Adapt;
use crate::compare::{self, Findings, Lead, Rest, Stories};
use crate::error::{MigrateErr, Result};
use crate::mark::Stage;
use crate::named::Named;
use crate::pages::Pages;
use crate::source::PAGE;
use crate::verify::{VerifyReport, adapted_part, events, part, verify};
use crate::watch::Event;

/// Further passes over what has finished meanwhile, before the rest is left to the cut-over.
const ROUNDS: usize = 3;
/// Jobs that a cut-over takes without another pass before it.
const FEW: usize = 1_000;

pub(super) async fn run(
    copy: &mut Transfer<'_>,
    db: &TaskDb,
) -> Result<(Option<VerifyReport>, Duration)> {
    let began = copy.mark.stage;
    if began == Stage::Opening {
        copy.open().await?;
        reopen(copy, db).await?;
        return Ok((None, Duration::ZERO));
    }
    let mut checked = Checked { unsettled: Vec::new(), sound: false };
    if began == Stage::Copying {
        finished(copy, db).await?;
        checked = check_finished(copy, db).await?;
    }
    let pause = Instant::now();
    close(copy, db).await?;
    let mut delta = Delta::between(copy, db, true).await?;
    delta.again(&checked.unsettled);
    rest(copy, db, &delta).await?;
    super::events::run(copy, db).await?;
    let report = match checked.sound {
        true => check_rest(copy, db, &delta).await?,
        // What was checked before an interruption has to be checked again.
        false => {
            verify(copy.source.clone(), copy.target, &copy.options.adapt(), copy.watch).await?
        }
    };
    let report = copy.judge(report)?;
    copy.open().await?;
    let pause = pause.elapsed();
    copy.watch.tell(Event::Pause(pause));
    reopen(copy, db).await?;
    Ok((Some(report), pause))
}

/// Copies streams and the jobs that have ended, in some passes.
async fn finished(copy: &mut Transfer<'_>, db: &TaskDb) -> Result<()> {
    copy.watch.tell(Event::Stage { name: "copy finished jobs", tasks: copy.source.tasks().await? });
    if !copy.mark.passed {
        let adapt = copy.options.adapt();
        let pages = Pages::of(copy.source.clone(), copy.mark.cursor.clone(), adapt);
        Writer::new(copy).run(pages, |job| job.state != JobState::Running).await?;
    }
    for _ in 0..ROUNDS {
        let delta = Delta::between(copy, db, false).await?;
        streams::add(copy, db).await?;
        delta.apply(copy, db).await?;
        if delta.missing.len() < FEW {
            return Ok(());
        }
    }
    Ok(())
}

/// What is known of jobs that were copied while the source was in use.
struct Checked {
    /// Those to copy again.
    unsettled: Vec<Uuid>,
    /// Whether the target was sound, so that these and what follows are all there is to check.
    sound: bool,
}

/// Compares what has been copied with the source as it is now. What differs is copied again
/// at the cut-over, where it must be the same; so are stopped jobs with a running task.
async fn check_finished(copy: &Transfer<'_>, db: &TaskDb) -> Result<Checked> {
    copy.watch.tell(Event::Stage { name: "check finished jobs", tasks: None });
    let mut found = Findings::default();
    let (name, to) = (copy.target.name(), copy.target.db());
    let all = part(name, to, Part::Streams, true);
    for stream in compare::streams(all).await?.into_values() {
        found.audited(Record::Stream(stream));
    }
    let mut source = Named::new(copy.source.name(), db, false, copy.options.adapt());
    let pages = part(name, to, Part::Everything, true);
    // Kept outputs and schedules are compared at the cut-over.
    let (found, rest) = (&mut found, &mut Rest::default());
    let unsettled =
        compare::compare_jobs(Lead::To, pages, &mut source, found, rest, copy.watch).await?;
    Ok(Checked { unsettled, sound: found.violations().is_empty() })
}

/// Closes the source, or sees that it is closed.
async fn close(copy: &mut Transfer<'_>, db: &TaskDb) -> Result<()> {
    let told = |error| MigrateErr::store(copy.source.name(), error);
    let info = db.describe().await.map_err(told)?;
    if copy.mark.stage != Stage::Closed {
        copy.mark.gate = Some(info.gate);
        copy.enter(Stage::Closed).await?;
    }
    let told = |error| MigrateErr::store(copy.source.name(), error);
    if copy.options.source_gate != SourceGate::Leave {
        return db.set_gate(Gate::ReadOnly).await.map_err(told);
    }
    if info.gate != Gate::ReadOnly {
        let why = format!("{} was opened again meanwhile: close it", copy.source.name());
        return Err(MigrateErr::Refused(why));
    }
    Ok(())
}

/// Copies what is left, now that nothing changes any more.
async fn rest(copy: &Transfer<'_>, db: &TaskDb, delta: &Delta) -> Result<()> {
    copy.watch.tell(Event::Stage { name: "copy open jobs", tasks: None });
    streams::add(copy, db).await?;
    delta.apply(copy, db).await?;
    streams::settle(copy, db).await?;
    let adapt = copy.options.adapt();
    let mut rest = adapted_part(copy.source.name(), db, Part::Rest, adapt);
    while let Some(page) = rest.next().await? {
        copy.target.write(&page.records).await?;
    }
    Ok(())
}

/// Verifies the open jobs and what was copied at the cut-over, with the streams and kept
/// outputs; the rest has been, and its jobs have not changed since.
async fn check_rest(copy: &Transfer<'_>, db: &TaskDb, delta: &Delta) -> Result<VerifyReport> {
    copy.watch.tell(Event::Stage { name: "check open jobs", tasks: None });
    let adapt = || copy.options.adapt();
    let (from, to) = (copy.source.name(), copy.target.name());
    let target = copy.target.db();
    let mut found = Findings::default();
    let streams = adapted_part(from, db, Part::Streams, adapt());
    compare::compare_streams(streams, part(to, target, Part::Streams, true), &mut found).await?;
    let mut other = Named::new(to, target, true, Adapt::nothing());
    let mut named = Named::new(from, db, false, adapt());
    for some in delta.missing.chunks(PAGE).chain(delta.open.chunks(PAGE)) {
        named.ask(some.to_vec());
    }
    let pages = named.pages();
    let none = &mut Rest::default();
    compare::compare_jobs(Lead::From, pages, &mut other, &mut found, none, copy.watch).await?;
    let rest = Rest::of(adapted_part(from, db, Part::Rest, adapt())).await?;
    let copies = Rest::of(part(to, target, Part::Rest, false)).await?;
    compare::compare_rest(rest, copies, copy.target.describe().await?.now, &mut found);
    events(&copy.source, Stories::default(), copy.target, adapt(), &mut found).await?;
    let left = Delta::between(copy, db, true).await?;
    for job in left.stale.iter().chain(&left.missing).take(compare::SHOWN) {
        found.differ(format!("job {job}"), "is listed otherwise in the target");
    }
    // What was checked before is there too.
    found.to.jobs = left.copied;
    found.to.set_tasks(&copy.target.told(target.get_task_state_counts().await)?);
    Ok(VerifyReport::new(found))
}

/// Sets the gate of the source back where that was asked for.
pub(super) async fn reopen(copy: &Transfer<'_>, db: &TaskDb) -> Result<()> {
    match (copy.options.source_gate, copy.mark.gate) {
        (SourceGate::Hold, Some(gate)) => {
            db.set_gate(gate).await.map_err(|error| MigrateErr::store(copy.source.name(), error))
        }
        _ => Ok(()),
    }
}
