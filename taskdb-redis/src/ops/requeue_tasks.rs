//! `requeue_tasks`: takes expired claims away, in steps.

use taskdb_core::Result;
use taskdb_core::request::RequeueTasks;

use super::STEP;
use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &RequeueTasks) -> Result<u64> {
    let mut taken = 0;
    loop {
        let step = STEP.min(request.limit - taken);
        let args = store.args().value(step);
        let script = &scripts::requeue_tasks;
        let mut reply = store.run_as(Kind::Once, script, args, &About::default()).await?;
        taken += reply.parse::<u64>()?;
        let seen: u64 = reply.parse()?;
        if seen < step || taken == request.limit {
            return Ok(taken);
        }
    }
}
