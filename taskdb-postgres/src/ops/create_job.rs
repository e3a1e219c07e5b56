//! `create_job`: makes a job and its task `init`.

use taskdb_core::Result;
use taskdb_core::request::CreateJob;
use uuid::Uuid;

use crate::args::{micros, start};
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &CreateJob) -> Result<Uuid> {
    let key = request.key.as_ref();
    let about = About {
        job_id: request.job_id,
        stream_id: request.stream_id,
        key: key.map_or("", |key| &key.key),
        ..About::default()
    };
    let (at, delay) = start(request.start);
    let args = session
        .args()
        .add(request.job_id)
        .add(&request.user_id)
        .add(i16::from(request.priority.code()))
        .add(key.map(|key| key.key.as_str()))
        .add(key.and_then(|key| key.lifetime).map(micros))
        .add(request.stream_id)
        .add(request.definition.as_str())
        .add(request.max_retries)
        .add(request.timeout_secs)
        .add(at)
        .add(delay);
    session.verb(Verb::create_job, Kind::Repeatable, args, &about).await?.parse()
}
