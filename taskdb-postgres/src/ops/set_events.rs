//! `set_events`: says what the event log takes and for how long it keeps it.

use taskdb_core::Result;
use taskdb_core::request::SetEvents;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &SetEvents) -> Result<()> {
    let policy = &request.policy;
    let args = Args::default()
        .add(i16::from(policy.level.code()))
        .duration(policy.max_age)
        .add(i64::try_from(policy.max_count).unwrap_or(i64::MAX));
    session.verb(Verb::set_events, Kind::Repeatable, args, &About::default()).await.map(drop)
}
