//! A proxy that can swallow answers or go silent, for faults no server shows by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::*;

/// A server behind a proxy; it ends with the runtime of the test.
pub(super) struct Proxy {
    port: u16,
    faults: Arc<Faults>,
}

struct Faults {
    /// How many answers pass before some are swallowed.
    pass: AtomicUsize,
    /// How many answers are swallowed; the connection ends in place of each.
    swallow: AtomicUsize,
    /// Connections made before this number was raised forward nothing any more.
    silent: watch::Sender<usize>,
    made: AtomicUsize,
}

impl Proxy {
    pub(super) async fn of(server: &Server) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, target) = (listener.local_addr().unwrap().port(), server.port().unwrap());
        let faults = Arc::new(Faults {
            pass: AtomicUsize::new(0),
            swallow: AtomicUsize::new(0),
            silent: watch::Sender::new(0),
            made: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&faults);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let number = shared.made.fetch_add(1, Ordering::SeqCst) + 1;
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(forward(from_client, to_server, None, shared.hush(number)));
                let answers = Some(Arc::clone(&shared));
                tokio::spawn(forward(from_server, to_client, answers, shared.hush(number)));
            }
        });
        Self { port, faults }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Lets the server execute the next so many calls, and ends the connection in place
    /// of the answer.
    pub(super) fn swallow(&self, answers: usize) {
        self.faults.swallow.store(answers, Ordering::SeqCst);
    }

    /// The same with the answer after the next.
    pub(super) fn swallow_second(&self) {
        self.faults.pass.store(1, Ordering::SeqCst);
        self.swallow(1);
    }

    /// Lets the connections of this moment live on without a word.
    pub(super) fn silence(&self) {
        self.faults.silent.send_replace(self.connections());
    }

    /// How many connections were made so far.
    pub(super) fn connections(&self) -> usize {
        self.faults.made.load(Ordering::SeqCst)
    }
}

impl Faults {
    fn swallows(&self) -> bool {
        let take = |count: &AtomicUsize| {
            let less = |left: usize| left.checked_sub(1);
            count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
        };
        !take(&self.pass) && take(&self.swallow)
    }

    fn hush(&self, number: usize) -> Hush {
        Hush { number, silent: self.silent.subscribe() }
    }
}

struct Hush {
    number: usize,
    silent: watch::Receiver<usize>,
}

impl Hush {
    /// Never returns for a connection that has gone silent.
    async fn unless_silent(&mut self) {
        if *self.silent.borrow_and_update() >= self.number {
            std::future::pending::<()>().await;
        }
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    answers: Option<Arc<Faults>>,
    mut hush: Hush,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        hush.unless_silent().await;
        if answers.as_ref().is_some_and(|faults| faults.swallows()) {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
