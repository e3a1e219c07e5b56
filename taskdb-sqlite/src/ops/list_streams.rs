//! `list_streams`: streams by age, with their counts.

use taskdb_core::StreamInfo;
use taskdb_core::request::ListStreams;

use crate::error::Outcome;
use crate::row::Stream;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListStreams) -> Outcome<Vec<StreamInfo>> {
    let after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let found = match (&request.stream_id, &request.user_id, &request.worker_type) {
        (Some(id), ..) => {
            let found = unit.one(sql::streams::find, (unit.ns, id.as_bytes()), Stream::read)?;
            found.into_iter().filter(|stream| !stream.deleted).collect()
        }
        (None, Some(user), Some(worker_type)) if request.limit == 1 && after < 0 => {
            let owner = (unit.ns, user, worker_type);
            unit.one(sql::streams::oldest, owner, Stream::read)?.into_iter().collect()
        }
        (None, user, worker_type) => {
            let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
            let params = (unit.ns, after, limit, user, worker_type);
            unit.all(sql::streams::list, params, Stream::read)?
        }
    };
    Ok(found.into_iter().map(Stream::info).collect())
}
