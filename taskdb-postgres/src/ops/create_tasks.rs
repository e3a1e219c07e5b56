//! `create_tasks`: adds tasks to a job.

use taskdb_core::Result;
use taskdb_core::request::CreateTasks;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;
use crate::within::Way;

pub(crate) async fn run(session: &Session, request: &CreateTasks) -> Result<()> {
    let about = About {
        job_id: request.job_id,
        entries: &request.tasks,
        max_tasks: session.limits.tasks_per_job,
        ..About::default()
    };
    let specs: Vec<_> = request.tasks.iter().collect();
    // In a transaction of the caller, claims of others would wait for its end.
    let may_fold = matches!(session.conn, Way::Pool(_));
    let args =
        session.args().add(request.job_id).add(session.max_tasks()).add(may_fold).specs(&specs);
    session.verb(Verb::create_tasks, Kind::Repeatable, args, &about).await.map(drop)
}
