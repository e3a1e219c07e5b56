//! `delete_schedule`: removes a schedule.

use taskdb_core::Result;
use taskdb_core::request::DeleteSchedule;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &DeleteSchedule) -> Result<()> {
    let args = Args::default().add(&request.name);
    session.verb(Verb::delete_schedule, Kind::Repeatable, args, &About::default()).await.map(drop)
}
