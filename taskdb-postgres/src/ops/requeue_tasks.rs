//! `requeue_tasks`: takes expired claims away and cuts the event log, in steps.

use taskdb_core::Result;
use taskdb_core::request::RequeueTasks;

use super::STEP;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &RequeueTasks) -> Result<u64> {
    let mut taken = 0;
    let (trash, log) = loop {
        let step = i32::try_from(STEP.min(request.limit - taken)).unwrap_or(i32::MAX);
        let args = session.args().add(step);
        let verb = Verb::requeue_tasks;
        let mut reply = session.verb(verb, Kind::Once, args, &About::default()).await?;
        taken += reply.parse::<u64>()?;
        let more = reply.flag()?;
        if !more || taken == request.limit {
            break (reply.flag()?, reply.flag()?);
        }
    };
    if trash {
        session.empty_trash().await?;
    }
    if log {
        session.cut_events().await?;
    }
    Ok(taken)
}
