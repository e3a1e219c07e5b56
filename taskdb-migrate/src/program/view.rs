//! What the user sees: a bar on a terminal, plain lines elsewhere, or JSON.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

use super::args::ViewArgs;
use crate::source::Mended;
use crate::watch::{Event, Watch};

/// How often a line tells how far a stage is.
const LINES: Duration = Duration::from_secs(5);

/// Shows events and the result.
pub(super) struct View {
    kind: Kind,
    quiet: bool,
    stage: Mutex<Stage>,
}

enum Kind {
    Bar(ProgressBar),
    Lines,
    Json,
}

/// How far the present stage is.
struct Stage {
    name: &'static str,
    began: Instant,
    told: Instant,
    tasks: u64,
    total: Option<u64>,
}

impl View {
    pub(super) fn new(args: ViewArgs) -> Self {
        let kind = match args.json {
            true => Kind::Json,
            false if !args.quiet && std::io::stderr().is_terminal() => Kind::Bar(bar()),
            false => Kind::Lines,
        };
        let now = Instant::now();
        let stage = Stage { name: "", began: now, told: now, tasks: 0, total: None };
        Self { kind, quiet: args.quiet, stage: Mutex::new(stage) }
    }

    /// Shows a result alone.
    pub(super) fn of_result(json: bool) -> Self {
        Self::new(ViewArgs { json, quiet: true })
    }

    /// Takes the bar away, so that what follows starts on a line of its own.
    pub(super) fn finish(&self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }

    /// Tells what was put right in the source; documents have it already.
    pub(super) fn mended(&self, mended: &[Mended]) {
        for defect in mended {
            let examples = defect.examples.join(", ");
            self.line(&format!("{} ({}): {examples}", defect.what, defect.count));
        }
    }

    /// The result, on standard output.
    pub(super) fn result(&self, event: &str, result: &impl Serialize, text: &str) {
        match self.kind {
            Kind::Json => self.json(&json!({ "event": event, "result": result })),
            _ => self.print(&format!("{text}\n")),
        }
    }

    /// Writes to standard output; whoever reads may have seen enough.
    pub(super) fn print(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    fn json(&self, value: &Value) {
        self.print(&format!("{value}\n"));
    }

    /// Nobody is told when standard error itself cannot be written.
    fn line(&self, text: &str) {
        let write = || {
            let _ = writeln!(std::io::stderr(), "{text}");
        };
        match &self.kind {
            Kind::Bar(bar) => bar.suspend(write),
            Kind::Lines => write(),
            Kind::Json => {}
        }
    }

    /// Counts hold no invariant that a panic elsewhere could break.
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, name: &'static str, total: Option<u64>) {
        let now = Instant::now();
        *self.stage() = Stage { name, began: now, told: now, tasks: 0, total };
        match &self.kind {
            Kind::Json => self.json(&json!({ "event": "stage", "name": name, "tasks": total })),
            Kind::Lines => self.line(name),
            Kind::Bar(bar) => {
                bar.reset();
                bar.set_message(name);
                match total {
                    Some(total) => bar.set_length(total),
                    None => bar.unset_length(),
                }
            }
        }
    }

    fn advance(&self, more: u64) {
        let mut stage = self.stage();
        stage.tasks += more;
        if let Kind::Bar(bar) = &self.kind {
            bar.set_position(stage.tasks);
        } else if stage.told.elapsed() >= LINES {
            stage.told = Instant::now();
            match self.kind {
                Kind::Json => self.json(&stage.json()),
                _ => self.line(&stage.text()),
            }
        }
    }
}

impl Stage {
    fn rate(&self) -> f64 {
        self.tasks as f64 / self.began.elapsed().as_secs_f64().max(0.001)
    }

    /// Seconds that are left, where the total is known.
    fn left(&self) -> Option<f64> {
        let left = self.total?.saturating_sub(self.tasks);
        Some(left as f64 / self.rate().max(0.001))
    }

    fn text(&self) -> String {
        let of = self.total.map_or_else(String::new, |total| format!(" of {total}"));
        let left = self.left().map_or_else(String::new, |left| format!(", {left:.0} s left"));
        format!("{}: {}{of} tasks, {:.0}/s{left}", self.name, self.tasks, self.rate())
    }

    fn json(&self) -> Value {
        json!({
            "event": "progress",
            "name": self.name,
            "tasks": self.tasks,
            "total": self.total,
            "tasks_per_sec": self.rate(),
            "secs_left": self.left(),
        })
    }
}

impl Watch for View {
    fn tell(&self, event: Event<'_>) {
        if self.quiet {
            return;
        }
        match event {
            Event::Stage { name, tasks } => self.enter(name, tasks),
            Event::Tasks(more) => self.advance(more),
            Event::Note(text) => match self.kind {
                Kind::Json => self.json(&json!({ "event": "note", "text": text })),
                _ => self.line(text),
            },
            Event::Pause(pause) => match self.kind {
                Kind::Json => self.json(&json!({ "event": "pause", "secs": pause.as_secs_f64() })),
                _ => self.line(&format!("closed for {:.2} s", pause.as_secs_f64())),
            },
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(
        "{elapsed:>4} [{bar:30}] {pos}/{len} {msg}, {per_sec}, {eta} left",
    );
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
