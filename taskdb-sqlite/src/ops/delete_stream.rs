//! `delete_stream`: removes a stream none of whose tasks can still change.

use taskdb_core::TaskDbErr;
use taskdb_core::error::Entity;
use taskdb_core::request::DeleteStream;

use crate::error::Outcome;
use crate::row::Stream;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &DeleteStream) -> Outcome<()> {
    let id = &request.stream_id;
    unit.flush_streams()?;
    let found = unit.one(sql::streams::find, (unit.ns, id.as_bytes()), Stream::read)?;
    let Some(stream) = found.filter(|stream| !stream.deleted) else { return Ok(()) };
    let number = stream.stream;
    if stream.info(None).has_unfinished() {
        let reason = "has unfinished tasks: wait for them, or cancel their jobs".to_owned();
        return Err(TaskDbErr::InvalidState { entity: Entity::Stream(*id), reason }.into());
    }
    unit.exec(sql::streams::delete, (unit.ns, number))?;
    unit.forget_stream(id);
    Ok(())
}
