//! `release_worker`: puts back what a worker holds, in steps.

use taskdb_core::Result;
use taskdb_core::request::ReleaseWorker;

use super::STEP;
use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &ReleaseWorker) -> Result<u64> {
    let mut released = 0;
    loop {
        let args = store.args().bytes(request.worker_id.as_str()).value(STEP);
        let script = &scripts::release_worker;
        let mut reply = store.run_as(Kind::Once, script, args, &About::default()).await?;
        released += reply.parse::<u64>()?;
        if !reply.flag()? {
            return Ok(released);
        }
    }
}
