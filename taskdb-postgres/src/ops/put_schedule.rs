//! `put_schedule`: writes a schedule under its name.

use taskdb_core::request::PutSchedule;
use taskdb_core::{Result, Timestamp};

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &PutSchedule) -> Result<()> {
    let args = Args::default()
        .add(&request.name)
        .add(request.body.as_str())
        .add(request.next_at.map(Timestamp::as_micros));
    session.verb(Verb::put_schedule, Kind::Repeatable, args, &About::default()).await.map(drop)
}
