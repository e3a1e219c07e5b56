//! `renew_claims`: keeps claims alive.

use std::time::Duration;

use taskdb_core::{Claim, Renewal, Result, Timestamp};

use super::about_claim;
use crate::args::micros;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(
    shard: Shard<'_>,
    claims: Vec<&Claim>,
    lease: Option<Duration>,
) -> Result<Vec<Result<Renewal>>> {
    let args = shard.args().maybe(lease.map(micros));
    let args = claims.iter().fold(args, |args, claim| args.claim(claim));
    let mut reply = shard.run(&scripts::renew_claims, args, &About::default()).await?;
    super::each(&claims, &mut reply, |claim, answer| read(answer.accepted(&about_claim(claim))?))
}

fn read(mut answer: Reply) -> Result<Renewal> {
    let deadline = Timestamp::from_micros(answer.parse()?);
    Ok(Renewal { deadline, job: answer.job_state()? })
}
