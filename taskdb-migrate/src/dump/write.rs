//! Writes a dump: beside its place first, and moved there when it is complete.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use taskdb::TaskDb;
use taskdb::record::Record;
use taskdb::store::Gate;

use super::header::{End, Header, VERSION};
use crate::adapt::Adapt;
use crate::copy::SourceGate;
use crate::counts::Counts;
use crate::error::{MigrateErr, Result};
use crate::log::Log;
use crate::mark::LogPlace;
use crate::pages::Pages;
use crate::source::{Mended, Shared};
use crate::watch::{Event, Watch};

/// How to dump.
#[derive(Debug, Clone, Copy)]
pub struct DumpOptions {
    /// Whether the file is compressed with gzip.
    pub compress: bool,
    /// Whether a file that is there already is replaced.
    pub replace: bool,
    /// What becomes of the gate of a source that is in use.
    pub source_gate: SourceGate,
    /// Whether the event log goes along.
    pub events: bool,
}

impl Default for DumpOptions {
    fn default() -> Self {
        Self { compress: false, replace: false, source_gate: SourceGate::Hold, events: false }
    }
}

/// What a dump has written.
#[derive(Debug, Clone, Serialize)]
pub struct DumpReport {
    /// The source, without a password.
    pub from: String,
    /// The file.
    pub to: PathBuf,
    /// What it holds.
    pub counts: Counts,
    /// Its size.
    pub bytes: u64,
    /// Whether nothing could change while it was written.
    pub consistent: bool,
    /// Seconds in which the source took no changes.
    pub pause_secs: f64,
    /// What was put right in the source.
    pub mended: Vec<Mended>,
}

/// Writes everything a source holds into a file. A call that was cut off leaves no file of
/// that name; the next one begins anew.
///
/// # Errors
///
/// `File` when it cannot be written; `Refused` when it is there already; those of reading.
pub async fn dump(
    source: Shared,
    to: &Path,
    options: &DumpOptions,
    watch: &dyn Watch,
) -> Result<DumpReport> {
    if to.exists() && !options.replace {
        let why = format!("{} is there already: give another name, or `--replace`", to.display());
        return Err(MigrateErr::Refused(why));
    }
    watch.tell(Event::Stage { name: "dump", tasks: source.tasks().await? });
    let gate = Held::new(&source, options.source_gate).await?;
    let began = Instant::now();
    let written = write(&source, to, options, gate.consistent, watch).await;
    let pause = if gate.before.is_some() { began.elapsed() } else { Duration::ZERO };
    let consistent = gate.consistent;
    gate.reopen().await?;
    if !pause.is_zero() {
        watch.tell(Event::Pause(pause));
    }
    let counts = written?;
    let size = fs::metadata(to).map_err(|error| MigrateErr::file(to, error))?;
    Ok(DumpReport {
        from: source.name().to_owned(),
        to: to.to_owned(),
        counts,
        bytes: size.len(),
        consistent,
        pause_secs: pause.as_secs_f64(),
        mended: source.mended().await?,
    })
}

/// The gate of a source, perhaps closed for a while.
struct Held {
    db: Option<TaskDb>,
    name: String,
    /// To set back.
    before: Option<Gate>,
    consistent: bool,
}

impl Held {
    async fn new(source: &Shared, wanted: SourceGate) -> Result<Self> {
        let name = source.name().to_owned();
        let Some(db) = source.store().cloned() else {
            return Ok(Self { db: None, name, before: None, consistent: true });
        };
        let told = |error| MigrateErr::store(&name, error);
        let gate = db.describe().await.map_err(told)?.gate;
        let close = wanted != SourceGate::Leave && gate != Gate::ReadOnly;
        if close {
            db.set_gate(Gate::ReadOnly).await.map_err(told)?;
        }
        let before = (close && wanted == SourceGate::Hold).then_some(gate);
        let consistent = close || gate == Gate::ReadOnly;
        Ok(Self { db: Some(db), name, before, consistent })
    }

    async fn reopen(self) -> Result<()> {
        match (self.db, self.before) {
            (Some(db), Some(gate)) => {
                db.set_gate(gate).await.map_err(|error| MigrateErr::store(&self.name, error))
            }
            _ => Ok(()),
        }
    }
}

async fn write(
    source: &Shared,
    to: &Path,
    options: &DumpOptions,
    consistent: bool,
    watch: &dyn Watch,
) -> Result<Counts> {
    let header = Header {
        taskdb_dump: VERSION,
        written_by: concat!("taskdb-migrate ", env!("CARGO_PKG_VERSION")).to_owned(),
        from: source.name().to_owned(),
        consistent,
    };
    let told = |error: io::Error| MigrateErr::file(to, error);
    let mut name = OsString::from(to);
    name.push(".part");
    let part = PathBuf::from(name);
    let mut out = Output::create(&part, options.compress).map_err(told)?;
    out.line(&header).map_err(told)?;
    let mut counts = Counts::default();
    let mut pages = Pages::of(source.clone(), None, Adapt::nothing());
    while let Some(mut page) = pages.next().await? {
        let before = counts.tasks();
        page.records.retain(|record| options.events || !matches!(record, Record::Event(_)));
        page.records.iter().for_each(|record| counts.take(record));
        watch.tell(Event::Tasks(counts.tasks() - before));
        out = lines(out, page.records).await.map_err(told)?;
    }
    if let Some(db) = source.store().filter(|_| options.events) {
        let mut log = Log::new(source.name(), db, LogPlace::default(), Adapt::nothing());
        while let Some(records) = log.next().await? {
            records.iter().for_each(|record| counts.take(record));
            out = lines(out, records).await.map_err(told)?;
        }
    }
    out.line(&End { end: counts.into() }).and_then(|()| out.finish()).map_err(told)?;
    fs::rename(&part, to).map_err(told)?;
    Ok(counts)
}

/// Writes records where waiting for the disk holds nobody up.
async fn lines(mut out: Output, records: Vec<Record>) -> io::Result<Output> {
    let write = move || records.iter().try_for_each(|record| out.line(record)).map(|()| out);
    tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
}

/// A file, compressed or not.
enum Output {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Output {
    fn create(path: &Path, compress: bool) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 16, File::create(path)?);
        Ok(match compress {
            true => Self::Gzip(Box::new(GzEncoder::new(file, Compression::fast()))),
            false => Self::Plain(file),
        })
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let out: &mut dyn Write = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out,
        };
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        out.write_all(&line)
    }

    /// Everything on the disk.
    fn finish(self) -> io::Result<()> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
        };
        out.into_inner()?.sync_all()
    }
}
