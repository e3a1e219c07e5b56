//! The event log of a store, if it is asked for: behind everything else, when nothing changes
//! any more. Events have numbers at the target, so that a page can be repeated.

use std::time::Instant;

use taskdb::TaskDb;

use super::Transfer;
use super::writer::NOTE;
use crate::error::Result;
use crate::log::Log;
use crate::watch::Event;

pub(super) async fn run(copy: &mut Transfer<'_>, db: &TaskDb) -> Result<()> {
    let Some(place) = copy.mark.events.clone() else { return Ok(()) };
    copy.watch.tell(Event::Stage { name: "copy events", tasks: None });
    let mut log = Log::new(copy.source.name(), db, place, copy.options.adapt());
    let mut noted = Instant::now();
    while let Some(records) = log.next().await? {
        copy.target.write(&records).await?;
        copy.mark.events = Some(log.place().clone());
        if noted.elapsed() >= NOTE {
            copy.note().await?;
            noted = Instant::now();
        }
    }
    copy.note().await
}
