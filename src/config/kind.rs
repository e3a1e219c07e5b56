//! What a field takes: from what was written to a value, or the reason why not.
//!
//! Reasons say what must be there and never repeat what is: a password that was put
//! into the wrong field must not appear in a message.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use taskdb_core::{Namespace, TaskDbErr};

use super::location::{EXPECTED, Location};

/// A value as its source has it.
pub(crate) enum Raw<'a> {
    Text(&'a str),
    Number(u64),
    Flag(bool),
    Time(Duration),
    Path(PathBuf),
    Secret(SecretString),
    /// What no field takes, such as a list.
    Other,
}

/// A value that a field has.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    Time(Duration),
    Path(PathBuf),
    Secret(SecretString),
    Namespace(Namespace),
    Url(Box<Location>),
}

/// What a field takes.
pub(crate) enum Kind {
    Url,
    /// The scheme of a URL, which names a backend.
    Scheme,
    /// A host, or several with their ports.
    Host,
    Text,
    Secret,
    Path,
    Namespace,
    Number {
        min: u64,
        max: u64,
    },
    Flag,
    Time,
    Choice(&'static [&'static str]),
}

/// The shortest and the longest time that a field takes.
const TIMES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(3_600));

impl Kind {
    /// The value that was written, or what must be written instead.
    pub(crate) fn read(&self, raw: Raw<'_>) -> Result<Value, String> {
        if let (Self::Url, Raw::Text(text)) = (self, &raw) {
            return Location::read(text).map(|location| Value::Url(Box::new(location)));
        }
        if let (Self::Namespace, Raw::Text(text)) = (self, &raw) {
            return text.parse().map(Value::Namespace).map_err(|error| match error {
                TaskDbErr::InvalidArgument { reason, .. } => reason,
                other => other.to_string(),
            });
        }
        self.plain(raw).ok_or_else(|| self.expected())
    }

    /// Reads the kinds for which one sentence tells all that can be wrong.
    fn plain(&self, raw: Raw<'_>) -> Option<Value> {
        match (self, raw) {
            (Self::Number { min, max }, raw) => {
                let number = match raw {
                    Raw::Number(number) => number,
                    Raw::Text(text) => text.parse().ok()?,
                    _ => return None,
                };
                (*min..=*max).contains(&number).then_some(Value::Number(number))
            }
            (Self::Time, raw) => {
                let time = match raw {
                    Raw::Time(time) => time,
                    Raw::Text(text) => humantime::parse_duration(text).ok()?,
                    _ => return None,
                };
                (TIMES.0..=TIMES.1).contains(&time).then_some(Value::Time(time))
            }
            (Self::Flag, Raw::Flag(flag)) => Some(Value::Flag(flag)),
            (Self::Flag, Raw::Text(text)) => text.parse().ok().map(Value::Flag),
            (Self::Path, Raw::Path(path)) => {
                (!path.as_os_str().is_empty()).then_some(Value::Path(path))
            }
            (Self::Path, Raw::Text(text)) => {
                (!text.is_empty()).then(|| Value::Path(PathBuf::from(text)))
            }
            (Self::Secret, Raw::Secret(secret)) => {
                (!secret.expose_secret().is_empty()).then_some(Value::Secret(secret))
            }
            (Self::Secret, Raw::Text(text)) => {
                (!text.is_empty()).then(|| Value::Secret(text.into()))
            }
            (kind, Raw::Text(text)) => kind.allows_word(text).then(|| Value::Text(text.to_owned())),
            _ => None,
        }
    }

    fn allows_word(&self, text: &str) -> bool {
        match self {
            Self::Scheme => is_scheme(text),
            Self::Host => is_host(text),
            Self::Choice(choices) => choices.contains(&text),
            Self::Text => !text.is_empty() && !text.chars().any(char::is_control),
            _ => false,
        }
    }

    fn expected(&self) -> String {
        match self {
            Self::Url => EXPECTED.to_owned(),
            Self::Scheme => "must be the name of a backend, such as `sqlite`".to_owned(),
            Self::Host => "must be the name or the address of a host, without `/` and `@`; \
                           a user, a password and a port have fields of their own"
                .to_owned(),
            Self::Text => "must be a text that is not empty".to_owned(),
            Self::Secret => "must be a text that is not empty, in quotes".to_owned(),
            Self::Path => "must be the path of a file".to_owned(),
            Self::Namespace => "must be a name in quotes".to_owned(),
            Self::Number { min, max } => format!("must be a whole number from {min} to {max}"),
            Self::Flag => "must be `true` or `false`".to_owned(),
            Self::Time => "must be a time with its unit, from \"1ms\" to \"1h\": \
                           write \"500ms\", \"10s\" or \"1m 30s\""
                .to_owned(),
            Self::Choice(choices) => {
                let quoted: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                format!("must be one of {}", quoted.join(", "))
            }
        }
    }
}

/// Whether a text can be the scheme of a URL, in the form that is kept: lower case.
pub(crate) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
}

/// Whether a text can be a host or a list of hosts; brackets and colons are for IPv6.
pub(crate) fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:,[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(kind: &Kind, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(kind.read(Raw::Text(text)).is_ok(), "{text} is good");
        }
        for text in bad {
            assert!(kind.read(Raw::Text(text)).is_err(), "{text} is bad");
        }
    }

    #[test]
    fn what_each_kind_takes() {
        reads(&Kind::Number { min: 1, max: 9 }, &["1", "9"], &["0", "10", "-1", "1.5", "", "x"]);
        reads(&Kind::Time, &["1ms", "1h", "1m 30s"], &["0s", "61m", "10", "", "-1s", "1 parsec"]);
        reads(&Kind::Flag, &["true", "false"], &["yes", "1", "True", ""]);
        reads(&Kind::Scheme, &["sqlite", "redis+unix"], &["", "Redis", "1a", "a:b", "a/b"]);
        reads(
            &Kind::Host,
            &["localhost", "10.0.0.1", "[::1]", "::1", "a:1,b:2"],
            &["", "a/b", "u:p@h", "a b", "h?x"],
        );
        reads(&Kind::Text, &["a b"], &["", "a\nb"]);
        reads(&Kind::Choice(&["full", "ca"]), &["full"], &["", "Full", "none"]);
        reads(&Kind::Namespace, &["a"], &["", "public", "a b"]);
        reads(&Kind::Path, &["a"], &[""]);
        reads(&Kind::Secret, &["a"], &[""]);
    }

    #[test]
    fn other_types_are_refused() {
        assert!(Kind::Flag.read(Raw::Number(1)).is_err());
        assert!(Kind::Time.read(Raw::Number(10)).is_err());
        assert!(Kind::Url.read(Raw::Other).is_err());
        assert!(Kind::Text.read(Raw::Flag(true)).is_err());
        assert!(Kind::Namespace.read(Raw::Number(1)).is_err());
        assert!(Kind::Number { min: 0, max: 1 }.read(Raw::Other).is_err());
    }
}
