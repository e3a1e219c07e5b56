//! `release_worker`: puts back what a worker holds, in steps.

use taskdb_core::Result;
use taskdb_core::request::ReleaseWorker;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::Shard;

/// About how many claims one step looks at, whoever holds them.
const CLAIMS: usize = 500;

pub(crate) async fn run(shard: Shard<'_>, request: &ReleaseWorker) -> Result<u64> {
    let (mut released, mut byte) = (0, 0u16);
    loop {
        let args = shard.args().bytes(request.worker_id.as_str()).value(byte).value(CLAIMS);
        let script = &scripts::release_worker;
        let mut reply = shard.run_as(Kind::Once, script, args, &About::default()).await?;
        released += reply.parse::<u64>()?;
        match reply.parse_or_empty()? {
            Some(next) => byte = next,
            None => return Ok(released),
        }
    }
}
