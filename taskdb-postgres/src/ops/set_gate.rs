//! `set_gate`: opens or closes the namespace.

use taskdb_core::Result;
use taskdb_core::request::SetGate;

use crate::args::Args;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &SetGate) -> Result<()> {
    let args = Args::default().add(i16::from(request.gate.code()));
    session.verb(Verb::set_gate, Kind::Repeatable, args, &About::default()).await.map(drop)
}
