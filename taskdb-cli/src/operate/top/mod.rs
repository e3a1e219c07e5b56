//! `taskdb top`: what a namespace does, live in a terminal.

mod view;

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use clap::Args;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use taskdb::TaskDb;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::job::duration;
use crate::problem::Problem;
use crate::store::StoreArgs;
use view::View;

/// Show what a namespace does, live.
///
/// How much waits and for how long, what is done in a second, which streams are served. Keys: q or Esc ends it, the arrows move through the streams.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// How often to look.
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    every: Duration,
}

const EXAMPLES: &str = "\
Examples:
  taskdb top --url sqlite://jobs.db
  taskdb top --url sqlite://jobs.db --every 500ms

Exit codes:
  0 ended as asked    1 the store failed    2 there is no terminal";

pub(crate) fn run(args: &TopArgs) -> Result<(), Problem> {
    let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
    if !stdin.is_terminal() || !stdout.is_terminal() {
        let words = "top needs a terminal; `taskdb stats` writes the same into a pipe";
        return Err(Problem::Refused(words.to_owned()));
    }
    args.store.with(async |db| {
        // The terminal comes back whatever happens, a panic included.
        let mut terminal = ratatui::try_init()?;
        let shown = show(&db, args.every, &mut terminal).await;
        ratatui::try_restore()?;
        shown
    })
}

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    End,
    Up,
    Down,
    /// The terminal has another size.
    Draw,
}

async fn show(db: &TaskDb, every: Duration, terminal: &mut DefaultTerminal) -> Result<(), Problem> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (mut wishes, mut looks) = (listen(), interval(every));
    let mut view = View::default();
    loop {
        terminal.draw(|frame| view.draw(frame))?;
        tokio::select! {
            _ = looks.tick() => {
                let begun = Instant::now();
                let seen = db.stats().await.map_err(|why| why.to_string());
                view.take(seen, begun.elapsed());
            }
            wish = wishes.recv() => match wish {
                None | Some(Wish::End) => return Ok(()),
                Some(Wish::Up) => view.up(),
                Some(Wish::Down) => view.down(),
                Some(Wish::Draw) => {}
            },
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        }
    }
}

/// Reads keys on a thread of its own, which ends with the process: no terminal can be told to
/// stop waiting for one.
fn listen() -> mpsc::UnboundedReceiver<Wish> {
    let (told, wishes) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            if wish(&event).is_some_and(|wish| told.send(wish).is_err()) {
                return;
            }
        }
    });
    wishes
}

fn wish(event: &Event) -> Option<Wish> {
    let key = match event {
        Event::Resize(..) => return Some(Wish::Draw),
        Event::Key(key) if key.kind != KeyEventKind::Release => key,
        _ => return None,
    };
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Wish::End),
        KeyCode::Char('q') | KeyCode::Esc => Some(Wish::End),
        KeyCode::Up | KeyCode::Char('k') => Some(Wish::Up),
        KeyCode::Down | KeyCode::Char('j') => Some(Wish::Down),
        _ => None,
    }
}
