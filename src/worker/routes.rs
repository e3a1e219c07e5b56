//! Which handler does a task: by its worker type, and within that by its kind.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use taskdb_core::ReadyTask;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service};

use super::error::BoxError;
use super::{Error, Request, Result};

/// A handler as layers see it: any task in, its output out.
pub type HandlerService = BoxCloneSyncService<Request, Value, BoxError>;

/// Tells the kind of a task.
pub(crate) type KindOf = Arc<dyn Fn(&ReadyTask) -> Option<String> + Send + Sync>;

/// The handlers of one worker type.
#[derive(Clone, Default)]
struct Lane {
    any: Option<HandlerService>,
    kinds: HashMap<String, HandlerService>,
}

/// All handlers, by worker type.
#[derive(Clone)]
pub(crate) struct Routes {
    lanes: HashMap<String, Lane>,
    kind_of: KindOf,
}

impl Default for Routes {
    fn default() -> Self {
        let kind_of = |task: &ReadyTask| task.task_def.get("kind")?.as_str().map(str::to_owned);
        Self { lanes: HashMap::new(), kind_of: Arc::new(kind_of) }
    }
}

impl Routes {
    pub(crate) fn kind_by(&mut self, kind_of: KindOf) {
        self.kind_of = kind_of;
    }

    pub(crate) fn insert(&mut self, worker_type: String, kind: Option<String>, to: HandlerService) {
        let lane = self.lanes.entry(worker_type).or_default();
        match kind {
            Some(kind) => drop(lane.kinds.insert(kind, to)),
            None => lane.any = Some(to),
        }
    }

    /// Puts a layer around every handler there is.
    pub(crate) fn wrap<L>(&mut self, layer: &L)
    where
        L: Layer<HandlerService>,
        L::Service: Service<Request, Response = Value> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        for lane in self.lanes.values_mut() {
            for service in lane.kinds.values_mut().chain(&mut lane.any) {
                let inner = service.clone();
                let mapped = tower::ServiceExt::map_err(layer.layer(inner), Into::into);
                *service = BoxCloneSyncService::new(mapped);
            }
        }
    }

    /// The worker types served, in the order of their names.
    pub(crate) fn worker_types(&self) -> Vec<String> {
        let mut types: Vec<_> = self.lanes.keys().cloned().collect();
        types.sort_unstable();
        types
    }

    /// The handler of a task: that of its kind, else that of all kinds.
    pub(crate) fn find(&self, worker_type: &str, task: &ReadyTask) -> Result<HandlerService> {
        let lane = self.lanes.get(worker_type);
        let kind = (self.kind_of)(task);
        let service = lane.and_then(|lane| {
            let own = kind.as_ref().and_then(|kind| lane.kinds.get(kind));
            own.or(lane.any.as_ref()).cloned()
        });
        service.ok_or_else(|| {
            let kind = kind.map_or("no kind".into(), |kind| format!("kind `{kind}`"));
            // Retried, because a newer worker may have the handler.
            Error::retry(format!(
                "no handler for a task of {kind} and worker type `{worker_type}`: add one with on_kind or on"
            ))
        })
    }
}
