//! What a server prints, line by line, as events that tests can wait for.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The lines so far; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl Log {
    /// Reads to the end of `output` on a thread of its own.
    pub(crate) fn follow(output: impl Read + Send + 'static) -> io::Result<Self> {
        let log = Self::default();
        let writer = log.clone();
        std::thread::Builder::new().name("server-log".into()).spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                writer.lock().lines.push(line);
                writer.0.grown.notify_all();
            }
            writer.lock().ended = true;
            writer.0.grown.notify_all();
        })?;
        Ok(log)
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().lines.len()
    }

    /// Waits until a line from number `from` on contains one of `words`, and returns it.
    ///
    /// # Errors
    ///
    /// `TimedOut` after `limit`, `UnexpectedEof` when the server has ended; both with
    /// the last lines.
    pub(crate) fn wait_for(
        &self,
        words: &[&str],
        from: usize,
        limit: Duration,
    ) -> io::Result<String> {
        let end = Instant::now() + limit;
        let mut state = self.lock();
        loop {
            let said = |line: &&String| words.iter().any(|word| line.contains(word));
            if let Some(line) = state.lines.iter().skip(from).find(said) {
                return Ok(line.clone());
            }
            let left = end.saturating_duration_since(Instant::now());
            let kind = match (state.ended, left.is_zero()) {
                (true, _) => io::ErrorKind::UnexpectedEof,
                (false, true) => io::ErrorKind::TimedOut,
                (false, false) => {
                    let waited = self.0.grown.wait_timeout(state, left);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                    continue;
                }
            };
            let tail = state.lines.len().saturating_sub(12);
            let tail = state.lines[tail..].join("\n");
            return Err(io::Error::new(kind, format!("no line with {words:?}; the last:\n{tail}")));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn a_line_is_found_and_an_end_is_told() {
        let log = Log::follow("one\ntwo\n".as_bytes()).unwrap();
        log.wait_for(&["three", "two"], 0, SOON).unwrap();
        let ended = log.wait_for(&["one"], 1, SOON).unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::UnexpectedEof);
        assert!(ended.to_string().contains("two"), "{ended}");
    }

    #[test]
    fn waiting_has_an_end() {
        let (reader, _writer) = io::pipe().unwrap();
        let log = Log::follow(reader).unwrap();
        let late = log.wait_for(&["never"], 0, Duration::from_millis(1)).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }
}
