//! What an operator asks of a namespace as a whole, and does to it: a file a command.

mod audit;
mod bench;
mod events;
mod exporter;
mod gate;
mod health;
mod purge;
mod stats;
mod top;

pub(crate) use audit::{AuditArgs, run as audit};
pub(crate) use bench::{BenchArgs, run as bench};
pub(crate) use events::{EventsArgs, run as events};
pub(crate) use exporter::{ExporterArgs, run as exporter};
pub(crate) use gate::{GateArgs, run as gate};
pub(crate) use health::{HealthArgs, run as health};
pub(crate) use purge::{PurgeArgs, run as purge};
pub(crate) use stats::{StatsArgs, run as stats};
pub(crate) use top::{TopArgs, run as top};
