//! What the verbs share: the moves of the state machine, each written once.

pub(crate) mod claim;
pub(crate) mod close;
pub(crate) mod create;
pub(crate) mod events;
pub(crate) mod finish;
pub(crate) mod overdue;
pub(crate) mod payload;
pub(crate) mod release;
pub(crate) mod replay;
pub(crate) mod trash;

#[cfg(test)]
mod interrupted;
