//! Messages of channels, on a connection of their own that is made anew when lost.

use std::time::Duration;

use futures::StreamExt;
use redis::aio::PubSubStream;
use tokio::time::{sleep, timeout};

use super::Conn;
use crate::error::Fault;

/// What a subscription tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The subscription stands, for the first time or again. Messages of before may be
    /// lost: whoever waits for something should look for it now.
    Reconnected,
    /// Something was published.
    Message { channel: String, payload: Vec<u8> },
}

/// A subscription; it ends when dropped.
pub(crate) struct Subscription {
    conn: Conn,
    channels: Vec<String>,
    stream: Option<PubSubStream>,
    /// How often it was tried since it last stood.
    attempts: usize,
}

impl Subscription {
    pub(super) fn new(conn: Conn, channels: Vec<String>) -> Self {
        Self { conn, channels, stream: None, attempts: 0 }
    }

    /// The next event. It connects if need be, as long as that takes; dropping the
    /// future loses nothing.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if let Some(stream) = &mut self.stream {
                match stream.next().await {
                    Some(message) => {
                        let channel = message.get_channel_name().to_owned();
                        let payload = message.get_payload_bytes().to_vec();
                        return Event::Message { channel, payload };
                    }
                    None => self.stream = None,
                }
            }
            match self.connect().await {
                Ok(stream) => {
                    self.stream = Some(stream);
                    self.attempts = 0;
                    return Event::Reconnected;
                }
                Err(fault) => {
                    self.attempts += 1;
                    tracing::debug!(?fault, attempts = self.attempts, "no subscription yet");
                    sleep(self.pause()).await;
                }
            }
        }
    }

    async fn connect(&self) -> Result<PubSubStream, Fault> {
        let link = &self.conn.0.link;
        let connecting = async {
            let mut connection =
                link.endpoint.client(self.attempts).await?.get_async_pubsub().await?;
            connection.subscribe(&self.channels).await?;
            Ok::<_, Fault>(connection.into_on_message())
        };
        let connected = timeout(link.patience(), connecting).await;
        connected.map_err(|_| Fault::no_connection())?
    }

    /// Doubles from attempt to attempt.
    fn pause(&self) -> Duration {
        let retry = &self.conn.0.retry;
        let doublings = u32::try_from(self.attempts).unwrap_or(u32::MAX).min(16);
        (retry.min * 2_u32.pow(doublings)).min(retry.max)
    }
}
