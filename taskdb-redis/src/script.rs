//! What the server runs: one Lua script a verb, known by the hash of its text.

use std::sync::OnceLock;

/// The text of a script: its flags, then its parts, whose answer comes back behind the name
/// of the second key, which [`conn::wire`](crate::conn) chooses anew for each call.
macro_rules! text {
    ($flags:expr, $($part:tt)*) => {
        concat!($flags, "local function answer()\n", $($part)*, $crate::script::text!(end))
    };
    (end) => { "end\nreturn { KEYS[2], answer() }\n" };
}

pub(crate) use text;

/// Whether a script may run twice for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Changes nothing.
    Read,
    /// Changes something, and finds by natural ids that it has done so already.
    Repeatable,
    /// Would do it again.
    Once,
}

/// A script with its name.
#[derive(Debug)]
pub(crate) struct Script {
    /// The verb, for messages.
    pub(crate) name: &'static str,
    /// The whole text.
    pub(crate) source: &'static str,
    pub(crate) kind: Kind,
    sha1: OnceLock<String>,
}

impl Script {
    pub(crate) const fn new(name: &'static str, source: &'static str, kind: Kind) -> Self {
        Self { name, source, kind, sha1: OnceLock::new() }
    }

    /// The name the server knows it by, in hexadecimal.
    pub(crate) fn sha1(&self) -> &str {
        self.sha1.get_or_init(|| sha1_smol::Sha1::from(self.source).digest().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_redis() {
        static SCRIPT: Script = Script::new("one", "return 1", Kind::Read);
        assert_eq!(SCRIPT.sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }
}
