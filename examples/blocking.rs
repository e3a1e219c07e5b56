//! A program without async: workers are threads, and every call waits for its answer.
//!
//! `cargo run --example blocking`

use std::io::Write;
use std::thread;

use serde_json::json;
use taskdb::blocking::{self, TaskDb};
use taskdb::{INIT_TASK, NewTask};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const TEXTS: [&str; 3] = ["to be or not to be", "that is the question", "ay there is the rub"];

fn main() -> Result<()> {
    let db = blocking::connect("memory:")?;
    let cpu = db.create_stream("cpu", 2, 1.0, "alice")?;
    let job = db.create_job(&cpu, &json!(""), 3, 300, "alice")?;
    let names = (1..).map(|number| format!("text-{number}"));
    let texts: Vec<_> = names.zip(TEXTS).collect();
    let counts = texts.iter().map(|(name, text)| NewTask::new(name, cpu, json!(text)));
    db.create_tasks(&job, counts)?;

    // The report is of another type of worker, so that this thread can wait for it.
    let desk = db.create_stream("desk", 1, 1.0, "alice")?;
    let names = texts.iter().map(|(name, _)| name.as_str());
    let report = NewTask::new("report", desk, json!(null)).after(names.chain([INIT_TASK]));
    db.create_task_with(&job, report)?;

    let workers = ["one", "two"].map(|name| {
        let db = db.as_worker(name);
        thread::spawn(move || count_words(&db))
    });
    let report = db.request_work_wait("desk", 60)?.ok_or("nothing to report")?;
    let mut words = 0;
    for (name, text) in &texts {
        let count: usize = db.get_task_output(&job, name)?;
        writeln!(std::io::stdout(), "{count} words: {text}")?;
        words += count;
    }
    db.complete(&report.claim, &json!(words))?;
    for worker in workers {
        worker.join().expect("a worker does not panic")?;
    }
    assert_eq!((words, db.get_job_state(&job, "alice")?), (15, taskdb::JobState::Done));
    Ok(())
}

/// Counts the words of one text after the other, until there is none for a moment.
fn count_words(db: &TaskDb) -> Result<()> {
    while let Some(task) = db.request_work_wait("cpu", 1)? {
        let words = task.task_def.as_str().unwrap_or_default().split_whitespace().count();
        db.complete(&task.claim, &json!(words))?;
    }
    Ok(())
}
