//! What the terminal shows of one look after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, Table, TableState};
use taskdb::{Rates, Stats, StreamInfo, TaskState};

use crate::operate::stats::{by_wait, summary};
use crate::output::{clean, seconds};

/// Two looks, and where the eye is.
#[derive(Default)]
pub(super) struct View {
    now: Option<Stats>,
    before: Option<Stats>,
    took: Duration,
    /// Why the last look saw nothing; what was seen before stays.
    error: Option<String>,
    place: TableState,
}

impl View {
    pub(super) fn take(&mut self, seen: Result<Stats, String>, took: Duration) {
        self.took = took;
        match seen {
            Ok(stats) => {
                self.before = self.now.replace(stats);
                self.error = None;
            }
            Err(why) => self.error = Some(why),
        }
    }

    pub(super) fn up(&mut self) {
        self.place.select_previous();
    }

    pub(super) fn down(&mut self) {
        self.place.select_next();
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>) {
        let types = self.now.as_ref().map_or(0, |stats| stats.worker_types().count());
        let height = u16::try_from(types + 1).unwrap_or(u16::MAX).min(frame.area().height / 3);
        let rows = [Constraint::Length(2), Constraint::Length(height + 1), Constraint::Min(0)];
        let [head, middle, rest] = frame.area().layout(&Layout::vertical(rows));
        frame.render_widget(self.headline(), head);
        let Some(stats) = &self.now else { return };
        let rates = self.before.as_ref().map(|before| stats.rates_since(before));
        frame.render_widget(worker_types(stats, rates.unwrap_or_default()), middle);
        frame.render_stateful_widget(streams(stats), rest, &mut self.place);
    }

    fn headline(&self) -> Line<'static> {
        let took = format!("   looked in {:.0} ms   q ends", self.took.as_secs_f64() * 1e3);
        match (&self.error, &self.now) {
            (Some(why), _) => Line::from(clean(why)).red(),
            (None, None) => Line::from("looking …"),
            (None, Some(stats)) => Line::from(summary(stats) + &took),
        }
    }
}

fn heading<const N: usize>(names: [&'static str; N]) -> Row<'static> {
    Row::new(names).style(Style::new().bold())
}

/// Numbers stand at the right.
fn number(value: impl std::fmt::Display) -> Cell<'static> {
    Cell::from(Line::from(value.to_string()).right_aligned())
}

fn worker_types(stats: &Stats, rates: BTreeMap<&str, Rates>) -> Table<'static> {
    let rows = stats.worker_types().map(|worker_type| {
        let count = |state| number(stats.tasks_in(state, Some(worker_type)));
        let Rates { done, failed } = rates.get(worker_type).copied().unwrap_or_default();
        Row::new([
            Cell::from(clean(worker_type)),
            count(TaskState::Pending),
            count(TaskState::Ready),
            count(TaskState::Running),
            number(format!("{done:.1}")),
            number(format!("{failed:.1}")),
            count(TaskState::Failed),
        ])
    });
    let widths = [
        Constraint::Min(12),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(9),
    ];
    let names = [
        "WORKER TYPE",
        "  PENDING",
        "    READY",
        "  RUNNING",
        "   DONE/s",
        "   FAIL/s",
        "   FAILED",
    ];
    Table::new(rows, widths).header(heading(names))
}

fn streams(stats: &Stats) -> Table<'static> {
    let rows = by_wait(stats).into_iter().map(|stream| row(stats, stream));
    let widths = [
        Constraint::Min(12),
        Constraint::Min(10),
        Constraint::Length(8),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(12),
        Constraint::Length(6),
    ];
    let names = [
        "USER",
        "WORKER TYPE",
        "   SHARE",
        "  PENDING",
        "    READY",
        "  RUNNING",
        "       WAITS",
        "",
    ];
    Table::new(rows, widths).header(heading(names)).row_highlight_style(Style::new().reversed())
}

fn row(stats: &Stats, stream: &StreamInfo) -> Row<'static> {
    let row = Row::new([
        Cell::from(clean(&stream.user_id)),
        Cell::from(clean(&stream.worker_type)),
        number(format!("{:.2}", stream.share())),
        number(stream.pending),
        number(stream.ready.iter().sum::<u64>()),
        number(stream.running),
        number(seconds(stats.waits(stream))),
        Cell::from(if stream.paused { "paused" } else { "" }),
    ]);
    if stream.paused { row.dim() } else { row }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::json;

    use super::*;

    /// The lines of a small terminal.
    fn lines(view: &mut View) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(90, 12)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let cells: Vec<_> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        cells.chunks(90).map(|line| line.concat().trim_end().to_owned()).collect()
    }

    #[tokio::test]
    async fn looks_become_rates_and_errors_leave_what_was_seen() {
        let db = taskdb::connect("memory:").await.unwrap();
        let mut view = View::default();
        assert!(lines(&mut view)[0].contains("looking"));
        let cpu = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
        db.create_stream("gpu", 1, 1.0, "bob").await.unwrap();
        for _ in 0..3 {
            db.create_job(&cpu, &json!(1), 0, 60, "alice").await.unwrap();
        }
        let look = async || {
            let mut stats = db.stats().await.unwrap();
            // No store takes such a name, and a terminal would do as it says.
            stats.streams[1].user_id = "bob\u{1b}[31m".to_owned();
            Ok(stats)
        };
        view.take(look().await, Duration::from_millis(7));
        let task = db.request_work("cpu").await.unwrap().unwrap();
        db.complete(&task.claim, &json!(1)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        view.take(look().await, Duration::from_millis(7));
        let shown = lines(&mut view);
        assert!(shown[0].starts_with("gate open   workers 0   the oldest waits 0."), "{shown:?}");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let cpu = words(shown.iter().find(|line| line.starts_with("cpu")).unwrap());
        assert_eq!(cpu[1..4], ["0", "2", "0"]);
        assert!(cpu[4].parse::<f64>().unwrap() > 1.0 && cpu[5] == "0.0", "{cpu:?}");
        let alice = words(shown.iter().find(|line| line.starts_with("alice")).unwrap());
        assert_eq!(alice[..6], ["alice", "cpu", "-1.00", "0", "2", "0"]);
        assert!(shown.iter().all(|line| !line.contains('\u{1b}')));

        view.take(Err("the store is away\nfor good".to_owned()), Duration::ZERO);
        let shown = lines(&mut view);
        assert_eq!(shown[0], "the store is away");
        assert!(shown.iter().any(|line| line.starts_with("alice")));
        view.down();
        view.down();
        view.up();
        lines(&mut view);
        assert_eq!(view.place.selected(), Some(0));
    }
}
