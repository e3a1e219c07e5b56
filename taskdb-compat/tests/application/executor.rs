//! The executor: runs a program and plans its proof while segments come out of it.

use serde_json::{Value, json};
use taskdb::planner::Planner;
use taskdb::planner::task::{Command, Task};
use taskdb::{Handle, ReadyTask};
use uuid::Uuid;

use crate::work::{Execution, Flaw, Work, WorkErr};

const MAX_RETRIES: i32 = 3;
const TIMEOUT_SECS: i32 = 60;

/// The lanes of a user that its tasks go to.
struct Streams {
    prove: Uuid,
    join: Uuid,
}

impl Streams {
    async fn of(db: &impl Handle, user_id: &str) -> Result<Self, WorkErr> {
        Ok(Self {
            prove: taskdb::get_or_create_stream(db, "prove", 1, 2.0, user_id).await?,
            join: taskdb::get_or_create_stream(db, "join", 1, 1.0, user_id).await?,
        })
    }
}

/// Does the task `init`: its output says how the session went.
pub(crate) async fn execute(
    db: &impl Handle,
    task: &ReadyTask,
    execution: &Execution,
) -> Result<Value, WorkErr> {
    let mut planner = Planner::default();
    plan(db, &task.job_id, execution, &mut planner, execution.segments).await?;
    for _ in 0..execution.keccaks {
        planner.enqueue_keccak()?;
    }
    planner.finish()?;
    create_planned(db, &task.job_id, execution, &mut planner).await?;
    Ok(json!({"segments": execution.segments, "tasks": planner.task_count()}))
}

/// Runs the program up to a segment and creates the tasks known by then, one by one.
pub(crate) async fn plan(
    db: &impl Handle,
    job_id: &Uuid,
    execution: &Execution,
    planner: &mut Planner,
    up_to: u64,
) -> Result<(), WorkErr> {
    for segment in 0..up_to {
        planner.enqueue_segment()?;
        create_planned(db, job_id, execution, planner).await?;
        let progress = (segment + 1) as f32 / execution.segments as f32;
        taskdb::update_task_progress(db, job_id, taskdb::INIT_TASK, progress).await?;
    }
    Ok(())
}

/// Creates the tasks that the plan has gained.
async fn create_planned(
    db: &impl Handle,
    job_id: &Uuid,
    execution: &Execution,
    planner: &mut Planner,
) -> Result<(), WorkErr> {
    let streams = Streams::of(db, &execution.user_id).await?;
    while let Some(planned) = planner.next_task().cloned() {
        let inputs = planned.depends_on.iter().chain(&planned.keccak_depends_on);
        let prereqs: Vec<_> = inputs.map(|&input| name(planner.get_task(input))).collect();
        let (stream_id, work) = match planned.command {
            Command::Segment => (&streams.prove, segment(execution, planner, &planned)),
            Command::Keccak => (&streams.prove, keccak(planner, &planned)),
            Command::Join => (&streams.join, Work::Join),
            Command::Union => (&streams.join, Work::Union),
            Command::Finalize => (&streams.join, Work::Finalize),
        };
        taskdb::create_task(
            db,
            job_id,
            &name(&planned),
            stream_id,
            &json!(work),
            &json!(prereqs),
            MAX_RETRIES,
            TIMEOUT_SECS,
        )
        .await?;
    }
    Ok(())
}

/// What a planned task is called in its job, as in `segment-3`.
fn name(task: &Task) -> String {
    match task.command {
        Command::Finalize => "finalize".into(),
        _ => format!("{:?}-{}", task.command, task.task_number).to_lowercase(),
    }
}

fn segment(execution: &Execution, planner: &Planner, task: &Task) -> Work {
    let number = earlier(planner, task);
    let flawed = execution.flawed.filter(|(flawed, _)| *flawed == number);
    Work::Segment { number, flaw: flawed.map_or(Flaw::None, |(_, flaw)| flaw) }
}

fn keccak(planner: &Planner, task: &Task) -> Work {
    Work::Keccak { number: earlier(planner, task) }
}

/// How many tasks of its kind the plan has before this one.
fn earlier(planner: &Planner, task: &Task) -> u64 {
    let before = (0..task.task_number).map(|number| planner.get_task(number));
    before.filter(|other| other.command == task.command).count() as u64
}
