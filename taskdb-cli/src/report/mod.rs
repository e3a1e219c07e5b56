//! What the user sees while a graph runs: on standard error a bar on a terminal and
//! plain lines elsewhere, or events as JSON on standard output.

mod event;

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

pub(crate) use event::{Attempt, Event, Seconds};

/// Bytes of the names of running tasks behind the bar.
const NAMES: usize = 60;

/// Where events go.
pub(crate) struct Report {
    start: Instant,
    view: View,
    /// Only what ends the run is told.
    quiet: bool,
    seen: Mutex<Seen>,
}

enum View {
    Lines,
    Bar(ProgressBar),
    Json,
}

#[derive(Default)]
struct Seen {
    job: Option<Uuid>,
    created: u64,
    done: u64,
    /// Done before this run.
    before: u64,
    running: BTreeSet<String>,
}

impl Report {
    /// JSON if asked for, else the view that suits standard error.
    pub(crate) fn new(quiet: bool, json: bool) -> Self {
        let view = match json {
            true => View::Json,
            false if !quiet && std::io::stderr().is_terminal() => View::Bar(bar()),
            false => View::Lines,
        };
        Self { start: Instant::now(), view, quiet, seen: Mutex::default() }
    }

    /// Tells what happened.
    pub(crate) fn tell(&self, event: &Event) {
        self.seen().take(event);
        match &self.view {
            View::Json if !self.quiet => self.write_json(event),
            View::Lines if !self.quiet => {
                if let Some(text) = text(event) {
                    write_line(&format!("{:8.2} {text}", self.start.elapsed().as_secs_f64()));
                }
            }
            View::Bar(bar) => {
                // What a bar would hide.
                if let (Event::Retry { .. } | Event::Run { .. }, Some(text)) = (event, text(event))
                {
                    bar.suspend(|| write_line(&text));
                }
                self.redraw(bar);
            }
            View::Json | View::Lines => {}
        }
    }

    /// Takes the bar away, so that what follows starts on a line of its own.
    pub(crate) fn finish(&self, done: bool) {
        match &self.view {
            View::Bar(bar) => bar.finish_and_clear(),
            View::Lines if !self.quiet => {}
            View::Json | View::Lines => return,
        }
        if done {
            write_line(&self.summary());
        }
    }

    /// The last event of `--json`, also when asked to be quiet.
    pub(crate) fn end(&self, outcome: &str, code: u8, error: Option<&str>, result: Option<&str>) {
        if !matches!(self.view, View::Json) {
            return;
        }
        let (job, done) = {
            let seen = self.seen();
            (seen.job, seen.before + seen.done)
        };
        self.write_json(&Event::End { outcome, code, job, done, error, result });
    }

    fn summary(&self) -> String {
        let (seen, took) = (self.seen(), self.start.elapsed().as_secs_f64());
        let before = match seen.before {
            0 => String::new(),
            before => format!(", {before} before"),
        };
        format!("{} commands done in {took:.2} s{before}", seen.done)
    }

    fn write_json(&self, event: &Event) {
        let line = event::Line { time: Seconds(self.start.elapsed()), event };
        if let Ok(mut line) = serde_json::to_vec(&line) {
            line.push(b'\n');
            let mut stdout = std::io::stdout().lock();
            // Whoever reads has seen enough.
            let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
        }
    }

    fn redraw(&self, bar: &ProgressBar) {
        let seen = self.seen();
        bar.set_length(seen.created);
        bar.set_position(seen.before + seen.done);
        let names: Vec<&str> = seen.running.iter().map(String::as_str).collect();
        let mut names = names.join(" ");
        if names.len() > NAMES {
            names.truncate(names.floor_char_boundary(NAMES));
            names.push_str(" ..");
        }
        bar.set_message(names);
    }

    /// The sets hold no invariant that a panic elsewhere could break.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Run { job, commands, done, .. } => {
                (self.job, self.created, self.before) = (Some(*job), *commands, *done);
            }
            Event::Created { commands } => self.created += commands,
            Event::Start { of } => {
                self.running.insert(of.task.to_owned());
            }
            Event::Done { of, .. } => {
                self.running.remove(of.task);
                self.done += 1;
            }
            Event::Retry { of, .. } | Event::Fail { of, .. } | Event::Stop { of } => {
                self.running.remove(of.task);
            }
            Event::Plan { .. } | Event::End { .. } => {}
        }
    }
}

/// The line of an event, if it has one.
fn text(event: &Event) -> Option<String> {
    Some(match event {
        Event::Run { kept: false, .. } => return None,
        Event::Run { job, resumed: false, .. } => format!("job   {job}"),
        Event::Run { job, commands, done, ended, .. } => {
            let ended = match ended {
                0 => String::new(),
                ended => format!("; commands of the earlier run that were ended: {ended}"),
            };
            format!("job   {job}, resumed with {done} of {commands} commands done{ended}")
        }
        Event::Start { of } => format!("start {}", of.task),
        Event::Done { of, seconds } => {
            format!("done  {} in {:.2} s", of.task, seconds.0.as_secs_f64())
        }
        Event::Retry { of, reason, delay, .. } => {
            format!("retry {} in {} s: {reason}", of.task, delay.0.as_secs_f64())
        }
        Event::Fail { of, reason, .. } => format!("fail  {}: {reason}", of.task),
        Event::Plan { .. } | Event::Created { .. } | Event::Stop { .. } | Event::End { .. } => {
            return None;
        }
    })
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{elapsed:>4} [{bar:30}] {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Nobody is told when standard error itself cannot be written.
fn write_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
