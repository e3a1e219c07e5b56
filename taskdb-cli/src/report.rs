//! What the user sees on standard error while a graph runs: a bar on a terminal,
//! plain lines elsewhere, nothing when asked to be quiet.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bytes of the names of running tasks behind the bar.
const NAMES: usize = 60;

/// Where events go.
pub(crate) struct Report {
    start: Instant,
    view: View,
    seen: Mutex<Seen>,
}

enum View {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

#[derive(Default)]
struct Seen {
    created: u64,
    done: u64,
    running: BTreeSet<String>,
}

impl Report {
    /// The view that suits standard error.
    pub(crate) fn new(quiet: bool) -> Self {
        let view = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => View::Quiet,
            (false, false) => View::Lines,
            (false, true) => View::Bar(bar()),
        };
        Self { start: Instant::now(), view, seen: Mutex::default() }
    }

    /// So many commands more are known.
    pub(crate) fn created(&self, commands: u64) {
        self.seen().created += commands;
        self.redraw();
    }

    pub(crate) fn started(&self, task: &str) {
        self.seen().running.insert(task.to_owned());
        self.line(&format!("start {task}"));
    }

    pub(crate) fn done(&self, task: &str, took: Duration) {
        let mut seen = self.seen();
        seen.running.remove(task);
        seen.done += 1;
        drop(seen);
        self.line(&format!("done  {task} in {:.2} s", took.as_secs_f64()));
    }

    /// An attempt failed; another one follows.
    pub(crate) fn retried(&self, task: &str, why: &str, delay: Duration) {
        self.stopped(task);
        let delay = delay.as_secs_f64();
        self.event(&format!("retry {task} in {delay} s: {why}"));
    }

    pub(crate) fn failed(&self, task: &str, why: &str) {
        self.stopped(task);
        self.line(&format!("fail  {task}: {why}"));
    }

    /// A task no longer runs, and there is nothing to tell.
    pub(crate) fn stopped(&self, task: &str) {
        self.seen().running.remove(task);
        self.redraw();
    }

    /// Takes the bar away, so that what follows starts on a line of its own.
    pub(crate) fn finish(&self, done: bool) {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
        if done && !matches!(self.view, View::Quiet) {
            let (commands, took) = (self.seen().done, self.start.elapsed().as_secs_f64());
            write_line(&format!("{commands} commands done in {took:.2} s"));
        }
    }

    /// A line where there is no bar.
    fn line(&self, text: &str) {
        match &self.view {
            View::Quiet => {}
            View::Lines => {
                write_line(&format!("{:8.2} {text}", self.start.elapsed().as_secs_f64()))
            }
            View::Bar(_) => self.redraw(),
        }
    }

    /// A line that a bar must not hide either.
    fn event(&self, text: &str) {
        if let View::Bar(bar) = &self.view {
            bar.suspend(|| write_line(text));
        }
        self.line(text);
    }

    fn redraw(&self) {
        let View::Bar(bar) = &self.view else { return };
        let seen = self.seen();
        bar.set_length(seen.created);
        bar.set_position(seen.done);
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
