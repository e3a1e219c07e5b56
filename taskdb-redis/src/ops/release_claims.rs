//! `release_claims`: puts tasks back with nothing held against them.

use taskdb_core::Result;
use taskdb_core::request::ReleaseClaims;

use super::about_claim;
use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &ReleaseClaims) -> Result<Vec<Result<bool>>> {
    let claims = &request.claims;
    let args = claims.iter().fold(store.args(), |args, claim| args.claim(claim));
    let mut reply = store.run(&scripts::release_claims, args, &About::default()).await?;
    super::each(claims, &mut reply, |claim, answer| answer.accepted(&about_claim(claim))?.flag())
}
