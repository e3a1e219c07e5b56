//! A proxy that can swallow answers, say things twice, go silent, be slow or cut connections:
//! faults that no server shows by itself. It knows no protocol.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The host of all private servers, as it stands before their ports.
const HOST: &str = "127.0.0.1:";

/// A server behind a proxy, which ends with the runtime of the test.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    port: u16,
    faults: Arc<Faults>,
}

/// What passes, and then what does not.
#[derive(Debug, Default)]
struct Trap {
    pass: AtomicUsize,
    take: AtomicUsize,
}

/// What happens in one direction.
#[derive(Debug, Default)]
struct Traps {
    /// The connection ends in place of these.
    lost: Trap,
    /// These are sent twice.
    doubled: Trap,
}

#[derive(Debug)]
struct Faults {
    /// The port of the server.
    target: AtomicU16,
    answers: Traps,
    requests: Traps,
    /// How long everything waits, in microseconds.
    delay: AtomicU64,
    /// Connections made before this number was raised forward nothing any more.
    silent: watch::Sender<usize>,
    /// Those before this one have ended.
    cut: watch::Sender<usize>,
    made: AtomicUsize,
}

impl Proxy {
    /// Puts one before the private server of this URL.
    ///
    /// # Errors
    ///
    /// When the URL names no port of this machine, or none is free.
    pub async fn before(url: &str) -> io::Result<Self> {
        let target = port_of(url).ok_or_else(|| io::Error::other("no port in the URL"))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let faults = Arc::new(Faults::default());
        faults.target.store(target, Ordering::SeqCst);
        tokio::spawn(serve(listener, Arc::clone(&faults)));
        let url = url.replace(&format!("{HOST}{target}"), &format!("{HOST}{port}"));
        Ok(Self { url, port, faults })
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the server, reached through it.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Leads connections that are made from now on to another port of 127.0.0.1.
    pub fn lead_to(&self, port: u16) {
        self.faults.target.store(port, Ordering::SeqCst);
    }

    /// Lets the server execute the next so many calls, and ends the connection in place
    /// of the answer.
    pub fn swallow(&self, answers: usize) {
        self.faults.answers.lost.set(0, answers);
    }

    /// The same with one answer, after so many others.
    pub fn swallow_after(&self, others: usize) {
        self.faults.answers.lost.set(others, 1);
    }

    /// Ends the connection in place of a request, after so many others; the server does not
    /// hear of it.
    pub fn lose_after(&self, others: usize) {
        self.faults.requests.lost.set(others, 1);
    }

    /// Passes an answer on twice, after so many others: its bytes as they were read at once.
    pub fn double_answer_after(&self, others: usize) {
        self.faults.answers.doubled.set(others, 1);
    }

    /// The same with a request.
    pub fn double_request_after(&self, others: usize) {
        self.faults.requests.doubled.set(others, 1);
    }

    /// Lets all answers and requests pass as they are, and tells whether everything that
    /// was to happen to some has happened.
    pub fn disarm(&self) -> bool {
        let ways = [&self.faults.answers, &self.faults.requests];
        let left = ways.map(|way| way.lost.set(0, 0) + way.doubled.set(0, 0));
        left == [0, 0]
    }

    /// Lets the connections of this moment live on without a word.
    pub fn silence(&self) {
        self.faults.silent.send_replace(self.connections());
    }

    /// Ends the connections of this moment, whatever is on its way.
    pub fn cut(&self) {
        self.faults.cut.send_replace(self.connections());
    }

    /// Keeps everything back for so long from now on.
    pub fn delay(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.faults.delay.store(micros, Ordering::SeqCst);
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        self.faults.made.load(Ordering::SeqCst)
    }
}

fn port_of(url: &str) -> Option<u16> {
    let (_, rest) = url.split_once(HOST)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

async fn serve(listener: TcpListener, faults: Arc<Faults>) {
    while let Ok((client, _)) = listener.accept().await {
        let target = faults.target.load(Ordering::SeqCst);
        // While the server is away, its clients find nobody here either.
        let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { continue };
        // As clients of a server do: small packets wait for nothing.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let number = faults.made.fetch_add(1, Ordering::SeqCst) + 1;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let way = |answers| Way { number, answers, faults: Arc::clone(&faults) };
        tokio::spawn(way(false).forward(from_client, to_server));
        tokio::spawn(way(true).forward(from_server, to_client));
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            target: AtomicU16::new(0),
            answers: Traps::default(),
            requests: Traps::default(),
            delay: AtomicU64::new(0),
            silent: watch::Sender::new(0),
            cut: watch::Sender::new(0),
            made: AtomicUsize::new(0),
        }
    }
}

impl Trap {
    /// Lets so many pass and takes so many; returns how many were still to be taken.
    fn set(&self, pass: usize, take: usize) -> usize {
        let before = self.take.swap(0, Ordering::SeqCst);
        self.pass.store(pass, Ordering::SeqCst);
        self.take.store(take, Ordering::SeqCst);
        before
    }

    fn takes(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        let one_of = |count: &AtomicUsize| {
            count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
        };
        !one_of(&self.pass) && one_of(&self.take)
    }
}

/// One direction of a connection.
struct Way {
    number: usize,
    answers: bool,
    faults: Arc<Faults>,
}

impl Way {
    /// Forwards until one side ends or the connection is cut. What is dropped here ends the
    /// other direction as well, for both sides then see the end.
    async fn forward(self, from: OwnedReadHalf, to: OwnedWriteHalf) {
        let mut cut = self.faults.cut.subscribe();
        let number = self.number;
        let is_cut = cut.wait_for(|last| *last >= number);
        tokio::select! {
            _ = is_cut => {}
            () = self.pass_on(from, to) => {}
        }
    }

    async fn pass_on(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let delay = self.faults.delay.load(Ordering::SeqCst);
            if delay > 0 {
                tokio::time::sleep(Duration::from_micros(delay)).await;
            }
            if *self.faults.silent.borrow() >= self.number {
                // Until it is cut, or for ever.
                std::future::pending::<()>().await;
            }
            let traps = if self.answers { &self.faults.answers } else { &self.faults.requests };
            if traps.lost.takes() {
                return;
            }
            for _ in 0..=u8::from(traps.doubled.takes()) {
                if to.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
