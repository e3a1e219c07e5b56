//! `set_gate`: opens or closes the namespace.

use taskdb_core::Result;
use taskdb_core::request::SetGate;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &SetGate) -> Result<()> {
    // A text of Postgres cannot hold every mark.
    let mark = request.mark.as_ref().map(|mark| mark.as_bytes());
    let args = Args::default().add(i16::from(request.gate.code())).add(mark);
    session.verb(Verb::set_gate, Kind::Repeatable, args, &About::default()).await.map(drop)
}
