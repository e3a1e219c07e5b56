//! `release_claims`: puts tasks back with nothing held against them.

use taskdb_core::Result;
use taskdb_core::request::ReleaseClaims;

use super::about_claim;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &ReleaseClaims) -> Result<Vec<Result<bool>>> {
    let args = session.args().claims(&request.claims);
    let verb = Verb::release_claims;
    let mut reply = session.verb(verb, Kind::Repeatable, args, &About::default()).await?;
    super::each(&request.claims, &mut reply, |claim, answer| {
        answer.accepted(&about_claim(claim))?.flag()
    })
}
