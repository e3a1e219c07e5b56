//! Requests about streams.

use uuid::Uuid;

use super::Request;
use super::checks::Checks;
use crate::error::Result;
use crate::limits::{self, Limits};
use crate::stream::StreamInfo;

/// Makes a stream, or finds one. Replies with its id.
#[derive(Debug, Clone)]
pub struct CreateStream {
    /// The id of a new stream; repeating the request with it has no further effect.
    pub stream_id: Uuid,
    /// The pool of workers it feeds.
    pub worker_type: String,
    /// Workers it is guaranteed.
    pub reserved: i32,
    /// Its weight above the guarantee.
    pub be_mult: f64,
    /// Its owner.
    pub user_id: String,
    /// Return the oldest stream of this user and worker type, if there is one, as it is.
    pub or_existing: bool,
}

impl Request for CreateStream {
    const VERB: &'static str = "create_stream";
    type Reply = Uuid;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits)
            .name("worker_type", &self.worker_type)
            .name("user_id", &self.user_id)
            .add(limits::number("reserved", self.reserved, Limits::MAX_RESERVED))
            .add(limits::be_mult(self.be_mult))
            .finish()
    }

    fn subject(&self) -> String {
        format!("stream {} of `{}` for `{}`", self.stream_id, self.user_id, self.worker_type)
    }
}

/// Changes the settings of a stream that are given; the rest stay.
#[derive(Debug, Clone)]
pub struct UpdateStream {
    /// The stream.
    pub stream_id: Uuid,
    /// Workers it is guaranteed from now on.
    pub reserved: Option<i32>,
    /// Its weight from now on.
    pub be_mult: Option<f64>,
    /// Whether claims pass it by from now on.
    pub paused: Option<bool>,
}

impl Request for UpdateStream {
    const VERB: &'static str = "update_stream";
    type Reply = ();

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let reserved = self.reserved.unwrap_or(0);
        Checks::new(limits)
            .add(limits::number("reserved", reserved, Limits::MAX_RESERVED))
            .add(limits::be_mult(self.be_mult.unwrap_or(1.0)))
            .finish()
    }

    fn subject(&self) -> String {
        format!("stream {}", self.stream_id)
    }
}

/// Removes a stream none of whose tasks can still change.
#[derive(Debug, Clone)]
pub struct DeleteStream {
    /// The stream.
    pub stream_id: Uuid,
}

impl Request for DeleteStream {
    const VERB: &'static str = "delete_stream";
    type Reply = ();

    fn check(&mut self, _: &Limits) -> Result<()> {
        Ok(())
    }

    fn subject(&self) -> String {
        format!("stream {}", self.stream_id)
    }
}

/// Lists streams by age.
#[derive(Debug, Clone, Default)]
pub struct ListStreams {
    /// Only this stream.
    pub stream_id: Option<Uuid>,
    /// Only those of this user.
    pub user_id: Option<String>,
    /// Only those of this worker type.
    pub worker_type: Option<String>,
    /// Only those younger than this age.
    pub after: Option<u64>,
    /// At most this many.
    pub limit: usize,
}

impl Request for ListStreams {
    const VERB: &'static str = "list_streams";
    type Reply = Vec<StreamInfo>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        if let Some(user) = &self.user_id {
            checks.reference("user_id", user);
        }
        if let Some(worker_type) = &self.worker_type {
            checks.reference("worker_type", worker_type);
        }
        checks.page(self.limit).finish()
    }

    fn subject(&self) -> String {
        self.stream_id.map_or_else(String::new, |id| format!("stream {id}"))
    }
}
