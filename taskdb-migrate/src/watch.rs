//! Who is told how a migration goes.

use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage begins.
    Stage {
        /// What is being done.
        name: &'static str,
        /// Tasks it will see, where that is known.
        tasks: Option<u64>,
    },
    /// The present stage has seen so many tasks more.
    Tasks(u64),
    /// Something that the operator should know.
    Note(&'a str),
    /// The source was closed and the target was not open yet for so long.
    Pause(Duration),
}

/// Is told how a migration goes.
pub trait Watch: Send + Sync {
    /// Takes an event; called often, so it should be quick.
    fn tell(&self, event: Event<'_>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn tell(&self, _: Event<'_>) {}
}
