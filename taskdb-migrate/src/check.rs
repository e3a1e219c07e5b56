//! What would not fit, and what it costs, before anything is done.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use taskdb::TaskDb;
use taskdb::record::Record;
use taskdb::store::Gate;

use crate::adapt::{Adapt, misfits};
use crate::copy::{CopyOptions, SourceGate, being_filled, log_not_empty, not_empty};
use crate::counts::{Counts, payload};
use crate::error::{MigrateErr, Result};
use crate::log::Log;
use crate::mark::{LogPlace, Mark, Stage};
use crate::pages::Pages;
use crate::source::Shared;
use crate::target::Target;
use crate::watch::{Event, Watch};

/// Names that are shown as examples.
const EXAMPLES: usize = 5;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Good to know.
    Note,
    /// The copy works, but think of this.
    Warning,
    /// The copy would be refused.
    Stop,
}

impl std::fmt::Display for Weight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Stop => "stop",
        })
    }
}

/// Something to know before a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is, and what to do.
    pub what: String,
}

/// What a check has found.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// What would be copied.
    pub counts: Counts,
    /// Bytes of definitions and outputs.
    pub payload_bytes: u64,
    /// Seconds that reading all of it took; a copy reads it two or three times.
    pub read_secs: f64,
    /// What stands in the way, and what is good to know.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// Whether a copy would be refused.
    pub fn is_stopped(&self) -> bool {
        self.findings.iter().any(|finding| finding.weight == Weight::Stop)
    }

    fn add(&mut self, weight: Weight, what: impl Into<String>) {
        self.findings.push(Finding { weight, what: what.into() });
    }
}

/// Reads everything and looks at the target, which may be missing yet. Writes nothing.
///
/// # Errors
///
/// Those of reading.
pub async fn check(
    source: Shared,
    target: Option<&Target>,
    options: &CopyOptions,
    watch: &dyn Watch,
) -> Result<CheckReport> {
    let (counts, findings) = (Counts::default(), Vec::new());
    let mut report = CheckReport { counts, payload_bytes: 0, read_secs: 0.0, findings };
    if let Some(target) = target {
        look_at_target(&source, target, options, &mut report).await?;
    }
    match source.store() {
        Some(db) => look_at_source(source.name(), db, options, &mut report).await?,
        None => report
            .add(Weight::Note, format!("{} has no gate; nothing may write to it", source.name())),
    }
    read(&source, options, &mut report, watch).await?;
    for mended in source.mended().await? {
        let what = format!("{} ({}): {}", mended.what, mended.count, mended.examples.join(", "));
        report.add(Weight::Warning, what);
    }
    Ok(report)
}

async fn look_at_target(
    source: &Shared,
    target: &Target,
    options: &CopyOptions,
    report: &mut CheckReport,
) -> Result<()> {
    let mark = Mark::new(source.name(), options);
    let info = target.describe().await?;
    match info.mark.as_deref().map(Mark::read) {
        Some(Some(left)) if left.is_of(&mark) && left.stage == Stage::Done => {
            report.add(Weight::Note, "this copy is done already");
        }
        Some(Some(left)) if left.is_of(&mark) => {
            report.add(Weight::Note, "this copy was begun; it would go on");
        }
        Some(Some(left)) => report.add(Weight::Stop, being_filled(target.name(), &left)),
        Some(None) => {
            let what = format!("{} is marked by another tool or release", target.name());
            report.add(Weight::Stop, what);
        }
        None if !target.is_empty().await? => report.add(Weight::Stop, not_empty(target.name())),
        None if options.events && !target.log_is_empty().await? => {
            report.add(Weight::Stop, log_not_empty(target.name()));
        }
        None => {}
    }
    Ok(())
}

async fn look_at_source(
    name: &str,
    db: &TaskDb,
    options: &CopyOptions,
    report: &mut CheckReport,
) -> Result<()> {
    let info = db.describe().await.map_err(|error| MigrateErr::store(name, error))?;
    let half = info.mark.as_deref().and_then(Mark::read).filter(|mark| mark.stage != Stage::Done);
    if let Some(mark) = half {
        report.add(Weight::Stop, being_filled(name, &mark));
    }
    let (weight, what) = match (info.gate, options.source_gate) {
        (Gate::ReadOnly, _) => (Weight::Note, "its gate is read-only: nothing changes it"),
        (_, SourceGate::Leave) => {
            (Weight::Stop, "it can still change, and its gate is to be left alone")
        }
        (_, SourceGate::Close) => {
            (Weight::Note, "it can still change; its gate is closed for the cut-over and stays so")
        }
        (_, SourceGate::Hold) => {
            (Weight::Note, "it can still change; its gate is closed for the cut-over only")
        }
    };
    report.add(weight, format!("{name}: {what}"));
    Ok(())
}

async fn read(
    source: &Shared,
    options: &CopyOptions,
    report: &mut CheckReport,
    watch: &dyn Watch,
) -> Result<()> {
    watch.tell(Event::Stage { name: "read", tasks: source.tasks().await? });
    let began = Instant::now();
    let mut names = BTreeMap::new();
    let mut pages = Pages::of(source.clone(), None, Adapt::new(options.running, true).unnamed());
    while let Some(page) = pages.next().await? {
        let before = report.counts.tasks();
        for record in &page.records {
            if options.events || !matches!(record, Record::Event(_)) {
                report.counts.take(record);
            }
            report.payload_bytes += payload(record);
            if names.len() <= EXAMPLES {
                misfits(record, &mut names);
            }
        }
        watch.tell(Event::Tasks(report.counts.tasks() - before));
    }
    if let Some(db) = source.store().filter(|_| options.events) {
        let mut log = Log::new(source.name(), db, LogPlace::default(), Adapt::nothing());
        while let Some(records) = log.next().await? {
            records.iter().for_each(|record| report.counts.take(record));
        }
    }
    report.read_secs = began.elapsed().as_secs_f64();
    if !names.is_empty() {
        let shown: Vec<_> =
            names.keys().take(EXAMPLES).map(|(kind, name)| format!("{kind} `{name}…`")).collect();
        let weight = if options.rename_long { Weight::Warning } else { Weight::Stop };
        let what = format!(
            "names that no store takes: {}; `--rename-long` makes them shorter",
            shown.join(", ")
        );
        report.add(weight, what);
    }
    Ok(())
}
