//! `delete_stream`: removes a stream without unfinished tasks.

use taskdb_core::Result;
use taskdb_core::request::DeleteStream;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &DeleteStream) -> Result<()> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = Args::default().add(request.stream_id);
    session.verb(Verb::delete_stream, Kind::Repeatable, args, &about).await.map(drop)
}
