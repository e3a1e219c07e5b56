//! `list_streams`: reads streams by age.

use std::collections::BTreeMap;

use taskdb_core::request::ListStreams;
use taskdb_core::{Result, StreamInfo, Timestamp};
use uuid::Uuid;

use crate::error::corrupt;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

/// The most streams that one step looks at.
const STEP: usize = 500;

/// A stream as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) id: Uuid,
    pub(crate) number: u64,
    pub(crate) worker_type: String,
    pub(crate) user_id: String,
    pub(crate) reserved: i32,
    pub(crate) be_mult: f64,
    pub(crate) paused: bool,
    pub(crate) deleted: bool,
    /// By class, then by effective state.
    pub(crate) counts: [[u64; 6]; 3],
    /// In which indexes of ready work it is.
    pub(crate) listed: [bool; 3],
    pub(crate) ready_since: Option<Timestamp>,
}

impl Stream {
    fn read(mut reply: Reply) -> Result<Self> {
        let set = |text: Option<Vec<u8>>| text.as_deref() == Some(b"1");
        Ok(Self {
            id: reply.parse()?,
            worker_type: reply.text()?,
            user_id: reply.text()?,
            reserved: reply.parse()?,
            be_mult: reply.parse()?,
            paused: set(reply.bytes_or_nil()?),
            deleted: set(reply.bytes_or_nil()?),
            counts: [counts(&mut reply)?, counts(&mut reply)?, counts(&mut reply)?],
            number: reply.parse()?,
            listed: listed(&reply.text()?),
            ready_since: reply.parse_or_empty()?.map(Timestamp::from_micros),
        })
    }

    /// A count of one state over all classes.
    pub(crate) fn total(&self, state: usize) -> u64 {
        self.counts.iter().map(|counts| counts[state]).sum()
    }

    fn info(self) -> StreamInfo {
        StreamInfo {
            stream_id: self.id,
            age: self.number,
            pending: self.total(0),
            ready: self.counts.map(|counts| counts[1]),
            running: self.total(2),
            ready_since: self.ready_since,
            worker_type: self.worker_type,
            user_id: self.user_id,
            reserved: self.reserved,
            be_mult: self.be_mult,
            paused: self.paused,
        }
    }
}

fn counts(reply: &mut Reply) -> Result<[u64; 6]> {
    let mut counts = [0; 6];
    if let Some(text) = reply.bytes_or_nil()? {
        let text = String::from_utf8_lossy(&text).into_owned();
        for (count, word) in counts.iter_mut().zip(text.split(' ')) {
            *count = word.parse().map_err(|_| corrupt(format!("a stream counts `{text}`")))?;
        }
    }
    Ok(counts)
}

fn listed(marks: &str) -> [bool; 3] {
    let mut marks = marks.bytes().map(|mark| mark == b'1');
    [(); 3].map(|()| marks.next().unwrap_or(false))
}

type Found = (Vec<Stream>, Option<u64>);

/// Reads some streams from a number on, deleted ones too, and the number to go on with.
/// A stream has one number in all shards, and its counts are the sums over them.
pub(crate) async fn page(store: &RedisStore, first: u64, only: Option<Uuid>) -> Result<Found> {
    if store.shards.is_one() {
        return page_of(store.first(), first, only).await;
    }
    let pages = store.ask_all(|shard| Box::pin(page_of(shard, first, only))).await?;
    let mut copies = BTreeMap::<_, Vec<(usize, Stream)>>::new();
    let mut next = None;
    for (shard, (streams, more)) in pages.into_iter().enumerate() {
        // Pages of shards that lack a stream may end elsewhere.
        next = next.into_iter().chain(more).min();
        for stream in streams {
            copies.entry((stream.number, stream.id)).or_default().push((shard, stream));
        }
    }
    copies.retain(|(number, _), _| next.is_none_or(|next| *number < next));
    Ok((copies.into_values().filter_map(|copies| joined(store, copies)).collect(), next))
}

/// A stream as its home has it, or else the first shard that does, with all counts.
fn joined(store: &RedisStore, mut copies: Vec<(usize, Stream)>) -> Option<Stream> {
    let home = |(shard, stream): &(usize, Stream)| {
        *shard == store.shards.home(&stream.user_id, &stream.worker_type)
    };
    let at = copies.iter().position(home).unwrap_or(0);
    let mut stream = copies.get(at)?.1.clone();
    for class in 0..3 {
        let should = |copy: &Stream| copy.counts[class][1] > 0 && !stream.paused;
        // One shard that is wrong makes the whole look wrong.
        let sound = copies.iter().all(|(_, copy)| copy.listed[class] == should(copy));
        let any = copies.iter().any(|(_, copy)| should(copy));
        stream.listed[class] = any == sound;
    }
    copies.remove(at);
    for (_, copy) in copies {
        stream.ready_since = stream.ready_since.into_iter().chain(copy.ready_since).min();
        for (sums, counts) in stream.counts.iter_mut().zip(copy.counts) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    Some(stream)
}

async fn page_of(shard: Shard<'_>, first: u64, only: Option<Uuid>) -> Result<Found> {
    let args = shard.args().value(first).value(STEP).maybe(only);
    let mut reply = shard.run(&scripts::list_streams, args, &About::default()).await?;
    let next = reply.parse_or_empty()?;
    let mut streams = Vec::new();
    while !reply.is_empty() {
        streams.push(Stream::read(reply.list()?)?);
    }
    Ok((streams, next))
}

pub(crate) async fn run(store: &RedisStore, request: &ListStreams) -> Result<Vec<StreamInfo>> {
    let mut streams = Vec::new();
    let first = request.after.map_or(0, |age| age.saturating_add(1));
    let mut from = Some(first);
    while let Some(at) = from.filter(|_| streams.len() < request.limit) {
        let (found, next) = page(store, at, request.stream_id).await?;
        streams.extend(found.into_iter().filter(|s| s.number >= first && wanted(s, request)));
        from = next;
    }
    streams.truncate(request.limit);
    Ok(streams.into_iter().map(Stream::info).collect())
}

fn wanted(stream: &Stream, request: &ListStreams) -> bool {
    let fits = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|w| w == is);
    !stream.deleted
        && fits(&request.user_id, &stream.user_id)
        && fits(&request.worker_type, &stream.worker_type)
}
