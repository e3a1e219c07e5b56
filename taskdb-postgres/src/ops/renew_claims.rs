//! `renew_claims`: keeps claims alive.

use taskdb_core::request::RenewClaims;
use taskdb_core::{Renewal, Result, Timestamp};

use super::about_claim;
use crate::args::lease;
use crate::conn::Kind;
use crate::reply::{About, Reply};
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &RenewClaims) -> Result<Vec<Result<Renewal>>> {
    let args = session.args().add(lease(request.lease)).claims(&request.claims);
    let verb = Verb::renew_claims;
    let mut reply = session.verb(verb, Kind::Repeatable, args, &About::default()).await?;
    super::each(&request.claims, &mut reply, |claim, answer| {
        read(answer.accepted(&about_claim(claim))?)
    })
}

fn read(mut answer: Reply) -> Result<Renewal> {
    let deadline = Timestamp::from_micros(answer.parse()?);
    Ok(Renewal { deadline, job: answer.job_state()? })
}
