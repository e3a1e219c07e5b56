//! Before the first record: whether the target may be filled, and by whom.

use taskdb::record::Record;
use taskdb::store::Gate;

use super::{CopyOptions, SourceGate};
use crate::error::{MigrateErr, Result};
use crate::mark::{Mark, Stage};
use crate::source::Shared;
use crate::target::Target;

/// How a copy begins.
pub(super) enum Begun {
    /// The target was empty and is closed now.
    Fresh(Mark),
    /// An earlier call has left this.
    Resumed(Mark),
    /// An earlier call has done it all.
    Done(Mark),
}

/// Looks at both sides and closes the target.
pub(super) async fn begin(
    source: &Shared,
    target: &Target,
    options: &CopyOptions,
    mut mark: Mark,
) -> Result<Begun> {
    let refuse = |why: String| Err(MigrateErr::Refused(why));
    if source.name() == target.name() && !target.name().starts_with("memory:") {
        return refuse(format!("{} cannot be copied to itself", target.name()));
    }
    let info = target.describe().await?;
    if let Some(text) = &info.mark {
        return match Mark::read(text) {
            Some(left) if left.is_of(&mark) && left.stage == Stage::Done => Ok(Begun::Done(left)),
            Some(left) if left.is_of(&mark) => Ok(Begun::Resumed(left)),
            Some(left) => refuse(being_filled(target.name(), &left)),
            None => refuse(format!(
                "{} is marked by another tool or release; choose an empty namespace",
                target.name()
            )),
        };
    }
    source_can_be_read(source, options).await?;
    if !target.is_empty().await? {
        return refuse(not_empty(target.name()));
    }
    if let Some(place) = &mut mark.events {
        if !target.log_is_empty().await? {
            return refuse(log_not_empty(target.name()));
        }
        place.next = u64::try_from(info.now.as_micros()).unwrap_or(0);
    }
    target.mark(Gate::ReadOnly, Some(&mark)).await?;
    // Somebody may have been quicker than the gate.
    if !target.is_empty().await? {
        target.mark(info.gate, None).await?;
        return refuse(not_empty(target.name()));
    }
    Ok(Begun::Fresh(mark))
}

/// What to say of a target that holds something.
pub(crate) fn not_empty(name: &str) -> String {
    format!("{name} is not empty: choose another namespace with `?namespace=NAME`")
}

/// What to say of a target whose log tells of other things.
pub(crate) fn log_not_empty(name: &str) -> String {
    format!(
        "the event log of {name} is not empty: choose another namespace with `?namespace=NAME`, or \
         leave `--events` out"
    )
}

/// What to say of a target of another copy.
pub(crate) fn being_filled(name: &str, mark: &Mark) -> String {
    let from = &mark.from;
    if mark.stage == Stage::Done {
        return format!(
            "{name} was filled from {from}, or with other options: choose another namespace with \
             `?namespace=NAME`"
        );
    }
    format!(
        "{name} is being filled from {from}, or with other options: repeat that command to \
         complete it, or choose another namespace with `?namespace=NAME`"
    )
}

/// Refuses a source that is half filled itself, or open where it must not be.
async fn source_can_be_read(source: &Shared, options: &CopyOptions) -> Result<()> {
    let Some(db) = source.store() else {
        let page = source.page(None).await?;
        // A file that cannot be read is refused before the target is closed.
        debug_assert!(page.records.first().is_none_or(|r| !matches!(r, Record::Task(_))));
        return Ok(());
    };
    let info = db.describe().await.map_err(|error| MigrateErr::store(source.name(), error))?;
    let half = info.mark.as_deref().and_then(Mark::read).filter(|mark| mark.stage != Stage::Done);
    if let Some(mark) = half {
        return Err(MigrateErr::Refused(being_filled(source.name(), &mark)));
    }
    if options.source_gate == SourceGate::Leave && info.gate != Gate::ReadOnly {
        return Err(MigrateErr::Refused(format!(
            "{} can still change, its gate is {}: close it, or let `--source-gate close` do so",
            source.name(),
            info.gate
        )));
    }
    Ok(())
}
