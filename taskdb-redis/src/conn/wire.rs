//! A call as bytes, and the two kinds of connection that take it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value, from_redis_value,
};

use crate::script::Script;

/// The slots of a cluster.
pub(crate) const SLOTS: u16 = 16_384;

/// One call of a script, made once and sent as often as needed.
pub(super) struct Call {
    script: &'static Script,
    slot: u16,
    /// What the answer of this call begins with, and no other.
    stamp: String,
    eval: Cmd,
    /// The command that waits for replicas, if any.
    wait: Option<Cmd>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) value: Value,
    /// How many replicas have the change, where that was asked.
    pub(super) replicas: Option<u64>,
}

impl Call {
    /// Names one more key, in the same slot, that is never there and new with each call.
    ///
    /// While a slot moves from one server to another, key by key, the old one answers a call
    /// with it that a key is missing, before anything runs. Without, a script would begin where
    /// its first key lies and break off, half of its changes made, at the first key that
    /// is gone or was never there.
    ///
    /// And the script gives the name back. Answers are told apart by their order alone: were
    /// one there twice, each later call would be handed that of the call before it.
    pub(super) fn new(script: &'static Script, key: &str, args: &[Vec<u8>]) -> Self {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let number = CALLS.fetch_add(1, Ordering::Relaxed);
        let stamp = format!("{{{}}}:absent:{number}", tag(key).unwrap_or(key));
        let mut eval = redis::cmd("EVALSHA");
        eval.arg(script.sha1()).arg(2).arg(key).arg(&stamp).arg(args);
        Self { script, slot: slot(key), stamp, eval, wait: None }
    }

    /// Waits for so many replicas, so long, after the call.
    pub(super) fn and_wait(self, replicas: u32, patience: Duration) -> Self {
        let wait = (replicas > 0).then(|| {
            let mut wait = redis::cmd("WAIT");
            // Zero would be without end.
            wait.arg(replicas).arg(patience.as_millis().max(1) as u64);
            wait
        });
        Self { wait, ..self }
    }

    /// The answer of the script, if it is that of this call.
    fn opened(&self, value: Value) -> RedisResult<Value> {
        if let Value::Array(parts) = value.extract_error()?
            && let Ok([Value::BulkString(stamp), answer]) = <[Value; 2]>::try_from(parts)
            && stamp == self.stamp.as_bytes()
        {
            return Ok(answer);
        }
        Err(out_of_step())
    }

    fn route(&self) -> SingleNodeRoutingInfo {
        SingleNodeRoutingInfo::SpecificNode(Route::new(self.slot, SlotAddr::Master))
    }
}

/// A connection; clones share it.
#[derive(Clone)]
pub(super) enum Wire {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Wire {
    /// Runs a call in one round trip.
    pub(super) async fn send(mut self, call: &Call) -> RedisResult<Reply> {
        let Some(wait) = &call.wait else {
            let value = match &mut self {
                Self::Single(connection) => connection.req_packed_command(&call.eval).await?,
                Self::Cluster(connection) => {
                    let route = RoutingInfo::SingleNode(call.route());
                    connection.route_command(call.eval.clone(), route).await?
                }
            };
            return Ok(Reply { value: call.opened(value)?, replicas: None });
        };
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline.add_command(call.eval.clone()).add_command(wait.clone());
        let values = match &mut self {
            Self::Single(connection) => connection.req_packed_commands(&pipeline, 0, 2).await?,
            Self::Cluster(connection) => {
                connection.route_pipeline(pipeline, 0, 2, call.route()).await?
            }
        };
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or(Value::Nil);
        let value = call.opened(next())?;
        Ok(Reply { value, replicas: Some(from_redis_value(next().extract_error()?)?) })
    }

    /// Fails when answers on this connection are not those of their calls, for an error of the
    /// server bears no stamp.
    pub(super) async fn keeps_step(mut self, call: &Call) -> RedisResult<()> {
        let mut ping = redis::cmd("PING");
        ping.arg(&call.stamp);
        let answer = match &mut self {
            Self::Single(connection) => connection.req_packed_command(&ping).await?,
            Self::Cluster(connection) => {
                connection.route_command(ping, RoutingInfo::SingleNode(call.route())).await?
            }
        };
        match answer {
            Value::BulkString(stamp) if stamp == call.stamp.as_bytes() => Ok(()),
            // One that is loading, say, tells everybody so.
            Value::ServerError(_) => Ok(()),
            _ => Err(out_of_step()),
        }
    }

    /// Makes the script of a call known to the server it goes to.
    pub(super) async fn load(mut self, call: &Call) -> RedisResult<()> {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(call.script.source);
        let value = match &mut self {
            Self::Single(connection) => connection.req_packed_command(&load).await?,
            Self::Cluster(connection) => {
                connection.route_command(load, RoutingInfo::SingleNode(call.route())).await?
            }
        };
        match value.extract_error()? {
            Value::BulkString(sha1) if sha1 == call.script.sha1().as_bytes() => Ok(()),
            _ => Err(out_of_step()),
        }
    }

    /// What the server says of itself, or each master of a cluster; nothing where this
    /// user may not ask.
    pub(super) async fn info(self) -> RedisResult<Vec<String>> {
        match self.info_of_each().await {
            Err(error) if error.kind() == ServerErrorKind::NoPerm.into() => Ok(vec![String::new()]),
            other => other,
        }
    }

    async fn info_of_each(mut self) -> RedisResult<Vec<String>> {
        let info = redis::cmd("INFO");
        match &mut self {
            Self::Single(connection) => {
                let value = connection.req_packed_command(&info).await?.extract_error()?;
                Ok(vec![from_redis_value(value)?])
            }
            Self::Cluster(connection) => {
                let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let value = connection.route_command(info, masters).await?.extract_error()?;
                let by_address: Vec<(String, String)> = from_redis_value(value)?;
                Ok(by_address.into_iter().map(|(_, info)| info).collect())
            }
        }
    }
}

/// The fault of a connection on which an answer was that of another call.
fn out_of_step() -> RedisError {
    (ErrorKind::Parse, "an answer that belongs to another call").into()
}

/// The slot of a key: that of its first `{tag}`, if it has one.
pub(crate) fn slot(key: &str) -> u16 {
    crc16::State::<crc16::XMODEM>::calculate(tag(key).unwrap_or(key).as_bytes()) % SLOTS
}

fn tag(key: &str) -> Option<&str> {
    let (tag, _) = key.split_once('{')?.1.split_once('}')?;
    Some(tag).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod slots {
    use super::slot;

    #[test]
    fn the_tag_decides() {
        assert_eq!(slot("123456789"), 12_739);
        assert_eq!(slot("{taskdb}:a"), slot("taskdb"));
        assert_eq!(slot("x{a}{b}"), slot("a"));
        assert_ne!(slot("{}a"), slot("{}b"));
        assert_ne!(slot("{a"), slot("a"));
    }
}
