//! Streams, which every shard has: made and changed at their home, spread from there, and
//! mended where a shard lacks one.
//!
//! The home of a stream counts its changes. A shard takes a copy only if its own is from
//! an earlier change, so that copies which overtake each other, from several processes,
//! leave the last one everywhere.
//!
//! A stream is deleted in three steps: the home refuses if it has unfinished tasks and
//! marks the stream as closing, from which on no shard is mended from it; each other shard
//! refuses or deletes in one step; last the home does. When one refuses, the home takes the
//! mark away and spreads the stream again. Marks count as changes, and a shard that has seen
//! a later one than the deletion makes it begin anew. A deletion that fails half way leaves
//! the stream closing: shards that have it go on, the others say `NotFound`, and repeating
//! the call ends it.

use std::collections::HashSet;

use futures::future::{BoxFuture, join_all, try_join_all};
use taskdb_core::error::Entity;
use taskdb_core::{Result, TaskDbErr};
use uuid::Uuid;

use super::{Shard, partly};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::store::RedisStore;

/// What a shard knows of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Copy {
    Unknown,
    /// At this version of its home.
    Deleted(String),
    Closing(Settings),
    Live(Settings),
}

/// A stream as a shard has it. Numbers stay the text that they are stored as.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Settings {
    number: String,
    worker_type: String,
    user_id: String,
    reserved: String,
    be_mult: String,
    paused: String,
    version: String,
}

impl Copy {
    fn read(mut reply: Reply) -> Result<Self> {
        let word = reply.text()?;
        Ok(match word.as_str() {
            "" => Self::Unknown,
            "deleted" => Self::Deleted(reply.text()?),
            _ => {
                let settings = Settings {
                    number: reply.text()?,
                    worker_type: reply.text()?,
                    user_id: reply.text()?,
                    reserved: reply.text()?,
                    be_mult: reply.text()?,
                    paused: reply.text()?,
                    version: reply.text()?,
                };
                if word == "closing" { Self::Closing(settings) } else { Self::Live(settings) }
            }
        })
    }

    fn settings(&self) -> Option<&Settings> {
        match self {
            Self::Closing(settings) | Self::Live(settings) => Some(settings),
            Self::Unknown | Self::Deleted(_) => None,
        }
    }
}

/// What a shard knows of a stream.
async fn copy_in(shard: Shard<'_>, id: Uuid) -> Result<Copy> {
    let args = shard.args().value(id);
    Copy::read(shard.run(&scripts::find_stream, args, &About::default()).await?)
}

/// Gives a shard a stream; whether the shard has it now.
async fn put(shard: Shard<'_>, id: Uuid, settings: &Settings) -> Result<bool> {
    let args = shard
        .args()
        .value(id)
        .bytes(settings.number.as_str())
        .bytes(settings.worker_type.as_str())
        .bytes(settings.user_id.as_str())
        .bytes(settings.reserved.as_str())
        .bytes(settings.be_mult.as_str())
        .bytes(settings.paused.as_str())
        .bytes(settings.version.as_str())
        .numbering(shard.store().shards.len(), shard.index());
    shard.run(&scripts::put_stream, args, &About::default()).await?.flag()
}

/// Marks a stream as closing at its home, or takes the mark away; the version it has then.
async fn mark(home: Shard<'_>, id: Uuid, closing: bool) -> Result<String> {
    let about = About { stream_id: id, ..About::default() };
    let args = home.args().value(id).flag(closing);
    home.run(&scripts::close_stream, args, &about).await?.text()
}

impl RedisStore {
    /// The home of a stream, which has it unless it was deleted: lost there, it is put
    /// back from another shard. `None` when no shard has it.
    fn home_of(&self, id: Uuid) -> BoxFuture<'_, Result<Option<(Shard<'_>, Copy)>>> {
        Box::pin(self.find_home(id))
    }

    async fn find_home(&self, id: Uuid) -> Result<Option<(Shard<'_>, Copy)>> {
        let copies = try_join_all(self.each().map(|shard| copy_in(shard, id))).await?;
        let Some(any) = copies.iter().find_map(Copy::settings) else { return Ok(None) };
        let home = self.shard(self.shards.home(&any.user_id, &any.worker_type));
        let copy = copies[home.index()].clone();
        if copy == Copy::Unknown {
            put(home, id, any).await?;
            return Ok(Some((home, copy_in(home, id).await?)));
        }
        Ok(Some((home, copy)))
    }

    /// Gives all other shards what the home has.
    fn spread<'a>(&'a self, home: Shard<'a>, id: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if let Copy::Live(settings) = copy_in(home, id).await? {
                let others = self.each().filter(|shard| shard.index() != home.index());
                try_join_all(others.map(|shard| put(shard, id, &settings))).await?;
            }
            Ok(())
        })
    }

    /// Gives all other shards a stream that its home has made. Those that cannot be
    /// reached are mended when they need it.
    pub(crate) async fn spread_new_stream(&self, home: Shard<'_>, id: Uuid) {
        if let Err(error) = self.spread(home, id).await {
            tracing::debug!(%id, %error, "a stream is not in every shard yet");
        }
    }

    /// Changes a stream at its home by `change`, then everywhere.
    pub(crate) async fn change_stream<'a>(
        &'a self,
        id: Uuid,
        change: impl FnOnce(Shard<'a>) -> BoxFuture<'a, Result<()>>,
    ) -> Result<()> {
        let found = self.home_of(id).await?.filter(|(_, copy)| copy.settings().is_some());
        let (home, _) = found.ok_or_else(|| TaskDbErr::no_stream(&id))?;
        change(home).await?;
        self.spread(home, id).await.map_err(partly)
    }

    /// Deletes a stream in every shard by `delete`, or in none.
    pub(crate) async fn delete_stream_everywhere<'a>(
        &'a self,
        id: Uuid,
        delete: impl Fn(Shard<'a>, String) -> BoxFuture<'a, Result<bool>>,
    ) -> Result<()> {
        loop {
            let Some((home, copy)) = self.home_of(id).await? else { return Ok(()) };
            let reopen = copy.settings().is_some();
            let version = match copy {
                // A deletion was interrupted before it came to every shard.
                Copy::Deleted(version) => version,
                _ => mark(home, id, true).await?,
            };
            let others = self.each().filter(|shard| shard.index() != home.index());
            let others = join_all(others.map(|shard| delete(shard, version.clone()))).await;
            let mut outcome: Result<Vec<bool>> = others.into_iter().collect();
            if outcome.as_ref().is_ok_and(|unchanged| unchanged.iter().all(|same| *same)) {
                outcome = delete(home, version).await.map(|unchanged| vec![unchanged]);
            }
            if reopen && matches!(outcome, Err(TaskDbErr::InvalidState { .. })) {
                mark(home, id, false).await.map_err(partly)?;
                self.spread(home, id).await.map_err(partly)?;
            }
            // Somebody else has changed it, or was refused to delete it: once more.
            if outcome.map_err(partly)?.into_iter().all(|unchanged| unchanged) {
                return Ok(());
            }
        }
    }
}

/// Makes a call in a shard, which is given the streams that it turns out to lack.
pub(crate) async fn with_streams<'a, T>(
    shard: Shard<'a>,
    call: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync,
) -> Result<T> {
    let mut mended = HashSet::new();
    loop {
        let answer = call().await;
        let missing = answer.as_ref().err().and_then(missing_stream);
        match missing.filter(|_| !shard.store().shards.is_one()) {
            Some(id) if mended.insert(id) && mend(shard, id).await? => {}
            _ => return answer,
        }
    }
}

/// Gives a shard a stream that its home has; whether it has it now.
fn mend(shard: Shard<'_>, id: Uuid) -> BoxFuture<'_, Result<bool>> {
    Box::pin(async move {
        match shard.store().home_of(id).await? {
            Some((_, Copy::Live(settings))) => put(shard, id, &settings).await,
            _ => Ok(false),
        }
    })
}

/// The stream that was not found.
pub(crate) fn missing_stream(error: &TaskDbErr) -> Option<Uuid> {
    match error {
        TaskDbErr::NotFound { entity: Entity::Stream(id) } => Some(*id),
        TaskDbErr::Batch { source, .. } => missing_stream(source),
        _ => None,
    }
}
