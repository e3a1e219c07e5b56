//! From a call to its shard, and from an error of one shard to that of the call.

use futures::future::{BoxFuture, join_all, try_join_all};
use taskdb_core::error::{Entity, Failure};
use taskdb_core::{ClaimLostReason, Result, TaskDbErr};
use uuid::Uuid;

use super::Shard;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::store::RedisStore;

impl RedisStore {
    /// The only shard, or the first.
    pub(crate) fn first(&self) -> Shard<'_> {
        Shard::new(self, 0)
    }

    pub(crate) fn shard(&self, index: usize) -> Shard<'_> {
        Shard::new(self, index)
    }

    /// All shards in order.
    pub(crate) fn each(&self) -> impl Iterator<Item = Shard<'_>> {
        (0..self.shards.len()).map(|index| Shard::new(self, index))
    }

    /// The answers of all shards, which are asked at once.
    pub(crate) async fn ask_all<'a, T>(
        &'a self,
        ask: impl Fn(Shard<'a>) -> BoxFuture<'a, Result<T>>,
    ) -> Result<Vec<T>> {
        try_join_all(self.each().map(ask)).await
    }

    /// Changes all shards, one after the other.
    ///
    /// # Errors
    ///
    /// That of the first shard that fails; once one has succeeded, it may not say that
    /// nothing was executed.
    pub(crate) async fn change_all<'a, T>(
        &'a self,
        change: impl Fn(Shard<'a>) -> BoxFuture<'a, Result<T>>,
    ) -> Result<Vec<T>> {
        let mut answers = Vec::with_capacity(self.shards.len());
        for shard in self.each() {
            let answer = change(shard).await;
            answers.push(if answers.is_empty() { answer? } else { answer.map_err(partly)? });
        }
        Ok(answers)
    }

    /// Makes a call in the shard of a job. When the answer says that there is no such job,
    /// it is looked for in the others.
    pub(crate) async fn at_job<'a, T>(
        &'a self,
        job: Uuid,
        absent: fn(&Result<T>) -> bool,
        call: impl Fn(Shard<'a>) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        let guess = self.shards.of_job(&job);
        let answer = call(self.shard(guess)).await;
        if self.shards.is_one() || !absent(&answer) {
            return answer;
        }
        match self.find_jobs(&[job]).await?[0] {
            Some(found) if found != guess => {
                self.shards.found(job, found);
                call(self.shard(found)).await
            }
            _ => answer,
        }
    }

    /// In which shard each of these jobs lies, or at least outputs kept of it.
    pub(crate) async fn find_jobs(&self, jobs: &[Uuid]) -> Result<Vec<Option<usize>>> {
        let replies = self.ask_all(|shard| Box::pin(find_in(shard, jobs))).await?;
        let mut places = vec![None; jobs.len()];
        for (index, mut reply) in replies.into_iter().enumerate() {
            for place in &mut places {
                if reply.flag()? {
                    place.get_or_insert(index);
                }
            }
        }
        Ok(places)
    }

    /// Makes a call about entries of several jobs in the shard of each, and puts the
    /// answers into the order of the entries.
    ///
    /// # Errors
    ///
    /// That of the first part, when no part was executed; else the entries of a part that
    /// was not have its error for their answer.
    pub(crate) async fn at_jobs<'a, E: Sync, T: Send>(
        &'a self,
        entries: &'a [E],
        job_of: fn(&E) -> Uuid,
        absent: fn(&Result<T>) -> bool,
        call: impl Fn(Shard<'a>, Vec<&'a E>) -> BoxFuture<'a, Result<Vec<Result<T>>>> + Send + Sync,
    ) -> Result<Vec<Result<T>>> {
        if self.shards.is_one() {
            return call(self.first(), entries.iter().collect()).await;
        }
        let guesses = entries.iter().map(|entry| self.shards.of_job(&job_of(entry)));
        let guesses: Vec<_> = guesses.collect();
        let all: Vec<_> = (0..entries.len()).collect();
        let mut answers = self.in_parts(entries, &all, &guesses, &call).await?;
        let mut lost: Vec<_> = all.into_iter().filter(|i| absent(&answers[*i])).collect();
        let jobs: Vec<_> = lost.iter().map(|i| job_of(&entries[*i])).collect();
        if jobs.is_empty() {
            return Ok(answers);
        }
        let mut places = guesses.clone();
        for ((i, job), found) in lost.iter().zip(&jobs).zip(self.find_jobs(&jobs).await?) {
            places[*i] = found.unwrap_or(guesses[*i]);
            self.shards.found(*job, places[*i]);
        }
        lost.retain(|i| places[*i] != guesses[*i]);
        if !lost.is_empty() {
            let found = self.in_parts(entries, &lost, &places, &call).await?;
            for (i, answer) in lost.into_iter().zip(found) {
                answers[i] = answer;
            }
        }
        Ok(answers)
    }

    /// Makes a call for those entries that `wanted` numbers, in the shards that `places`
    /// gives all entries.
    async fn in_parts<'a, E: Sync, T: Send>(
        &'a self,
        entries: &'a [E],
        wanted: &[usize],
        places: &[usize],
        call: &(impl Fn(Shard<'a>, Vec<&'a E>) -> BoxFuture<'a, Result<Vec<Result<T>>>> + Sync),
    ) -> Result<Vec<Result<T>>> {
        let mut parts: Vec<(usize, Vec<usize>)> = Vec::new();
        for i in 0..wanted.len() {
            let place = places[wanted[i]];
            match parts.iter_mut().find(|(shard, _)| *shard == place) {
                Some((_, part)) => part.push(i),
                None => parts.push((place, vec![i])),
            }
        }
        let calls = parts.iter().map(|(shard, part)| {
            call(self.shard(*shard), part.iter().map(|i| &entries[wanted[*i]]).collect())
        });
        let mut replies = join_all(calls).await;
        if replies.iter().all(Result::is_err) {
            // A batch without entries has no part.
            return replies.drain(..).next().unwrap_or_else(|| Ok(Vec::new()));
        }
        let mut answers: Vec<_> = wanted.iter().map(|_| None).collect();
        for ((_, part), reply) in parts.iter().zip(replies) {
            let each: Vec<_> = match reply {
                Ok(each) => each,
                Err(error) => part.iter().map(|_| Err(alike(&error))).collect(),
            };
            for (i, answer) in part.iter().zip(each) {
                answers[*i] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

async fn find_in(shard: Shard<'_>, jobs: &[Uuid]) -> Result<Reply> {
    let args = jobs.iter().fold(shard.args(), |args, job| args.value(job));
    shard.run(&scripts::find_jobs, args, &About::default()).await
}

/// Whether an answer says that there is no such job.
pub(crate) fn is_gone<T>(answer: &Result<T>) -> bool {
    matches!(
        answer,
        Err(TaskDbErr::NotFound { entity: Entity::Job(_) }
            | TaskDbErr::ClaimLost { reason: ClaimLostReason::Deleted, .. })
    )
}

/// The error of a shard after others have made their part of a change.
pub(crate) fn partly(error: TaskDbErr) -> TaskDbErr {
    match error {
        TaskDbErr::Unavailable(failure) => TaskDbErr::Unknown(failure),
        other => other,
    }
}

/// The same error for another entry.
fn alike(error: &TaskDbErr) -> TaskDbErr {
    let failure = || Failure::new(error.to_string());
    match error {
        TaskDbErr::Closed { gate } => TaskDbErr::Closed { gate: *gate },
        TaskDbErr::Unavailable(_) => TaskDbErr::Unavailable(failure()),
        TaskDbErr::Unknown(_) => TaskDbErr::Unknown(failure()),
        TaskDbErr::StoreFull(_) => TaskDbErr::StoreFull(failure()),
        TaskDbErr::Corrupt(_) => TaskDbErr::Corrupt(failure()),
        _ => TaskDbErr::Backend(failure()),
    }
}
