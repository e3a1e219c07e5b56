//! `request_work`: claims the tasks that are next, together with others who ask.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use taskdb_core::request::{ClaimedTask, RequestWork, Work};
use taskdb_core::{Claim, Result, Timestamp};

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
    let (mut workers, mut leases, mut claims) = (Vec::new(), Vec::new(), Vec::new());
    for (request, id) in ids {
        workers.push(request.worker_id.as_str());
        leases.push(lease(request.lease));
        claims.push(*id);
    }
    let args = session.args().add(worker_type).add(workers).add(leases).add(claims);
    let text = session.sql.statement(Statement::request_work);
    let rows = session.conn.rows(Kind::Repeatable, text, args).await?;
    let (head, rows) = rows.split_first().ok_or_else(|| corrupt("a claim has no answer"))?;
    let mut head =
        Reply::parse_text(&get::<String>(head, "header")?)?.accepted(&About::default())?;
    session.wake(head.woken()?);
    let now = Timestamp::from_micros(head.parse()?);
    let next_start = head.parse_or_null()?.map(|time| Timestamp::from_micros(time).since(now));
    let mut found: HashMap<i32, ClaimedTask> = rows
        .iter()
        .map(|row| Ok((get(row, "place")?, claimed(row, requests)?)))
        .collect::<Result<_>>()?;
    let mut place = 0;
    let mut share = |request: &&RequestWork| {
        let tasks: Vec<_> = request
            .claim_ids
            .iter()
            .filter_map(|id| {
                place += 1;
                let mut task = found.remove(&place)?;
                task.claim.id = *id;
                Some(task)
            })
            .collect();
        let next_start = next_start.filter(|_| tasks.is_empty());
        Work { tasks, next_start }
    };
    Ok(requests.iter().map(&mut share).collect())
}

/// A task handed out, whose claim id is that of its place.
fn claimed(row: &PgRow, requests: &[&RequestWork]) -> Result<ClaimedTask> {
    let first = requests.iter().find_map(|request| request.claim_ids.first());
    Ok(ClaimedTask {
        claim: Claim {
            job_id: get(row, "job_id")?,
            task_id: get(row, "name")?,
            id: first.copied().unwrap_or_default(),
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
