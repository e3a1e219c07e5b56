//! A web server for small answers to `GET` and `HEAD`, one a connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::problem::Problem;

/// The longest request that is read; probes and scrapers send some hundred bytes.
const LONGEST: usize = 16 * 1024;
/// How long whoever asks may take to ask and to read.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many are served at once; more have to wait.
const AT_ONCE: usize = 32;
/// The pause after a connection that could not be taken, as when files run out.
const PAUSE: Duration = Duration::from_millis(200);

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: &'static str,
    kind: &'static str,
    body: String,
}

impl Answer {
    /// Metrics in the text format of Prometheus.
    pub(crate) fn metrics(body: String) -> Self {
        Self { status: "200 OK", kind: "text/plain; version=0.0.4; charset=utf-8", body }
    }

    /// A line, for a probe: whether all is well, and a word that says so.
    pub(crate) fn probe(well: bool, word: &str) -> Self {
        let status = if well { "200 OK" } else { "503 Service Unavailable" };
        Self::line(status, word)
    }

    /// There is no such page.
    pub(crate) fn unknown() -> Self {
        Self::line("404 Not Found", "there are /metrics, /live and /ready")
    }

    fn line(status: &'static str, word: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: format!("{word}\n") }
    }

    fn into_bytes(self, head_only: bool) -> Vec<u8> {
        let Self { status, kind, body } = self;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n"
        );
        (if head_only { head } else { head + &body }).into_bytes()
    }
}

/// What answers, by the path that is asked for.
pub(crate) trait Site: Send + Sync + 'static {
    fn answer(&self, path: &str) -> impl Future<Output = Answer> + Send;
}

/// An address that is listened to.
#[derive(Debug)]
pub(crate) struct Socket(TcpListener);

impl Socket {
    /// Takes the address, before any work begins: whoever cannot have it should hear so at once.
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, Problem> {
        let socket = TcpListener::bind(address).await;
        socket.map(Self).map_err(|why| {
            Problem::Failed(format!("cannot listen to {address}: {why}; name another address"))
        })
    }

    /// The address, with the port that was found if 0 was asked for.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers for as long as it runs.
    pub(crate) async fn serve(self, site: impl Site) {
        let (site, places) = (Arc::new(site), Arc::new(Semaphore::new(AT_ONCE)));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let site = Arc::clone(&site);
                    tokio::spawn(async move {
                        // Whoever goes away in between has no answer to miss.
                        let _ = timeout(PATIENCE, one(stream, &*site)).await;
                        drop(place);
                    });
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

async fn one(mut stream: TcpStream, site: &impl Site) -> io::Result<()> {
    let answer = match request(&mut stream).await? {
        Ok((method, path)) => site.answer(&path).await.into_bytes(method == Method::Head),
        Err(refused) => refused.into_bytes(false),
    };
    stream.write_all(&answer).await?;
    stream.shutdown().await
}

#[derive(Debug, PartialEq, Eq)]
enum Method {
    Get,
    Head,
}

/// Reads a request to the end of its head, or says why it gets no page.
async fn request(stream: &mut TcpStream) -> io::Result<Result<(Method, String), Answer>> {
    let mut head = Vec::new();
    while head.len() <= LONGEST && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if head.len() > LONGEST {
        let words = "the request is too long";
        return Ok(Err(Answer::line("431 Request Header Fields Too Large", words)));
    }
    Ok(line(&String::from_utf8_lossy(&head)))
}

/// The method and the path of a request, by its first line.
fn line(head: &str) -> Result<(Method, String), Answer> {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Answer::line("400 Bad Request", "this is no request"));
    };
    if !version.starts_with("HTTP/1.") {
        return Err(Answer::line("505 HTTP Version Not Supported", "use HTTP/1.1"));
    }
    let path = target.split('?').next().unwrap_or_default().to_owned();
    match method {
        "GET" => Ok((Method::Get, path)),
        "HEAD" => Ok((Method::Head, path)),
        _ => Err(Answer::line("405 Method Not Allowed", "use GET")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_from_what_is_none() {
        let path = |head: &str| line(head).map(|(_, path)| path);
        assert_eq!(path("GET /metrics?x=1 HTTP/1.1\r\n\r\n").unwrap(), "/metrics");
        assert_eq!(line("HEAD / HTTP/1.0\r\n\r\n").unwrap(), (Method::Head, "/".to_owned()));
        for (head, status) in [
            ("POST / HTTP/1.1\r\n\r\n", "405"),
            ("GET / HTTP/2\r\n\r\n", "505"),
            ("GET /\r\n\r\n", "400"),
            ("\r\n\r\n", "400"),
            ("GET / a HTTP/1.1\r\n\r\n", "400"),
        ] {
            assert!(line(head).unwrap_err().status.starts_with(status), "{head}");
        }
    }

    #[test]
    fn the_answer_to_head_has_the_length_and_no_body() {
        let text = |head_only| {
            String::from_utf8(Answer::probe(false, "away").into_bytes(head_only)).unwrap()
        };
        assert!(
            text(false).starts_with("HTTP/1.1 503 ") && text(false).ends_with("\r\n\r\naway\n")
        );
        assert!(text(true).contains("content-length: 5") && text(true).ends_with("\r\n\r\n"));
    }
}
