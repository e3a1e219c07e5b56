//! Ports that are free at the moment of asking.

use std::io;
use std::net::TcpListener;
use std::ops::Range;

/// Below the ports that systems hand to outgoing connections: no such connection
/// takes a port between asking and listening, and no client that calls a server which
/// is down can be given the server's own port and so connect to itself.
const RANGE: Range<u16> = 15_000..31_000;

/// A port of 127.0.0.1 that nobody listens on; another process may take it first.
pub(crate) fn free() -> io::Result<u16> {
    let span = u128::from(RANGE.end - RANGE.start);
    for _ in 0..100 {
        let offset = uuid::Uuid::new_v4().as_u128() % span;
        let port = RANGE.start + u16::try_from(offset).unwrap_or_default();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other(format!("found no free port in {RANGE:?}")))
}
