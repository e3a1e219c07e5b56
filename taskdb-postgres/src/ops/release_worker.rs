//! `release_worker`: puts back what a worker holds, in steps.

use taskdb_core::Result;
use taskdb_core::request::ReleaseWorker;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &ReleaseWorker) -> Result<u64> {
    let mut released = 0;
    loop {
        let step = i32::try_from(super::STEP).unwrap_or(i32::MAX);
        let args = session.args().add(&request.worker_id).add(step);
        let verb = Verb::release_worker;
        let mut reply = session.verb(verb, Kind::Once, args, &About::default()).await?;
        released += reply.parse::<u64>()?;
        if !reply.flag()? {
            return Ok(released);
        }
    }
}
