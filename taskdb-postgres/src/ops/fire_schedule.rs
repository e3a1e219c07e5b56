//! `fire_schedule`: moves a schedule from one tick to the next and makes its job.

use taskdb_core::request::FireSchedule;
use taskdb_core::{Result, Timestamp};

use super::create_job;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

/// Not sent again by itself: a tick that the first sending has fired reads as fired by others.
pub(crate) async fn run(session: &Session, request: &FireSchedule) -> Result<bool> {
    let job = request.job.as_ref();
    let args = session
        .args()
        .add(&request.name)
        .add(i64::try_from(request.revision).unwrap_or(i64::MAX))
        .add(request.tick.as_micros())
        .add(request.next_at.map(Timestamp::as_micros));
    let about = job.map_or_else(About::default, create_job::about);
    let args = create_job::columns(args, job);
    session.verb(Verb::fire_schedule, Kind::Once, args, &about).await?.flag()
}
