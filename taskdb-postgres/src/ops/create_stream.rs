//! `create_stream`: makes a stream, or finds the oldest one.

use taskdb_core::Result;
use taskdb_core::request::CreateStream;
use uuid::Uuid;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &CreateStream) -> Result<Uuid> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = Args::default()
        .add(request.stream_id)
        .add(&request.worker_type)
        .add(&request.user_id)
        .add(request.reserved)
        .add(request.be_mult)
        .add(request.or_existing);
    session.verb(Verb::create_stream, Kind::Repeatable, args, &about).await?.parse()
}
