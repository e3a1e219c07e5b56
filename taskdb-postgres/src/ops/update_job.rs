//! `update_job`: changes the class of a job, or whether retention passes it by.

use taskdb_core::Result;
use taskdb_core::request::UpdateJob;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &UpdateJob) -> Result<()> {
    let about = About { job_id: request.job_id, ..About::default() };
    let class = request.priority.map(|class| i16::from(class.code()));
    let args = Args::default().add(request.job_id).add(class).add(request.keep);
    session.verb(Verb::update_job, Kind::Repeatable, args, &about).await.map(drop)
}
