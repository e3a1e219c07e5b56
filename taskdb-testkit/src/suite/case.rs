//! A case and the world it runs in.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use taskdb_core::{ManualClock, Result, TaskDb};

use super::Backend;

/// One rule of the contract, asked of one namespace.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its full name: `verb::rule`.
    pub name: &'static str,
    /// The verb or topic it belongs to; the name of its file.
    pub verb: &'static str,
    /// Whether it asks for an order over the whole namespace, see
    /// [`Backend::exact_order`].
    pub ordered: bool,
    /// Runs it; a failure is a panic.
    pub run: fn(World) -> BoxFuture<'static, ()>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// What a case has to work with: a namespace of its own.
#[derive(Clone)]
pub struct World {
    /// A handle.
    pub db: TaskDb,
    /// A second handle on the same namespace.
    pub other: TaskDb,
    /// The clock of the namespace; stands still unless the case moves it.
    pub clock: ManualClock,
    backend: Arc<dyn Backend>,
    namespace: String,
}

impl World {
    /// Opens `namespace` of `backend`.
    ///
    /// # Errors
    ///
    /// Those of the backend.
    pub async fn open(backend: Arc<dyn Backend>, namespace: String) -> Result<Self> {
        let opened = backend.open(&namespace).await?;
        Ok(Self { db: opened.db, other: opened.other, clock: opened.clock, backend, namespace })
    }

    /// Another namespace of the same store, empty the first time.
    ///
    /// # Panics
    ///
    /// When the backend cannot open it.
    pub async fn neighbour(&self) -> Self {
        let namespace = format!("{}-b", self.namespace);
        Self::open(Arc::clone(&self.backend), namespace).await.expect("a second namespace opens")
    }

    /// See [`Backend::plain_payloads`].
    pub(crate) fn plain_payloads(&self) -> bool {
        self.backend.plain_payloads()
    }

    /// What the auditor has to say.
    ///
    /// # Panics
    ///
    /// When an invariant is broken.
    pub async fn assert_sound(&self) {
        let violations = self.db.audit().await.expect("the audit runs");
        let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "the audit found: {}", lines.join("; "));
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

/// Declares the cases of a file: `cases!(verb: rule, another_rule)`. A function
/// left out is reported by the compiler as never used. Those that ask for an order over
/// the whole namespace come last: `cases!(verb: rule; ordered: another_rule)`.
macro_rules! cases {
    ($verb:ident: $($case:ident),* $(,)? $(; ordered: $($ordered:ident),+ $(,)?)?) => {
        /// The cases of this file.
        pub(super) const CASES: &[$crate::suite::Case] = &[
            $($crate::suite::cases!(@ $verb $case false),)*
            $($($crate::suite::cases!(@ $verb $ordered true),)+)?
        ];
    };
    (@ $verb:ident $case:ident $ordered:literal) => {
        $crate::suite::Case {
            name: concat!(stringify!($verb), "::", stringify!($case)),
            verb: stringify!($verb),
            ordered: $ordered,
            run: |world| Box::pin($case(world)),
        }
    };
}
pub(crate) use cases;
