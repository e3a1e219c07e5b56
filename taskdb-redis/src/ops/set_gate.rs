//! `set_gate`: opens or closes the namespace.

use taskdb_core::Result;
use taskdb_core::request::SetGate;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &SetGate) -> Result<()> {
    let args = shard.args().value(request.gate.code()).maybe(request.mark.as_ref());
    shard.run(&scripts::set_gate, args, &About::default()).await.map(drop)
}
