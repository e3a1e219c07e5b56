//! Jobs whose end is known before they run: the definition of each task says what
//! its worker does, children included.

use serde_json::{Value, json};
use std::time::Duration;
use taskdb::{JobState, NewTask, RunIf, TaskState};
use uuid::Uuid;

/// The error of a task that fails because its definition says so.
pub(crate) const PLANNED: &str = "planned";
/// Enough that expired claims never use up the attempts of a task.
pub(crate) const RETRIES: i32 = 1_000;

/// A job to create, and how it must end.
pub(crate) struct Plan {
    /// The definition of `init`.
    pub(crate) definition: Value,
    /// What its creator adds to it after it was created.
    pub(crate) added: Vec<Value>,
    /// Whether its creator cancels it.
    pub(crate) cancelled: bool,
    pub(crate) state: JobState,
    pub(crate) tasks: Vec<(String, TaskState)>,
}

/// The streams of a user.
#[derive(Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) cpu: Uuid,
    pub(crate) gpu: Uuid,
}

/// The plan of a number; the kinds take turns.
pub(crate) fn plan(number: u64, streams: Streams) -> Plan {
    match number % 6 {
        0 => fan(streams),
        1 => tolerated(streams),
        2 => growing(streams),
        3 => failing(streams),
        4 => cancelled(),
        _ => layered(streams),
    }
}

/// A task that the definition of its parent describes.
pub(crate) fn new_task(child: &Value) -> NewTask {
    let text = |name: &str| child[name].as_str().expect("a text").to_owned();
    let after = child["after"].as_array().expect("an array").iter();
    let mut task =
        NewTask::new(text("name"), text("stream").parse().expect("an id"), child["def"].clone())
            .after(after.map(|name| name.as_str().expect("a name")))
            .retries(RETRIES)
            .timeout_secs(1)
            .delay(Duration::from_millis(child["delay_ms"].as_u64().unwrap_or(0)));
    if child["optional"] == true {
        task = task.optional();
    }
    if child["settled"] == true {
        task = task.run_if(RunIf::AllSettled);
    }
    task
}

fn child(name: &str, stream: Uuid, after: &[&str], def: Value) -> Value {
    json!({"name": name, "stream": stream.to_string(), "after": after, "def": def})
}

fn with(mut child: Value, field: &str) -> Value {
    child[field] = json!(true);
    child
}

fn done() -> Value {
    json!({"end": "done"})
}

fn fails() -> Value {
    json!({"end": "fail"})
}

fn init(children: &[Value]) -> Value {
    json!({"end": "done", "children": children})
}

fn succeeded(definition: Value, tasks: &[&str]) -> Plan {
    let tasks = std::iter::once(&"init").chain(tasks);
    let tasks = tasks.map(|name| ((*name).to_owned(), TaskState::Done)).collect();
    let state = JobState::Done;
    Plan { definition, added: Vec::new(), cancelled: false, state, tasks }
}

fn fan(streams: Streams) -> Plan {
    let names = ["a", "b", "c", "d"];
    let mut children: Vec<_> =
        names.iter().map(|name| child(name, streams.gpu, &["init"], done())).collect();
    children[1]["def"]["retry"] = json!(2);
    children[2]["delay_ms"] = json!(150);
    children.push(child("join", streams.cpu, &names, json!({"end": "done", "retry": 1})));
    succeeded(init(&children), &["a", "b", "c", "d", "join"])
}

fn tolerated(streams: Streams) -> Plan {
    let children = [
        with(child("o0", streams.gpu, &[], fails()), "optional"),
        with(child("o1", streams.cpu, &["init"], fails()), "optional"),
        child("a", streams.gpu, &["init"], done()),
        with(child("all", streams.cpu, &["o0", "o1", "a"], done()), "settled"),
        child("strict", streams.cpu, &["o0", "a"], done()),
        with(child("after", streams.gpu, &["strict", "all"], done()), "settled"),
    ];
    let mut plan = succeeded(init(&children), &["a", "all", "after"]);
    plan.tasks.push(("o0".into(), TaskState::Failed));
    plan.tasks.push(("o1".into(), TaskState::Failed));
    plan.tasks.push(("strict".into(), TaskState::Cancelled));
    plan
}

fn growing(streams: Streams) -> Plan {
    fn grow(name: &str, depth: u32, streams: Streams, names: &mut Vec<String>) -> Value {
        let mut def = done();
        if depth > 0 {
            let below = (0..2).map(|n| {
                let below = format!("{name}.{n}");
                let def = grow(&below, depth - 1, streams, names);
                names.push(below.clone());
                child(&below, if n == 0 { streams.cpu } else { streams.gpu }, &[name], def)
            });
            def["children"] = below.collect();
        }
        def
    }
    let mut names = Vec::new();
    let definition = grow("init", 3, streams, &mut names);
    succeeded(definition, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn failing(streams: Streams) -> Plan {
    let children = [
        child("bad", streams.gpu, &["init"], fails()),
        child("next", streams.cpu, &["bad"], done()),
        with(child("last", streams.cpu, &["next"], done()), "settled"),
    ];
    let mut plan = succeeded(init(&children), &[]);
    plan.state = JobState::Failed;
    plan.tasks.push(("bad".into(), TaskState::Failed));
    plan.tasks.push(("next".into(), TaskState::Cancelled));
    plan.tasks.push(("last".into(), TaskState::Cancelled));
    plan
}

/// Its `init` is delayed by its creator, so that nobody starts it before it is cancelled.
fn cancelled() -> Plan {
    let state = JobState::Cancelled;
    let tasks = vec![("init".to_owned(), TaskState::Cancelled)];
    Plan { definition: done(), added: Vec::new(), cancelled: true, state, tasks }
}

fn layered(streams: Streams) -> Plan {
    let layers = [["a0", "a1", "a2"], ["b0", "b1", "b2"], ["c0", "c1", "c2"]];
    let mut plan = succeeded(done(), layers.as_flattened());
    for (number, layer) in layers.iter().enumerate() {
        let below: &[&str] = if number == 0 { &["init"] } else { &layers[number - 1] };
        let stream = if number % 2 == 0 { streams.gpu } else { streams.cpu };
        plan.added.extend(layer.iter().map(|name| child(name, stream, below, done())));
    }
    plan
}
