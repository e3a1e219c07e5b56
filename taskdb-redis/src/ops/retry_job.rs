//! `retry_job`: puts a stopped job back to work, in steps.

use taskdb_core::Result;
use taskdb_core::request::RetryJob;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &RetryJob) -> Result<()> {
    let about = About { job_id: request.job_id, ..About::default() };
    let (mut pass, mut age) = (String::new(), String::from("0"));
    loop {
        let args = shard.args().value(request.job_id).bytes(pass).bytes(age);
        let mut reply = shard.run_as(Kind::Once, &scripts::retry_job, args, &about).await?;
        (pass, age) = (reply.text()?, reply.text()?);
        match pass.as_str() {
            "" => return Ok(()),
            // Releases were to be completed first; now it begins.
            "wait" => pass.clear(),
            _ => {}
        }
    }
}
