//! `heartbeat_worker`: notes that a worker lives.

use taskdb_core::Timestamp;
use taskdb_core::request::HeartbeatWorker;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &HeartbeatWorker) -> Outcome<()> {
    unit.exec(sql::workers::expire, (unit.ns, unit.now))?;
    if request.ttl.is_zero() {
        return unit.exec(sql::workers::delete, (unit.ns, &request.worker_id)).map(drop);
    }
    let end = Timestamp::from_micros(unit.now).after(request.ttl).as_micros();
    let params = (unit.ns, &request.worker_id, request.about.as_str(), unit.now, end);
    unit.exec(sql::workers::save, params).map(drop)
}
