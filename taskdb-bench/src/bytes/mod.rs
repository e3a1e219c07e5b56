//! How much a store takes for what it holds, one file a backend.

pub(crate) mod postgres;
mod redis;
mod sqlite;

use async_trait::async_trait;

use crate::error::Result;
use crate::place::{Place, Space};

/// A measurement of everything a store keeps, indexes and all.
#[async_trait(?Send)]
pub(crate) trait StoreBytes {
    /// Bytes in use, while nobody else calls the store; nothing where the store
    /// cannot be measured from outside.
    async fn bytes(&self, place: &dyn Place, space: &Space) -> Result<Option<u64>>;

    /// Does what the store does by itself in time, but not while a run goes through in minutes
    /// what takes days otherwise; most leave nothing for later.
    async fn tidy(&self, _place: &dyn Place, _space: &Space) -> Result<()> {
        Ok(())
    }
}

/// How to measure a backend by the name it gives of itself.
pub(crate) fn of(backend: &str) -> Option<Box<dyn StoreBytes>> {
    match backend {
        "sqlite" => Some(Box::new(sqlite::Pages)),
        "postgres" => Some(Box::new(postgres::Relations)),
        "redis" => Some(Box::new(redis::Memory)),
        _ => None,
    }
}
