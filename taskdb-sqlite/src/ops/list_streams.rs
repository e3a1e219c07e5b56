//! `list_streams`: streams by age, with their counts.

use taskdb_core::request::ListStreams;
use taskdb_core::{StreamInfo, Timestamp};

use crate::error::Outcome;
use crate::row::Stream;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListStreams) -> Outcome<Vec<StreamInfo>> {
    let after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let found = match (&request.stream_id, &request.user_id, &request.worker_type) {
        (Some(id), ..) => {
            let found: Option<Stream> =
                unit.one(sql::streams::find, (unit.ns, id.as_bytes()), Stream::read)?;
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
    found.into_iter().map(|stream| with_head(unit, stream)).collect()
}

fn with_head(unit: &mut Unit<'_>, stream: Stream) -> Outcome<StreamInfo> {
    let mut ready_since = None;
    for (class, ready) in (0_u8..).zip(stream.ready) {
        if ready > 0 {
            let place = (unit.ns, stream.stream, class);
            let since: Option<i64> =
                unit.one(sql::streams::ready_since, place, |row| row.get(0))?;
            ready_since = ready_since.into_iter().chain(since.map(Timestamp::from_micros)).min();
        }
    }
    Ok(stream.info(ready_since))
}
