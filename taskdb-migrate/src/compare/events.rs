//! Event logs: what they tell of each job, in its order.

use std::collections::HashMap;

use taskdb::TaskDb;
use taskdb::record::Record;
use uuid::Uuid;

use super::Findings;
use crate::adapt::Adapt;
use crate::digest::{Digest, Hasher};
use crate::error::Result;
use crate::log::Log;
use crate::mark::LogPlace;

/// What a log tells of each job: how many events, and a digest that each of them enters after
/// those before it. Between jobs, a store with several shards knows no order.
#[derive(Default)]
pub(crate) struct Stories {
    jobs: HashMap<Uuid, (u64, Digest)>,
    hasher: Hasher,
}

impl Stories {
    /// What the log of a store tells.
    pub(crate) async fn of(name: &str, db: &TaskDb, adapt: Adapt) -> Result<Self> {
        let (mut stories, mut log) =
            (Self::default(), Log::new(name, db, LogPlace::default(), adapt));
        while let Some(records) = log.next().await? {
            records.iter().for_each(|record| stories.take(record));
        }
        Ok(stories)
    }

    /// Takes a record, if it is an event.
    pub(crate) fn take(&mut self, record: &Record) {
        let Record::Event(found) = record else { return };
        let (count, digest) = self.jobs.entry(found.event.job_id).or_default();
        self.hasher.begin(*digest);
        self.hasher.take(record);
        *digest = self.hasher.finish();
        *count += 1;
    }
}

/// Compares what two logs tell.
pub(crate) fn compare_events(from: Stories, mut to: Stories, found: &mut Findings) {
    for (job, (count, digest)) in from.jobs {
        let (copied, copy) = to.jobs.remove(&job).unwrap_or_default();
        found.from.events += count;
        found.to.events += copied;
        found.digest_from.add(digest);
        found.digest_to.add(copy);
        if copy != digest {
            let how = match copied == count {
                true => format!("digest {digest} became {copy}"),
                false => format!("{count} became {copied}"),
            };
            found.differ(format!("the events of job {job}"), how);
        }
    }
    for (job, (copied, _)) in to.jobs {
        found.to.events += copied;
        found.differ(format!("the events of job {job}"), "are in the target only");
    }
}
