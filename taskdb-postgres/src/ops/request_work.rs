//! `request_work`: claims the tasks that are next, together with others who ask.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgRow;
use taskdb_core::request::{ClaimedTask, RequestWork, Work};
use taskdb_core::{CanonicalJson, Claim, Prerequisite, Result, TaskState, Timestamp};
use uuid::Uuid;

use crate::args::lease;
use crate::conn::Kind;
use crate::error::corrupt;
use crate::reply::{About, Reply};
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

/// Claims for several callers at once, in their order.
pub(crate) async fn run(session: &Session, requests: &[&RequestWork]) -> Result<Vec<Work>> {
    let worker_type = requests.first().map_or("", |request| &request.worker_type);
    let ids =
        requests.iter().flat_map(|request| request.claim_ids.iter().map(move |id| (request, id)));
    let mut wanted = Wanted { worker_type, ..Wanted::default() };
    for (request, id) in ids {
        wanted.workers.push(request.worker_id.as_str());
        wanted.leases.push(lease(request.lease));
        wanted.claims.push(*id);
        wanted.inputs.push(request.inputs.map(|most| i64::try_from(most).unwrap_or(i64::MAX)));
    }
    let mut found = HashMap::new();
    let mut step = claim(session, &wanted, true, &mut found).await?;
    while step.unfinished {
        step = match claim(session, &wanted, false, &mut found).await {
            // What is in hand already is an answer too.
            Err(_) if !found.is_empty() => break,
            step => step?,
        };
    }
    let next_start = step.next_start;
    let mut place = 0;
    let mut share = |request: &&RequestWork| {
        let tasks: Vec<_> = request
            .claim_ids
            .iter()
            .filter_map(|_| {
                place += 1;
                found.remove(&place)
            })
            .collect();
        let next_start = next_start.filter(|_| tasks.is_empty());
        Work { tasks, next_start }
    };
    Ok(requests.iter().map(&mut share).collect())
}

/// Claims to make, by their places.
#[derive(Default)]
struct Wanted<'r> {
    worker_type: &'r str,
    workers: Vec<&'r str>,
    leases: Vec<Option<i64>>,
    claims: Vec<Uuid>,
    inputs: Vec<Option<i64>>,
}

/// What one statement says beside the tasks that it hands out.
struct Step {
    /// When the next delayed task is due.
    next_start: Option<Duration>,
    /// The next tasks are of jobs that could not be locked with those before them.
    unfinished: bool,
}

/// Runs one statement, which first sees to what time has brought if `tidy`.
async fn claim(
    session: &Session,
    wanted: &Wanted<'_>,
    tidy: bool,
    found: &mut HashMap<i32, ClaimedTask>,
) -> Result<Step> {
    let args = session.args().add(wanted.worker_type).add(tidy);
    let args = args.add(&wanted.workers).add(&wanted.leases).add(&wanted.claims);
    let with_inputs = wanted.inputs.iter().any(Option::is_some);
    let (statement, args) = if with_inputs {
        (Statement::request_work_with_inputs, args.add(&wanted.inputs))
    } else {
        (Statement::request_work, args)
    };
    let text = session.sql.statement(statement);
    let rows = session.conn.rows(Kind::Repeatable, text, args).await?;
    let (head, rows) = rows.split_last().ok_or_else(|| corrupt("a claim has no answer"))?;
    let mut head =
        Reply::parse_text(&get::<String>(head, "header")?)?.accepted(&About::default())?;
    session.wake(head.woken()?);
    let now = Timestamp::from_micros(head.parse()?);
    let next_start = head.parse_or_null()?.map(|time| Timestamp::from_micros(time).since(now));
    for row in rows {
        let place: i32 = get(row, "place")?;
        let at = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
        let id = at.and_then(|at| wanted.claims.get(at));
        let id = id.ok_or_else(|| corrupt("a task was handed out to nobody"))?;
        let mut task = claimed(row, *id)?;
        if with_inputs {
            task.inputs = inputs(row, &task.prerequisites)?;
        }
        found.insert(place, task);
    }
    Ok(Step { next_start, unfinished: head.flag()? })
}

/// A task handed out.
fn claimed(row: &PgRow, id: Uuid) -> Result<ClaimedTask> {
    Ok(ClaimedTask {
        claim: Claim {
            job_id: get(row, "job_id")?,
            task_id: get(row, "name")?,
            id,
            attempt: row::count(row, "attempt")?,
        },
        stream_id: get(row, "stream_id")?,
        definition: row::json(row, "definition")?,
        prerequisites: get(row, "prerequisites")?,
        max_retries: get(row, "max_retries")?,
        retries: get(row, "retries")?,
        timeout_secs: get(row, "timeout_secs")?,
        priority: row::priority(row, "class")?,
        deadline: row::time(row, "deadline")?,
        inputs: None,
    })
}

/// What has become of the prerequisites, where it is wanted and not too large.
fn inputs(row: &PgRow, names: &[String]) -> Result<Option<Vec<Prerequisite>>> {
    let Some(states) = get::<Option<Vec<i16>>>(row, "states")? else { return Ok(None) };
    let outputs: Vec<Option<String>> = get(row, "outputs")?;
    let errors: Vec<Option<Vec<u8>>> = get(row, "errors")?;
    if [states.len(), outputs.len(), errors.len()] != [names.len(); 3] {
        return Err(corrupt("a prerequisite is missing"));
    }
    let job = row::job_state(row, "job_state")?;
    let parts = states.into_iter().zip(outputs).zip(errors);
    let inputs = names.iter().zip(parts).map(|(name, ((state, output), error))| {
        Ok(Prerequisite {
            task_id: name.clone(),
            state: row::code("states", state, TaskState::from_code)?.effective(job),
            output: output.map(CanonicalJson::from_stored),
            error: error.map(|bytes| row::utf8("errors", bytes)).transpose()?,
        })
    });
    inputs.collect::<Result<_>>().map(Some)
}
