//! `probe`: writes something, reads it back and removes it.

use taskdb_core::Result;

use crate::conn::Kind;
use crate::error::corrupt;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session) -> Result<()> {
    let (args, about) = (session.args(), About::default());
    if session.verb(Verb::probe, Kind::Repeatable, args, &about).await?.flag()? {
        return Ok(());
    }
    Err(corrupt("what a probe has written is not there"))
}
