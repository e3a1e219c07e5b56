//! How arguments cross to the runtime's threads: borrowed ones are copied, owned ones
//! moved. For the table of calls only.

use std::borrow::Borrow;
use std::time::Duration;

use serde_json::Value;
use taskdb_core::record::{Cursor, Record};
use taskdb_core::store::Gate;
use taskdb_core::{
    EventFilter, EventPolicy, EventsFrom, JobFilter, NewJob, NewTask, Priority, TaskState,
};
use uuid::Uuid;

/// An argument of a call.
pub(super) trait Argument {
    /// The same without a borrow.
    type Kept: Send + 'static;

    fn keep(self) -> Self::Kept;
}

/// What a borrowed argument is kept as.
pub(super) struct Copied<T: ?Sized + ToOwned>(T::Owned);

/// What an owned argument is kept as.
pub(super) struct Moved<T>(T);

// Both give the argument back by a method of one name, so the table need not tell them apart.
impl<T: ?Sized + ToOwned> Copied<T> {
    pub(super) fn give(&self) -> &T {
        self.0.borrow()
    }
}

impl<T> Moved<T> {
    pub(super) fn give(self) -> T {
        self.0
    }
}

impl<T> Argument for &T
where
    T: ?Sized + ToOwned + 'static,
    T::Owned: Send,
{
    type Kept = Copied<T>;

    fn keep(self) -> Copied<T> {
        Copied(self.to_owned())
    }
}

/// What an optional borrowed text is kept as.
pub(super) struct MaybeCopied(Option<String>);

impl MaybeCopied {
    pub(super) fn give(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl Argument for Option<&str> {
    type Kept = MaybeCopied;

    fn keep(self) -> MaybeCopied {
        MaybeCopied(self.map(str::to_owned))
    }
}

macro_rules! moved {
    ($($owned:ty),* $(,)?) => {
        $(impl Argument for $owned {
            type Kept = Moved<Self>;

            fn keep(self) -> Moved<Self> {
                Moved(self)
            }
        })*
    };
}

moved!(
    i32,
    i64,
    u64,
    usize,
    f32,
    bool,
    Option<u64>,
    Option<Uuid>,
    Duration,
    Option<Duration>,
    Uuid,
    Value,
    Priority,
    EventsFrom,
    EventFilter,
    EventPolicy,
    JobFilter,
    NewJob,
    NewTask,
    Option<TaskState>,
    Gate,
    Option<Cursor>,
    Vec<Record>,
);
