//! `set_gate`: opens or closes the namespace.

use taskdb_core::request::SetGate;
use taskdb_core::store::Gate;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &SetGate) -> Outcome<()> {
    unit.exec(sql::namespaces::set_gate, (unit.ns, request.gate.code(), &request.mark))?;
    unit.gate_changed();
    if request.gate == Gate::Open {
        unit.wake_all();
    }
    Ok(())
}
