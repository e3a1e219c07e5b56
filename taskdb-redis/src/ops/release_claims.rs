//! `release_claims`: puts tasks back with nothing held against them.

use taskdb_core::{Claim, Result};

use super::about_claim;
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, claims: Vec<&Claim>) -> Result<Vec<Result<bool>>> {
    let args = claims.iter().fold(shard.args(), |args, claim| args.claim(claim));
    let mut reply = shard.run(&scripts::release_claims, args, &About::default()).await?;
    super::each(&claims, &mut reply, |claim, answer| answer.accepted(&about_claim(claim))?.flag())
}
