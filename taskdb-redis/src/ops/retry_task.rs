//! `retry_task`: puts one task of a stopped job back to work, in steps.

use taskdb_core::Result;
use taskdb_core::request::RetryTask;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &RetryTask) -> Result<()> {
    let (job_id, task_id) = (request.job_id, request.task_id.as_str());
    let about = About { job_id, task_id, ..About::default() };
    let (mut pass, mut age) = (String::new(), String::from("0"));
    loop {
        let args = shard.args().value(job_id).bytes(task_id).bytes(pass).bytes(age);
        let mut reply = shard.run_as(Kind::Once, &scripts::retry_task, args, &about).await?;
        (pass, age) = (reply.text()?, reply.text()?);
        match pass.as_str() {
            "" => return Ok(()),
            // Releases were to be completed first; now it begins.
            "wait" => pass.clear(),
            _ => {}
        }
    }
}
