//! `delete_job`: deletes a job in any state.

use taskdb_core::Result;
use taskdb_core::request::DeleteJob;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &DeleteJob) -> Result<()> {
    let args = session.args().add(request.job_id).duration(request.keep_output);
    session.verb(Verb::delete_job, Kind::Repeatable, args, &About::default()).await?;
    session.empty_trash().await
}
