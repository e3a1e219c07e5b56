//! Jobs whose end is known before they run: the definition of a task says what its worker
//! does, and its output says which claim was accepted.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use taskdb::worker::{Context, Error, Result};
use taskdb::{JobState, NewTask, RunIf};

use crate::place::Streams;

/// The error of a task that fails because its definition says so.
pub(crate) const PLANNED: &str = "planned";
/// Enough that lost claims never use up the attempts of a task.
pub(crate) const RETRIES: i32 = 10_000;

/// What a task is to do, one thing after the other.
#[derive(Deserialize, Serialize, Clone, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Orders {
    /// Takes so long.
    pub(crate) millis: u64,
    /// Its first attempts go wrong: by an error and a panic in turn.
    pub(crate) wrong: u32,
    /// It fails for good.
    pub(crate) fails: bool,
    /// What it is worth, beside the sum of its prerequisites.
    pub(crate) value: u64,
    /// What is created when it is done.
    pub(crate) children: Vec<Child>,
}

#[derive(Deserialize, Serialize, Clone)]
pub(crate) struct Child {
    name: String,
    gpu: bool,
    after: Vec<String>,
    optional: bool,
    orders: Orders,
}

/// The output of a task.
#[derive(Deserialize, Serialize)]
pub(crate) struct Output {
    pub(crate) value: u64,
    pub(crate) claim: uuid::Uuid,
}

/// Does what the definition says.
pub(crate) async fn work(orders: Orders, cx: Context) -> Result<Output> {
    tokio::time::sleep(Duration::from_millis(orders.millis)).await;
    if cx.attempt() <= orders.wrong {
        if cx.attempt() % 2 == 0 {
            // Without the message of a panic, which is for those that nobody has planned.
            std::panic::resume_unwind(Box::new("a planned panic"));
        }
        return Err(Error::retry("a planned error"));
    }
    if orders.fails {
        return Err(Error::fail(PLANNED));
    }
    for child in orders.children {
        let stream = cx.stream_for(if child.gpu { "gpu" } else { "cpu" }).await?;
        let task = NewTask::new(child.name, stream, serde_json::to_value(child.orders)?)
            .after(child.after)
            .retries(RETRIES)
            .run_if(RunIf::AllSettled);
        cx.create(if child.optional { task.optional() } else { task });
    }
    let inputs: u64 = cx.outputs_as::<Output>().await?.iter().map(|input| input.value).sum();
    Ok(Output { value: orders.value + inputs, claim: cx.task().claim.id })
}

/// A job, and how it ends.
pub(crate) struct Plan {
    pub(crate) init: Orders,
    pub(crate) state: JobState,
    /// The number of tasks at the end.
    pub(crate) tasks: u64,
    /// What the task `whole` is worth, where the job gets there.
    pub(crate) whole: Option<u64>,
}

/// The plan of a number; the kinds take turns.
pub(crate) fn plan(number: u64) -> Plan {
    let parts = 3 + number % 3;
    let fails = number % 4 == 1;
    let tolerated = number % 4 == 2;
    let deep = number % 4 == 3;
    let mut children: Vec<_> = (0..parts)
        .map(|part| {
            let orders = Orders { millis: part * 3, value: 10 + part, ..Orders::default() };
            child(&format!("part-{part}"), part % 2 == 0, orders)
        })
        .collect();
    children[0].orders.wrong = u32::try_from(number % 3).expect("small");
    let (mut tasks, mut whole) = (parts + 2, (0..parts).map(|part| 10 + part).sum());
    if fails || tolerated {
        children[1].orders.fails = true;
        children[1].optional = tolerated;
        whole -= 11;
    }
    if deep {
        let below = child("below", true, Orders { millis: 5, ..Orders::default() });
        children[2].orders.children = vec![below];
        tasks += 1;
    }
    let names = children.iter().map(|child| child.name.clone()).collect();
    children.push(Child { after: names, ..child("whole", false, Orders::default()) });
    let state = if fails { JobState::Failed } else { JobState::Done };
    let init = Orders { children, millis: 2, ..Orders::default() };
    Plan { init, state, tasks, whole: (!fails).then_some(whole) }
}

fn child(name: &str, gpu: bool, orders: Orders) -> Child {
    Child { name: name.to_owned(), gpu, after: Vec::new(), optional: false, orders }
}

/// A task that takes so long and is worth nothing.
pub(crate) fn slow(name: String, streams: Streams, millis: u64) -> NewTask {
    NewTask::new(name, streams.cpu, slow_definition(millis)).retries(RETRIES)
}

pub(crate) fn slow_definition(millis: u64) -> Value {
    json!({"millis": millis})
}
