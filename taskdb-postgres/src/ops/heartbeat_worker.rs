//! `heartbeat_worker`: notes that a worker lives, or takes it off the list.

use taskdb_core::Result;
use taskdb_core::request::HeartbeatWorker;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &HeartbeatWorker) -> Result<()> {
    let args =
        session.args().add(&request.worker_id).add(request.about.as_str()).duration(request.ttl);
    let verb = Verb::heartbeat_worker;
    session.verb(verb, Kind::Repeatable, args, &About::default()).await.map(drop)
}
