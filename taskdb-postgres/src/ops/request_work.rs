//! `request_work`: claims the tasks that are next, together with others who ask, behind
//! the results that wait in the same lane.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::postgres::PgRow;
use taskdb_core::request::{ClaimedTask, RequestWork, UpdateTaskDone, Work};
use taskdb_core::store::Gate;
use taskdb_core::{Claim, Result, TaskDbErr, Timestamp};
use uuid::Uuid;

use super::update_task_done as done;
use crate::args::lease;
use crate::conn::Kind;
use crate::error::{again, corrupt};
use crate::lanes::{Answer, Call};
use crate::reply::{About, Reply};
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

/// Runs what has gathered in a lane in one transaction: results, then claims.
pub(crate) async fn travel(session: Arc<Session>, calls: Arc<[Call]>) -> Result<Vec<Answer>> {
    let claims: Vec<&RequestWork> = calls.iter().filter_map(Call::claim).collect();
    let dones: Vec<&UpdateTaskDone> = calls.iter().filter_map(Call::done).collect();
    let mut trip = send(&session, &claims, &dones).await?;
    let mut dones = match trip.done.take() {
        Some(mut reply) => done::read(&session, &dones, &mut reply)?.into_iter(),
        None => Vec::new().into_iter(),
    };
    let gate = trip.gate;
    let mut works = works(&session, &claims, trip).await.map(Vec::into_iter);
    let closed = || TaskDbErr::Closed { gate };
    Ok(calls
        .iter()
        .map(|call| match (call, &mut works) {
            (Call::Done(_), _) => Answer::Done(dones.next().ok_or_else(closed)),
            (Call::Claim(_), Ok(works)) => Answer::Claim(works.next().ok_or_else(closed)),
            (Call::Claim(_), Err(error)) => Answer::Claim(Err(again(error))),
        })
        .collect())
}

/// What a transaction has answered; nothing for a part that the gate has refused.
struct Trip {
    gate: Gate,
    done: Option<Reply>,
    work: Option<Reply>,
    rows: Vec<PgRow>,
}

async fn send(
    session: &Session,
    claims: &[&RequestWork],
    dones: &[&UpdateTaskDone],
) -> Result<Trip> {
    let ids = || claims.iter().flat_map(|claim| claim.claim_ids.iter().map(move |id| (claim, id)));
    let args = session
        .args()
        .add(claims.first().map(|claim| claim.worker_type.as_str()))
        .add(ids().map(|(claim, _)| claim.worker_id.as_str()).collect::<Vec<_>>())
        .add(ids().map(|(claim, _)| lease(claim.lease)).collect::<Vec<_>>())
        .add(ids().map(|(_, id)| *id).collect::<Vec<_>>());
    let args = done::add(session, args, dones);
    let text = session.sql.statement(Statement::request_work);
    let mut rows = session.conn.rows(Kind::Repeatable, text, args).await?;
    if rows.is_empty() {
        return Err(corrupt("a claim has no answer"));
    }
    let head = rows.remove(0);
    let mut head =
        Reply::parse_text(&get::<String>(&head, "header")?)?.accepted(&About::default())?;
    session.wake(head.woken()?);
    Ok(Trip { gate: head.gate()?, done: head.list_or_null()?, work: head.list_or_null()?, rows })
}

/// The work of each claim; nothing when the gate has refused them.
async fn works(session: &Session, claims: &[&RequestWork], mut trip: Trip) -> Result<Vec<Work>> {
    loop {
        let Some(mut reply) = trip.work.take() else { return Ok(Vec::new()) };
        if reply.text()? == "ok" {
            return share(claims, &mut reply, &trip.rows);
        }
        // The results of the group have locked jobs, and the claims would have to wait for
        // others: they begin anew, without locks.
        trip = send(session, claims, &[]).await?;
    }
}

/// Deals out the rows to the claims, in their order.
fn share(claims: &[&RequestWork], reply: &mut Reply, rows: &[PgRow]) -> Result<Vec<Work>> {
    let now = Timestamp::from_micros(reply.parse()?);
    let next_start = reply.parse_or_null()?.map(|time| Timestamp::from_micros(time).since(now));
    let mut found: HashMap<i32, &PgRow> =
        rows.iter().map(|row| Ok((get(row, "place")?, row))).collect::<Result<_>>()?;
    let mut place = 0;
    let mut next = |id: &Uuid| {
        place += 1;
        found.remove(&place).map(|row| claimed(row, *id))
    };
    let mut work = |claim: &&RequestWork| {
        let tasks: Vec<_> = claim.claim_ids.iter().filter_map(&mut next).collect::<Result<_>>()?;
        let next_start = next_start.filter(|_| tasks.is_empty());
        Ok(Work { tasks, next_start })
    };
    claims.iter().map(&mut work).collect()
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
    })
}
