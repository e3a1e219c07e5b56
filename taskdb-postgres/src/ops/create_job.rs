//! `create_job`: makes a job and its task `init`.

use taskdb_core::Result;
use taskdb_core::request::CreateJob;
use uuid::Uuid;

use crate::args::{Args, labels, micros, rules, start};
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &CreateJob) -> Result<Uuid> {
    let args = columns(session.args(), Some(request));
    session.verb(Verb::create_job, Kind::Repeatable, args, &about(request)).await?.parse()
}

/// What the creation of such a job is about.
pub(super) fn about(request: &CreateJob) -> About<'_> {
    About {
        job_id: request.job_id,
        stream_id: request.stream_id,
        key: request.key.as_ref().map_or("", |key| &key.key),
        ..About::default()
    }
}

/// Adds the fourteen values of a job to create, nulls for none.
pub(super) fn columns(args: Args, request: Option<&CreateJob>) -> Args {
    let key = request.and_then(|job| job.key.as_ref());
    let (at, delay) = request.map_or((None, None), |job| start(job.start));
    args.add(request.map(|job| job.job_id))
        .add(request.map(|job| job.user_id.as_str()))
        .add(request.map(|job| i16::from(job.priority.code())))
        .add(key.map(|key| key.key.as_str()))
        .add(key.and_then(|key| key.lifetime).map(micros))
        .add(request.map(|job| job.stream_id))
        .add(request.map(|job| job.definition.as_str()))
        .add(request.map(|job| job.max_retries))
        .add(request.map(|job| job.timeout_secs))
        .add(at)
        .add(delay)
        .add(request.and_then(|job| rules(&job.rules, job.expires_in)))
        .add(request.and_then(|job| job.name.as_deref()))
        .add(request.and_then(|job| labels(&job.labels)))
}
