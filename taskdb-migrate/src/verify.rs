//! Whether one place holds what another does.

use serde::Serialize;
use taskdb::TaskDb;
use taskdb::request::{Export, Part};

use crate::adapt::Adapt;
use crate::compare::{self, Difference, Findings, Lead, Rest, Stories};
use crate::counts::Counts;
use crate::digest::Digest;
use crate::error::{MigrateErr, Result};
use crate::listed::Listed;
use crate::named::Named;
use crate::pages::Pages;
use crate::source::{PAGE, Shared};
use crate::target::Target;
use crate::watch::{Event, Watch};

/// What a verification has found.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    /// What the source holds.
    pub from: Counts,
    /// What the target holds of it.
    pub to: Counts,
    /// The sum of the digests of all jobs, streams and kept outputs of the source.
    pub digest_from: Digest,
    /// The same of the target.
    pub digest_to: Digest,
    /// How many differences there are.
    pub differing: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
    /// Breaches of the invariants of the contract in the target.
    pub violations: Vec<String>,
}

impl VerifyReport {
    pub(crate) fn new(mut found: Findings) -> Self {
        let violations = found.violations().iter().map(ToString::to_string).collect();
        Self {
            from: found.from,
            to: found.to,
            digest_from: found.digest_from,
            digest_to: found.digest_to,
            differing: found.differing,
            differences: found.differences,
            violations,
        }
    }

    /// Whether the two are the same, and the target is sound.
    pub fn is_clean(&self) -> bool {
        self.differing == 0 && self.violations.is_empty() && self.digest_from == self.digest_to
    }

    /// The first things that are wrong, a line each.
    pub fn complaint(&self) -> String {
        let mut lines: Vec<_> = self.differences.iter().map(ToString::to_string).collect();
        let shown = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        if self.differing > shown {
            lines.push(format!("and {} more differences", self.differing - shown));
        }
        lines.extend(self.violations.iter().take(compare::SHOWN).cloned());
        lines.join("\n")
    }
}

/// Compares a source with a store: every record, the digest of every job, the counts, and
/// the invariants of the store.
///
/// `adapt` is what the copy has changed on the way. Memory stays at some pages of each,
/// their streams, and a digest for each kept output.
///
/// # Errors
///
/// Those of reading; differences are in the answer.
pub async fn verify(
    from: Shared,
    to: &Target,
    adapt: &Adapt,
    watch: &dyn Watch,
) -> Result<VerifyReport> {
    watch.tell(Event::Stage { name: "verify", tasks: from.tasks().await? });
    let mut found = Findings::default();
    let streams = Pages::of(from.clone(), None, *adapt);
    let derived = part(to.name(), to.db(), Part::Streams, true);
    compare::compare_streams(first_streams(&from, streams, adapt), derived, &mut found).await?;
    let mut other = Named::new(to.name(), to.db(), true, Adapt::nothing());
    let pages = Pages::of(from.clone(), None, *adapt);
    let mut rest = Rest::default();
    compare::compare_jobs(Lead::From, pages, &mut other, &mut found, &mut rest, watch).await?;
    let copies = Rest::of(part(to.name(), to.db(), Part::Rest, false)).await?;
    events(&from, std::mem::take(&mut rest.events), to, *adapt, &mut found).await?;
    // What has gone in the meantime was about to, by now.
    compare::compare_rest(rest, copies, to.describe().await?.now, &mut found);
    extra_jobs(&from, to, &mut found).await?;
    Ok(VerifyReport::new(found))
}

/// Compares the event logs, if they are asked for; `told` is what came with the records.
pub(crate) async fn events(
    from: &Shared,
    told: Stories,
    to: &Target,
    adapt: Adapt,
    found: &mut Findings,
) -> Result<()> {
    if !adapt.events {
        return Ok(());
    }
    let source = async {
        match from.store() {
            Some(db) => Stories::of(from.name(), db, adapt).await,
            None => Ok(told),
        }
    };
    let target = Stories::of(to.name(), to.db(), Adapt::nothing());
    let (from, to) = tokio::try_join!(source, target)?;
    compare::compare_events(from, to, found);
    Ok(())
}

/// Pages with the streams of a source, alone where it can give them so.
fn first_streams(from: &Shared, all: Pages, adapt: &Adapt) -> Pages {
    match from.store() {
        Some(db) => adapted_part(from.name(), db, Part::Streams, *adapt),
        None => all,
    }
}

/// A part of a store.
pub(crate) fn part(name: &str, db: &TaskDb, part: Part, derived: bool) -> Pages {
    read_part(name, db, part, derived, Adapt::nothing())
}

pub(crate) fn adapted_part(name: &str, db: &TaskDb, part: Part, adapt: Adapt) -> Pages {
    read_part(name, db, part, false, adapt)
}

fn read_part(name: &str, db: &TaskDb, part: Part, derived: bool, adapt: Adapt) -> Pages {
    let (name, db) = (name.to_owned(), db.clone());
    Pages::read(None, adapt, move |cursor| {
        let request = Export { cursor, limit: PAGE, derived, part: part.clone() };
        let (name, db) = (name.clone(), db.clone());
        async move {
            let page = db.store().export(request).await;
            page.map_err(|error| MigrateErr::store(&name, error))
        }
    })
}

/// Jobs that only the target has: more than were met on the way through the source.
async fn extra_jobs(from: &Shared, to: &Target, found: &mut Findings) -> Result<()> {
    let (mut count, mut pages) = (0_u64, Listed::of(to));
    while let Some(jobs) = pages.next().await? {
        count += u64::try_from(jobs.len()).unwrap_or(u64::MAX);
    }
    let Some(extra) = count.checked_sub(found.to.jobs).filter(|extra| *extra > 0) else {
        return Ok(());
    };
    found.differ(to.name(), format!("has {extra} jobs that the source has not"));
    found.to.jobs = count;
    // Only a store can be asked whether it has a job.
    let Some(db) = from.store() else { return Ok(()) };
    let (mut named, mut pages) = (0, Listed::of(to));
    while let Some(jobs) = pages.next().await? {
        for job in jobs {
            if db.get_job(&job.job_id).await.is_err_and(|error| error.is_not_found()) {
                found.differ(format!("job {}", job.job_id), "is in the target only");
                named += 1;
                if named == compare::SHOWN {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}
