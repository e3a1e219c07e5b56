//! `retry_job`: puts a stopped job back to work.

use taskdb_core::Result;
use taskdb_core::request::RetryJob;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &RetryJob) -> Result<()> {
    let about = About { job_id: request.job_id, ..About::default() };
    let args = session.args().add(request.job_id);
    session.verb(Verb::retry_job, Kind::Once, args, &about).await.map(drop)
}
