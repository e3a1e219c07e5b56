//! Streams and kept outputs, which are few beside the tasks.

use std::collections::HashMap;

use taskdb::Timestamp;
use taskdb::record::{Record, StreamRecord};
use uuid::Uuid;

use super::Findings;
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

type Kept = HashMap<(Uuid, String), Digest>;

/// Kept outputs that will be there for a while.
async fn kept(mut pages: Pages, end: Timestamp) -> Result<Kept> {
    let (mut kept, mut hasher) = (HashMap::new(), Hasher::default());
    while let Some(page) = pages.next().await? {
        for record in page.records {
            if let Record::KeptOutput(output) = &record
                && output.expires_at > end
            {
                let place = (output.job_id, output.task_id.clone());
                hasher.take(&record);
                kept.insert(place, hasher.finish());
            }
        }
    }
    Ok(kept)
}

/// Compares kept outputs, those that are about to end left out.
pub(crate) async fn compare_kept(
    from: Pages,
    to: Pages,
    now: Timestamp,
    found: &mut Findings,
) -> Result<()> {
    let end = now.after(SOON);
    let (from, mut to) = (kept(from, end).await?, kept(to, end).await?);
    for ((job, task), digest) in from {
        found.from.kept_outputs += 1;
        found.digest_from.add(digest);
        let what = || format!("the kept output of task `{task}` of job {job}");
        match to.remove(&(job, task.clone())) {
            None => found.differ(what(), "is missing in the target"),
            Some(copy) => {
                found.to.kept_outputs += 1;
                found.digest_to.add(copy);
                if copy != digest {
                    found.differ(what(), format!("digest {digest} became {copy}"));
                }
            }
        }
    }
    for (job, task) in to.into_keys() {
        found.to.kept_outputs += 1;
        found.differ(
            format!("the kept output of task `{task}` of job {job}"),
            "is in the target only",
        );
    }
    Ok(())
}
