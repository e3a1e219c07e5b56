//! `update_stream`: changes reservation, weight or pause.

use taskdb_core::Result;
use taskdb_core::request::UpdateStream;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &UpdateStream) -> Result<()> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = Args::default()
        .add(request.stream_id)
        .add(request.reserved)
        .add(request.be_mult)
        .add(request.paused);
    session.verb(Verb::update_stream, Kind::Repeatable, args, &about).await.map(drop)
}
