//! `taskdb stats` and `taskdb top`.

mod store;
mod terminal;

use serde_json::{Value, json};
use store::{Store, until};
use taskdb::NewTask;
use terminal::Terminal;

/// Where a terminal shows what is not part of its history.
const ALTERNATE: &str = "\u{1b}[?1049h";
const BACK: &str = "\u{1b}[?1049l";

fn top(store: &Store) -> Terminal {
    let program = assert_cmd::cargo::cargo_bin("taskdb");
    let line = format!("'{}' top --every 100ms", program.display());
    Terminal::start(&mut store.command(&[]), &line)
}

#[test]
fn a_terminal_shows_what_happens_until_it_is_told_to_end() {
    let store = Store::new();
    store.job("rendering", json!(1), 0);
    for key in ["q", "\u{3}", "\u{1b}"] {
        let mut terminal = top(&store);
        until("the first look", || terminal.shown().contains("rendering"));
        let shown = terminal.shown();
        assert!(shown.contains(ALTERNATE) && !shown.contains(BACK), "{shown:?}");
        for word in ["gate open", "WORKER TYPE", "DONE/s", "alice", "WAITS"] {
            assert!(shown.contains(word), "no {word} in {shown:?}");
        }
        terminal.press("jjk");
        terminal.press(key);
        assert!(terminal.ended().success(), "{:?}", terminal.shown());
        until("the old screen", || terminal.shown().contains(BACK));
    }
}

#[test]
fn what_changes_is_shown() {
    let store = Store::new();
    let mut terminal = top(&store);
    until("the first look", || terminal.shown().contains("gate open"));
    assert!(!terminal.shown().contains("late-comers"));
    store.job("late-comers", json!(1), 0);
    until("the new stream", || terminal.shown().contains("late-comers"));
    terminal.press("q");
    terminal.ended();
}

#[test]
fn without_a_terminal_top_names_what_does_without() {
    Store::new().run(&["top"]).ended(2, &["`taskdb stats`"]);
}

#[test]
fn stats_are_numbers_by_type_and_stream() {
    let store = Store::new();
    let job = store.job("w", json!(1), 0);
    store.job("v", json!(1), 0);
    let stream = store.task(&job, "init").stream_id;
    let after = NewTask::new("after", stream, json!(1)).after(["init"]);
    store.wait(store.db.create_task_with(&job, after)).unwrap();
    store.wait(store.db.request_work("v")).unwrap().unwrap();
    let stats: Value = serde_json::from_str(&store.line(&["stats", "--json"])).unwrap();
    assert_eq!((&stats["gate"], &stats["worker_count"]), (&json!("open"), &json!(0)));
    let count = |worker_type: &str, state: &str| {
        let counts = stats["tasks"].as_array().unwrap();
        let found = counts.iter().find(|one| {
            one["worker_type"] == worker_type
                && one["state"] == state
                && one["priority"] == "medium"
        });
        found.map_or(0, |one| one["count"].as_u64().unwrap())
    };
    assert_eq!((count("w", "ready"), count("w", "pending"), count("v", "running")), (1, 1, 1));
    let own = stats["streams"].as_array().unwrap().iter().find(|one| one["worker_type"] == "w");
    let own = own.unwrap();
    assert_eq!((&own["user"], &own["ready_count"]["medium"]), (&json!("alice"), &json!(1)));
    let (all, one) = (&stats["oldest_ready_secs"], &own["oldest_ready_secs"]);
    assert!(all.as_f64().unwrap() > 0.0 && all == one, "{stats}");
    let table = store.line(&["stats"]);
    let row = |start: &str| {
        let line = table.lines().find(|line| line.trim_start().starts_with(start)).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row("w ")[1..], ["1", "1", "0", "0", "0", "0"]);
    assert_eq!(row("v ")[1..4], ["0", "0", "1"]);
    assert!(table.starts_with("gate open   workers 0   the oldest waits "), "{table}");
}
