//! Streams, schedules and kept outputs, which are few beside the tasks.

use std::collections::HashMap;

use taskdb::record::{Record, StreamRecord};
use taskdb::{CanonicalJson, Timestamp};
use uuid::Uuid;

use super::Findings;
use super::events::Stories;
use super::fields::difference;
use crate::digest::{Digest, Hasher};
use crate::error::Result;
use crate::pages::Pages;
use crate::target::label;

/// Kept outputs that end this soon may be gone on one side already.
const SOON: std::time::Duration = std::time::Duration::from_secs(60);

/// The streams among some pages, by their ids; of the target with what is derived for them.
pub(crate) async fn streams(mut pages: Pages) -> Result<HashMap<Uuid, StreamRecord>> {
    let mut streams = HashMap::new();
    while let Some(page) = pages.next().await? {
        for record in page.records {
            match record {
                Record::Stream(stream) => streams.insert(stream.stream_id, stream),
                // They come first of all.
                _ => return Ok(streams),
            };
        }
    }
    Ok(streams)
}

/// Compares streams.
pub(crate) async fn compare_streams(from: Pages, to: Pages, found: &mut Findings) -> Result<()> {
    let (from, mut to) = (streams(from).await?, streams(to).await?);
    let mut hasher = Hasher::default();
    let mut from: Vec<_> = from.into_values().collect();
    from.sort_unstable_by_key(|stream| stream.age);
    for stream in from {
        let stream = Record::Stream(stream);
        found.from.take(&stream);
        hasher.take(&stream);
        found.digest_from.add(hasher.finish());
        let Record::Stream(StreamRecord { stream_id, .. }) = &stream else { continue };
        match to.remove(stream_id) {
            None => found.differ(label(&stream), "is missing in the target"),
            Some(copy) => {
                let copy = found.audited(Record::Stream(copy));
                found.to.take(&copy);
                hasher.take(&copy);
                found.digest_to.add(hasher.finish());
                if stream != copy {
                    found.differ(label(&stream), difference(&stream, &copy));
                }
            }
        }
    }
    for stream in to.into_values() {
        let stream = found.audited(Record::Stream(stream));
        found.to.take(&stream);
        found.differ(label(&stream), "is in the target only");
    }
    Ok(())
}

/// Schedules and kept outputs by what they are, with their digests; without the outputs
/// themselves, for there may be many.
#[derive(Default)]
pub(crate) struct Rest {
    found: HashMap<String, (Record, Digest)>,
    hasher: Hasher,
    /// What a log told that came along.
    pub(crate) events: Stories,
}

impl Rest {
    /// What some pages have of them.
    pub(crate) async fn of(mut pages: Pages) -> Result<Self> {
        let mut rest = Self::default();
        while let Some(page) = pages.next().await? {
            page.records.into_iter().for_each(|record| rest.take(record));
        }
        Ok(rest)
    }

    /// Takes a record, if it is one of them.
    pub(crate) fn take(&mut self, mut record: Record) {
        self.events.take(&record);
        if !matches!(record, Record::KeptOutput(_) | Record::Schedule(_)) {
            return;
        }
        self.hasher.take(&record);
        if let Record::KeptOutput(kept) = &mut record {
            kept.output = CanonicalJson::from_stored("0".to_owned());
        }
        self.found.insert(label(&record), (record, self.hasher.finish()));
    }

    /// Those that will be there for a while.
    fn lasting(self, end: Timestamp) -> HashMap<String, (Record, Digest)> {
        let lasts = |record: &Record| match record {
            Record::KeptOutput(kept) => kept.expires_at > end,
            _ => true,
        };
        self.found.into_iter().filter(|(_, (record, _))| lasts(record)).collect()
    }
}

/// Compares kept outputs, those that are about to end left out, and schedules.
pub(crate) fn compare_rest(from: Rest, to: Rest, now: Timestamp, found: &mut Findings) {
    let end = now.after(SOON);
    let (from, mut to) = (from.lasting(end), to.lasting(end));
    for (what, (record, digest)) in from {
        found.from.take(&record);
        found.digest_from.add(digest);
        match to.remove(&what) {
            None => found.differ(what, "is missing in the target"),
            Some((copy, copied)) => {
                found.to.take(&copy);
                found.digest_to.add(copied);
                if copied != digest {
                    let how = match difference(&record, &copy) {
                        how if how.is_empty() => format!("digest {digest} became {copied}"),
                        how => how,
                    };
                    found.differ(what, how);
                }
            }
        }
    }
    for (what, (copy, _)) in to {
        found.to.take(&copy);
        found.differ(what, "is in the target only");
    }
}
