//! `probe`: writes something, reads it back and removes it.

use taskdb_core::Result;

use crate::error::corrupt;
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>) -> Result<()> {
    let mut reply = shard.run(&scripts::probe, shard.args(), &About::default()).await?;
    let (written, read) = (reply.bytes()?, reply.bytes_or_nil()?);
    if read == Some(written) { Ok(()) } else { Err(corrupt("a probe was read back otherwise")) }
}
