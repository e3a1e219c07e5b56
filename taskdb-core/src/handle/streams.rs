//! Calls about streams.

use uuid::Uuid;

use super::{TaskDb, new_id};
use crate::error::Result;
use crate::request::{CreateStream, DeleteStream, ListStreams, UpdateStream};
use crate::stream::StreamInfo;

impl TaskDb {
    /// Makes a new stream and returns its id.
    ///
    /// `reserved` workers of this type are guaranteed to the user; above that the
    /// stream competes with the weight `be_mult`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a bad name or reservation, `InvalidBeMult`.
    pub async fn create_stream(
        &self,
        worker_type: &str,
        reserved: i32,
        be_mult: f32,
        user_id: &str,
    ) -> Result<Uuid> {
        self.create_stream_as(new_id(), worker_type, reserved, be_mult, user_id).await
    }

    /// As [`create_stream`](Self::create_stream) with an id of the caller's, so that
    /// repeating the call has no further effect.
    ///
    /// # Errors
    ///
    /// As there, and `AlreadyExists` when the id belongs to a stream that differs.
    pub async fn create_stream_as(
        &self,
        stream_id: Uuid,
        worker_type: &str,
        reserved: i32,
        be_mult: f32,
        user_id: &str,
    ) -> Result<Uuid> {
        let request = create(stream_id, worker_type, reserved, be_mult, user_id, false);
        self.store.create_stream(request).await
    }

    /// Returns the oldest stream of this user and worker type with the values it
    /// has, or makes it with those given.
    ///
    /// # Errors
    ///
    /// As [`create_stream`](Self::create_stream).
    pub async fn get_or_create_stream(
        &self,
        worker_type: &str,
        reserved: i32,
        be_mult: f32,
        user_id: &str,
    ) -> Result<Uuid> {
        let request = create(new_id(), worker_type, reserved, be_mult, user_id, true);
        self.store.create_stream(request).await
    }

    /// The oldest stream of this user and worker type.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a bad name.
    pub async fn get_stream(&self, user_id: &str, worker_type: &str) -> Result<Option<Uuid>> {
        let request = ListStreams {
            user_id: Some(user_id.to_owned()),
            worker_type: Some(worker_type.to_owned()),
            limit: 1,
            ..ListStreams::default()
        };
        Ok(self.store.list_streams(request).await?.first().map(|stream| stream.stream_id))
    }

    /// Streams by age, those after the age `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn list_streams(&self, after: Option<u64>, limit: usize) -> Result<Vec<StreamInfo>> {
        self.store.list_streams(ListStreams { after, limit, ..ListStreams::default() }).await
    }

    /// One stream with its counts.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn stream_info(&self, stream_id: &Uuid) -> Result<StreamInfo> {
        let request =
            ListStreams { stream_id: Some(*stream_id), limit: 1, ..ListStreams::default() };
        let found = self.store.list_streams(request).await?.pop();
        found.ok_or_else(|| crate::TaskDbErr::no_stream(stream_id))
    }

    /// Changes the reservation and the weight of a stream.
    ///
    /// # Errors
    ///
    /// `NotFound`, `InvalidArgument`, `InvalidBeMult`.
    pub async fn update_stream(&self, stream_id: &Uuid, reserved: i32, be_mult: f32) -> Result<()> {
        self.change(stream_id, Some(reserved), Some(be_mult), None).await
    }

    /// Claims pass the stream by until it is resumed; running tasks go on.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn pause_stream(&self, stream_id: &Uuid) -> Result<()> {
        self.change(stream_id, None, None, Some(true)).await
    }

    /// Ends a pause.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn resume_stream(&self, stream_id: &Uuid) -> Result<()> {
        self.change(stream_id, None, None, Some(false)).await
    }

    /// Deletes a stream; unknown: `Ok`.
    ///
    /// # Errors
    ///
    /// `InvalidState` while it has unfinished tasks.
    pub async fn delete_stream(&self, stream_id: &Uuid) -> Result<()> {
        self.store.delete_stream(DeleteStream { stream_id: *stream_id }).await
    }

    async fn change(
        &self,
        stream_id: &Uuid,
        reserved: Option<i32>,
        be_mult: Option<f32>,
        paused: Option<bool>,
    ) -> Result<()> {
        let stream_id = *stream_id;
        let be_mult = be_mult.map(f64::from);
        self.store.update_stream(UpdateStream { stream_id, reserved, be_mult, paused }).await
    }
}

/// The weight is widened exactly: 0.1 is stored as the f32 nearest to it, as an f64.
fn create(
    stream_id: Uuid,
    worker_type: &str,
    reserved: i32,
    be_mult: f32,
    user_id: &str,
    or_existing: bool,
) -> CreateStream {
    CreateStream {
        stream_id,
        worker_type: worker_type.to_owned(),
        reserved,
        be_mult: be_mult.into(),
        user_id: user_id.to_owned(),
        or_existing,
    }
}
