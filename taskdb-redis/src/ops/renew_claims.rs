//! `renew_claims`: keeps claims alive.

use taskdb_core::request::RenewClaims;
use taskdb_core::{Renewal, Result, Timestamp};

use super::about_claim;
use crate::args::micros;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &RenewClaims) -> Result<Vec<Result<Renewal>>> {
    let args = store.args().maybe(request.lease.map(micros));
    let args = request.claims.iter().fold(args, |args, claim| args.claim(claim));
    let mut reply = store.run(&scripts::renew_claims, args, &About::default()).await?;
    super::each(&request.claims, &mut reply, |claim, answer| {
        read(answer.accepted(&about_claim(claim))?)
    })
}

fn read(mut answer: Reply) -> Result<Renewal> {
    let deadline = Timestamp::from_micros(answer.parse()?);
    Ok(Renewal { deadline, job: answer.job_state()? })
}
