//! `create_stream`: makes a stream, or finds the oldest one.

use taskdb_core::TaskDbErr;
use taskdb_core::error::Entity;
use taskdb_core::request::CreateStream;
use uuid::Uuid;

use crate::error::Outcome;
use crate::row::Stream;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &CreateStream) -> Outcome<Uuid> {
    if request.or_existing {
        let owner = (unit.ns, &request.user_id, &request.worker_type);
        if let Some(oldest) = unit.one(sql::streams::oldest, owner, Stream::read)? {
            return Ok(oldest.id);
        }
    }
    if let Some(stream) = unit.find_stream(&request.stream_id)? {
        return if same(&stream, request) {
            Ok(stream.id)
        } else {
            let (entity, difference) = (Entity::Stream(stream.id), "other settings");
            Err(TaskDbErr::AlreadyExists { entity, difference }.into())
        };
    }
    let id = request.stream_id.as_bytes();
    if unit.one(sql::streams::find, (unit.ns, id), |_| Ok(()))?.is_some() {
        let (entity, difference) = (Entity::Stream(request.stream_id), "a deleted stream's id");
        return Err(TaskDbErr::AlreadyExists { entity, difference }.into());
    }
    let stream: i64 =
        unit.one(sql::namespaces::next_stream, [unit.ns], |row| row.get(0))?.unwrap_or(0);
    let params = (
        unit.ns,
        stream,
        request.stream_id.as_bytes(),
        &request.worker_type,
        &request.user_id,
        request.reserved,
        request.be_mult,
        false,
        false,
    );
    unit.exec(sql::streams::insert, params)?;
    unit.forget_stream(&request.stream_id);
    Ok(request.stream_id)
}

fn same(stream: &Stream, request: &CreateStream) -> bool {
    stream.worker_type == request.worker_type
        && stream.user_id == request.user_id
        && stream.reserved == request.reserved
        && stream.be_mult.to_bits() == request.be_mult.to_bits()
}
