//! A dump as a source.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use flate2::read::MultiGzDecoder;
use taskdb::TaskDb;
use taskdb::record::{Cursor, Page, Record};
use taskdb::request::Export;

use super::header::{End, Header, Totals, VERSION};
use crate::error::{MigrateErr, Result};
use crate::source::{Mended, PAGE, Source};

/// The longest line: a definition and an output of the greatest size, and the rest.
const LINE: u64 = 160 << 20;

/// A dump, read from the beginning to the end, compressed or not.
#[derive(Debug, Clone)]
pub struct DumpSource {
    name: String,
    path: PathBuf,
    reader: Arc<Mutex<Option<Reader>>>,
}

impl DumpSource {
    /// Opens a dump and reads its first line.
    ///
    /// # Errors
    ///
    /// `File` or `Line` for what is no dump, or one of a later release.
    pub async fn open(path: &Path) -> Result<Self> {
        let name = format!("file:{}", path.display());
        let own = path.to_owned();
        let reader = blocking(move || Reader::open(&own)).await?;
        let reader = Arc::new(Mutex::new(Some(reader)));
        Ok(Self { name, path: path.to_owned(), reader })
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(MigrateErr::Refused(error.to_string())),
    }
}

#[async_trait]
impl Source for DumpSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn page(&self, cursor: Option<Cursor>) -> Result<Page> {
        let (path, shared) = (self.path.clone(), Arc::clone(&self.reader));
        blocking(move || {
            let passed = match &cursor {
                None => 0,
                Some(Cursor(text)) => text
                    .parse()
                    .map_err(|_| MigrateErr::file(&path, "another file was being read"))?,
            };
            let left = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
            let mut reader = match left.filter(|reader| reader.passed == passed) {
                Some(reader) => reader,
                None => Reader::open(&path)?.skip_to(passed)?,
            };
            let page = reader.page()?;
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
            Ok(page)
        })
        .await
    }

    fn store(&self) -> Option<&TaskDb> {
        None
    }

    async fn tasks(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    async fn mended(&self) -> Result<Vec<Mended>> {
        Ok(Vec::new())
    }
}

/// The lines of a dump.
struct Reader {
    path: PathBuf,
    lines: BufReader<Box<dyn Read + Send>>,
    /// Lines read, the first one included.
    line: u64,
    /// Records read.
    passed: u64,
    found: Totals,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).field("line", &self.line).finish()
    }
}

/// A line as a record. Nearly all are tasks whose kind comes first, and without the kind
/// they are read at once, where a search for it would take several times as long.
fn parse(line: &mut [u8]) -> serde_json::Result<Record> {
    const TASK: &[u8] = br#"{"record":"task","#;
    if !line.starts_with(TASK) {
        return serde_json::from_slice(line);
    }
    let comma = TASK.len() - 1;
    line[comma] = b'{';
    let task = serde_json::from_slice(&line[comma..]);
    line[comma] = b',';
    task.map(Record::Task)
}

impl Reader {
    fn open(path: &Path) -> Result<Self> {
        let told = |error| MigrateErr::file(path, error);
        let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(told)?);
        let gzip = file.fill_buf().map_err(told)?.starts_with(&[0x1f, 0x8b]);
        let plain: Box<dyn Read + Send> = match gzip {
            true => Box::new(MultiGzDecoder::new(file)),
            false => Box::new(file),
        };
        let lines = BufReader::with_capacity(1 << 16, plain);
        let (path, found) = (path.to_owned(), Totals::default());
        let mut reader = Self { path, lines, line: 0, passed: 0, found, buffer: Vec::new() };
        reader.header()?;
        Ok(reader)
    }

    fn header(&mut self) -> Result<()> {
        self.next_line()?;
        let header: Option<Header> = serde_json::from_slice(&self.buffer).ok();
        match header {
            None => Err(MigrateErr::file(&self.path, "is not a dump of taskdb-migrate")),
            Some(Header { taskdb_dump: 1..=VERSION, .. }) => Ok(()),
            Some(Header { taskdb_dump, written_by, .. }) => Err(MigrateErr::file(
                &self.path,
                format!(
                    "has version {taskdb_dump} of the format and this release reads up to \
                     {VERSION}: load it with {written_by} or later"
                ),
            )),
        }
    }

    /// Reads a line into the buffer; `false` at the end of the file.
    fn next_line(&mut self) -> Result<bool> {
        self.buffer.clear();
        let limited = &mut (&mut self.lines).take(LINE);
        let read = limited.read_until(b'\n', &mut self.buffer);
        let read =
            read.map_err(|error| MigrateErr::file(&self.path, format!("is damaged: {error}")))?;
        self.line += 1;
        Ok(read > 0)
    }

    fn wrong(&self, reason: impl ToString) -> MigrateErr {
        MigrateErr::Line { path: self.path.clone(), line: self.line, reason: reason.to_string() }
    }

    /// The next record; `None` behind the last.
    fn record(&mut self) -> Result<Option<Record>> {
        if !self.next_line()? {
            return Err(self.wrong("the file is cut short; dump it again"));
        }
        let error = match parse(&mut self.buffer) {
            Ok(mut record) => {
                self.passed += 1;
                self.found.take(&record);
                if let Record::Event(event) = &mut record {
                    event.number = self.passed;
                }
                return Ok(Some(record));
            }
            Err(error) => error,
        };
        match serde_json::from_slice::<End>(&self.buffer) {
            Ok(End { end }) if end == self.found => Ok(None),
            Ok(End { end }) => {
                Err(self.wrong(format!("the file holds {:?} and should hold {end:?}", self.found)))
            }
            Err(_) if !self.buffer.ends_with(b"\n") => {
                Err(self.wrong("the file is cut short; dump it again"))
            }
            Err(_) => Err(self.wrong(format!("{error}; a later release may be needed to load it"))),
        }
    }

    fn skip_to(mut self, passed: u64) -> Result<Self> {
        while self.passed < passed {
            if self.record()?.is_none() {
                return Err(self.wrong("the file has changed since; begin anew"));
            }
        }
        Ok(self)
    }

    fn page(&mut self) -> Result<Page> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        while records.len() < PAGE && bytes < Export::PAGE_BYTES {
            match self.record()? {
                Some(record) => records.push(record),
                None => return Ok(Page { records, next: None }),
            }
            bytes += self.buffer.len();
        }
        Ok(Page { records, next: Some(Cursor(self.passed.to_string())) })
    }
}
