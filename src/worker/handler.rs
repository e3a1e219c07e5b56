//! Handlers with types of their own, and how they become services of one type.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::Service;

use super::error::BoxError;
use super::{Context, Error, Request, Result};

/// Does the work of a task: `I` is read from its definition, `O` becomes its output, and
/// `S` is the state of the worker.
///
/// Every function `Fn(I, Context<S>) -> impl Future<Output = Result<O, E>>` is one. A type
/// of one's own is of use where a handler has parts:
///
/// ```
/// use taskdb::worker::{Context, Handler, Result};
///
/// struct Greeter { greeting: String }
///
/// impl Handler<String, String> for Greeter {
///     async fn handle(&self, name: String, _: Context) -> Result<String> {
///         Ok(format!("{}, {name}", self.greeting))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let db = taskdb::connect("memory:").await?;
/// let desk = db.create_stream("desk", 1, 1.0, "alice").await?;
/// let job = db.create_job(&desk, &"Bob".into(), 0, 60, "alice").await?;
/// let worker = taskdb::Worker::new(db.clone()).on("desk", Greeter { greeting: "Hello".into() });
/// worker.run_inline(&job, None).await?;
/// assert_eq!(db.get_task_output::<String>(&job, "init").await?, "Hello, Bob");
/// # Ok::<(), taskdb::TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Handler<I, O, S = ()>: Send + Sync + 'static {
    /// Does the work of one attempt. The future is dropped when the claim is lost, the
    /// timeout has passed or the worker stops for good.
    fn handle(&self, input: I, context: Context<S>) -> impl Future<Output = Result<O>> + Send;
}

impl<F, Fut, I, O, E, S> Handler<I, O, S> for F
where
    F: Fn(I, Context<S>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = std::result::Result<O, E>> + Send,
    E: Into<Error>,
    I: Send,
    S: Send + Sync,
{
    async fn handle(&self, input: I, context: Context<S>) -> Result<O> {
        self(input, context).await.map_err(Into::into)
    }
}

/// A handler without its types.
pub(crate) struct Typed<H, I, O, S> {
    handler: Arc<H>,
    state: Arc<S>,
    types: PhantomData<fn(I) -> O>,
}

impl<H, I, O, S> Typed<H, I, O, S> {
    pub(crate) fn new(handler: H, state: Arc<S>) -> Self {
        Self { handler: Arc::new(handler), state, types: PhantomData }
    }
}

impl<H, I, O, S> Clone for Typed<H, I, O, S> {
    fn clone(&self) -> Self {
        let (handler, state) = (Arc::clone(&self.handler), Arc::clone(&self.state));
        Self { handler, state, types: PhantomData }
    }
}

impl<H, I, O, S> Service<Request> for Typed<H, I, O, S>
where
    H: Handler<I, O, S>,
    I: DeserializeOwned + Send + 'static,
    O: Serialize + Send + 'static,
    S: Send + Sync + 'static,
{
    type Response = Value;
    type Error = BoxError;
    type Future = BoxFuture<'static, std::result::Result<Value, BoxError>>;

    fn poll_ready(&mut self, _: &mut Polling<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { handler, state, .. } = self.clone();
        Box::pin(async move {
            // A layer may call twice for one attempt; what the first call asked for is void.
            request.hold().children().clear();
            let input = I::deserialize(&request.task().task_def)
                .map_err(|why| Error::fail(format!("the definition does not fit: {why}")))?;
            let output = handler.handle(input, Context::new(request, state)).await?;
            let output = serde_json::to_value(output)
                .map_err(|why| Error::fail(format!("the output is not JSON: {why}")))?;
            Ok(output)
        })
    }
}
