//! SQLite in memory: what the engine costs without a disk.

use std::path::Path;

use async_trait::async_trait;

use super::{Place, Space};
use crate::error::Result;

pub(super) struct Memory {
    url: String,
}

impl Memory {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned() }
    }
}

#[async_trait(?Send)]
impl Place for Memory {
    async fn fresh(&self) -> Result<Space> {
        let db = taskdb::connect(&self.url).await?;
        Ok(Space { db, url: None, path: None, keys: None, _rest: None })
    }

    fn folder(&self) -> Option<&Path> {
        None
    }
}
