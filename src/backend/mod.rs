//! The backends this library knows: which schemes they serve, and which of the
//! configured fields they use. Each has a file of its own that maps the configuration
//! to its crate, and can go without touching the others.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::pin::Pin;

use taskdb_core::{Result, TaskDb};

use crate::Config;
use crate::registry::{self, Factory};

/// The answer of a backend that is being opened.
pub(crate) type Opening = Pin<Box<dyn Future<Output = Result<TaskDb>> + Send>>;

/// The answer of a backend that is looked at.
pub(crate) type Looking = Pin<Box<dyn Future<Output = Result<bool>> + Send>>;

/// A family of schemes with a feature of this crate.
struct Family {
    schemes: &'static [&'static str],
    feature: &'static str,
    state: State,
}

#[allow(dead_code, reason = "which of them are made depends on the features")]
enum State {
    Here(Driver),
    /// The feature is off.
    NotCompiledIn,
}

/// How to open a store.
pub(crate) struct Driver {
    /// Its name, in messages.
    pub(crate) name: &'static str,
    /// The fields and sections it uses for a scheme, beside `url` and `backend`.
    pub(crate) uses: fn(&str) -> &'static [&'static str],
    pub(crate) open: fn(Config) -> Opening,
    /// Whether there is a namespace to open.
    pub(crate) exists: fn(Config) -> Looking,
}

#[cfg(feature = "redis")]
const REDIS: State = State::Here(redis::DRIVER);
#[cfg(not(feature = "redis"))]
const REDIS: State = State::NotCompiledIn;

#[cfg(feature = "sqlite")]
const SQLITE: State = State::Here(sqlite::DRIVER);
#[cfg(not(feature = "sqlite"))]
const SQLITE: State = State::NotCompiledIn;
#[cfg(feature = "postgres")]
const POSTGRES: State = State::Here(postgres::DRIVER);
#[cfg(not(feature = "postgres"))]
const POSTGRES: State = State::NotCompiledIn;

/// Schemes of stores that are files, whose URLs have no host: all else is a path.
const EMBEDDED: [&str; 2] = ["sqlite", "memory"];

static FAMILIES: [Family; 3] = [
    Family { schemes: &EMBEDDED, feature: "sqlite", state: SQLITE },
    Family {
        schemes: &[
            "redis",
            "rediss",
            "redis+sentinel",
            "rediss+sentinel",
            "redis+cluster",
            "rediss+cluster",
            "redis+unix",
        ],
        feature: "redis",
        state: REDIS,
    },
    Family { schemes: &["postgres", "postgresql"], feature: "postgres", state: POSTGRES },
];

/// Who serves a scheme.
pub(crate) enum Found {
    BuiltIn(&'static Driver),
    Registered(Factory),
}

/// Whether all of a URL behind its scheme is a path.
pub(crate) fn is_embedded(scheme: &str) -> bool {
    EMBEDDED.contains(&scheme)
}

/// Whether a scheme belongs to this library, be its backend there or not.
pub(crate) fn is_reserved(scheme: &str) -> bool {
    family(scheme).is_some()
}

fn family(scheme: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.schemes.contains(&scheme))
}

/// Who serves a scheme, or words for why nobody does.
pub(crate) fn find(scheme: &str) -> Result<Found, String> {
    let Some(Family { feature, state, .. }) = family(scheme) else {
        return registry::find(scheme).map(Found::Registered).ok_or_else(|| unknown(scheme));
    };
    match state {
        State::Here(driver) => Ok(Found::BuiltIn(driver)),
        State::NotCompiledIn => Err(format!(
            "`{scheme}:` is not compiled in: enable the feature `{feature}` of the crate `taskdb`"
        )),
    }
}

fn unknown(scheme: &str) -> String {
    let known = FAMILIES.iter().map(|Family { schemes, feature, state }| {
        let state = match state {
            State::Here(_) => "compiled in",
            State::NotCompiledIn => "to be enabled",
        };
        format!("{} (feature `{feature}`, {state})", quoted(schemes))
    });
    let mut known: Vec<_> = known.collect();
    let registered = registry::schemes();
    if !registered.is_empty() {
        known.push(format!("{} (registered)", quoted(&registered)));
    }
    format!(
        "`{scheme}:` is an unknown scheme; use `sqlite://FILE` or `memory:`. Known are {}; \
         `register_backend` adds others",
        known.join(", ")
    )
}

fn quoted<S: AsRef<str>>(schemes: &[S]) -> String {
    let quoted: Vec<_> = schemes.iter().map(|scheme| format!("`{}`", scheme.as_ref())).collect();
    quoted.join(", ")
}
