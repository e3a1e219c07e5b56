//! `update_stream`: changes reservation, weight or pause.

use taskdb_core::TaskDbErr;
use taskdb_core::request::UpdateStream;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &UpdateStream) -> Outcome<()> {
    let id = &request.stream_id;
    let stream = unit.find_stream(id)?.ok_or_else(|| TaskDbErr::no_stream(id))?;
    let params = (unit.ns, stream.stream, request.reserved, request.be_mult, request.paused);
    unit.exec(sql::streams::update, params)?;
    unit.forget_stream(id);
    if request.paused == Some(false) {
        unit.wake(stream.stream);
    }
    Ok(())
}
