//! A web server for small answers to `GET` and `HEAD`, one a connection.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
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
    status: StatusCode,
    kind: &'static str,
    body: String,
}

impl Answer {
    /// Metrics in the text format of Prometheus.
    pub(crate) fn metrics(body: String) -> Self {
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        Self { status: StatusCode::OK, kind, body }
    }

    /// A line, for a probe: whether all is well, and a word that says so.
    pub(crate) fn probe(well: bool, word: &str) -> Self {
        let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        Self::line(status, word)
    }

    /// There is no such page.
    pub(crate) fn unknown() -> Self {
        Self::line(StatusCode::NOT_FOUND, "there are /metrics, /live and /ready")
    }

    fn line(status: StatusCode, word: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: format!("{word}\n") }
    }
}

impl From<Answer> for Response<Full<Bytes>> {
    fn from(answer: Answer) -> Self {
        let mut response = Response::new(Full::from(answer.body));
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.kind));
        if answer.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
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

async fn one(stream: TcpStream, site: &impl Site) -> hyper::Result<()> {
    let page = service_fn(|request: Request<Incoming>| async move {
        let answer = match *request.method() {
            Method::GET | Method::HEAD => site.answer(request.uri().path()).await,
            _ => Answer::line(StatusCode::METHOD_NOT_ALLOWED, "use GET"),
        };
        Ok::<Response<Full<Bytes>>, Infallible>(answer.into())
    });
    http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(LONGEST)
        .serve_connection(TokioIo::new(stream), page)
        .await
}
