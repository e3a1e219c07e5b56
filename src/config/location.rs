//! A connection URL, taken apart so that its password is kept by itself.
//!
//! It knows the shape of URLs, not what a backend makes of one: addresses of several
//! hosts and parameters pass as they are.

use std::fmt;

use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};
use secrecy::{ExposeSecret, SecretString};
use taskdb_core::Namespace;
use taskdb_core::error::redact;

use super::kind::{Kind, Raw, Value, is_host, is_scheme};
use crate::backend;

/// What is escaped in a user, a password or the name of a database.
const WORD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What is escaped in the path of a file.
const FILE: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

/// What to say of a text that is no URL.
pub(super) const EXPECTED: &str = "must be a URL; use `sqlite://FILE` or `memory:`";

/// The parts of a URL. Those it does not state can be filled in from fields.
#[derive(Clone, Default)]
pub(crate) struct Location {
    pub(crate) scheme: String,
    /// Whether `//` follows the scheme.
    slashes: bool,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<SecretString>,
    /// Hosts with their ports, as written.
    pub(crate) hosts: String,
    /// Path of a file, or the database behind its `/`, as written.
    pub(crate) path: String,
    /// `?` and `#` with what follows, less what has a field of its own.
    rest: String,
    pub(crate) namespace: Option<Namespace>,
}

impl Location {
    /// The URL that has a scheme and no more.
    pub(crate) fn of(scheme: &str) -> Self {
        Self { scheme: scheme.to_owned(), ..Self::default() }
    }

    /// Takes a URL apart.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').ok_or(EXPECTED)?;
        let scheme = scheme.to_ascii_lowercase();
        if !is_scheme(&scheme) || text.chars().any(char::is_control) {
            return Err(EXPECTED.to_owned());
        }
        let embedded = backend::is_embedded(&scheme);
        let (slashes, rest) = match rest.strip_prefix("//") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let ends: &[char] = if embedded { &['?'] } else { &['?', '#'] };
        let (place, rest) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        let mut location = Self { slashes, ..Self::of(&scheme) };
        if embedded {
            location.path = place.to_owned();
        } else {
            location.read_place(place)?;
            if rest.contains('@') {
                return Err(escape_advice());
            }
        }
        location.read_rest(rest)?;
        Ok(location)
    }

    /// Reads `user:password@host:port/path` of a server.
    fn read_place(&mut self, place: &str) -> Result<(), String> {
        let end = if self.slashes { place.find('/').unwrap_or(place.len()) } else { 0 };
        let (authority, path) = place.split_at(end);
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        if path.contains('@') || !(hosts.is_empty() || are_hosts(hosts)) {
            return Err(escape_advice());
        }
        let (user, password) = match login.map(|login| login.split_once(':')) {
            Some(Some((user, password))) => (Some(user), Some(password)),
            Some(None) => (login, None),
            None => (None, None),
        };
        self.user = user.filter(|user| !user.is_empty()).map(decoded).transpose()?;
        let password = password.filter(|password| !password.is_empty());
        self.password = password.map(decoded).transpose()?.map(SecretString::from);
        self.hosts = hosts.to_owned();
        self.path = path.to_owned();
        Ok(())
    }

    /// Reads `?a=b&c=d#e`, and keeps what has no field of its own.
    fn read_rest(&mut self, rest: &str) -> Result<(), String> {
        let (query, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
        let mut kept = Vec::new();
        for pair in query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "namespace" => self.take_namespace(&form_decoded(value)?)?,
                "password" => {
                    if self.password.replace(form_decoded(value)?.into()).is_some() {
                        return Err("states its password twice".to_owned());
                    }
                }
                _ => kept.push(pair),
            }
        }
        let mark = if kept.is_empty() { "" } else { "?" };
        self.rest = format!("{mark}{}{fragment}", kept.join("&"));
        Ok(())
    }

    fn take_namespace(&mut self, name: &str) -> Result<(), String> {
        match Kind::Namespace.read(Raw::Text(name)) {
            Ok(Value::Namespace(namespace)) if self.namespace.is_none() => {
                self.namespace = Some(namespace);
                Ok(())
            }
            Ok(_) => Err("states its namespace twice".to_owned()),
            Err(reason) => Err(format!("its namespace {reason}")),
        }
    }

    /// Fills in hosts that the URL does not state.
    pub(crate) fn fill_hosts(&mut self, host: &str, port: Option<u64>) {
        let host = match host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => host.to_owned(),
        };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        self.hosts = format!("{host}{port}");
    }

    /// Whether it says which database of a server, or which file.
    pub(crate) fn states_path(&self) -> bool {
        !matches!(self.path.as_str(), "" | "/")
    }

    /// Fills in the database that the URL does not state.
    pub(crate) fn fill_database(&mut self, database: &str) {
        self.path = format!("/{}", utf8_percent_encode(database, WORD));
    }

    /// Fills in the path of a file.
    pub(crate) fn fill_file(&mut self, file: &str) {
        self.path = utf8_percent_encode(file, FILE).to_string();
    }

    /// The URL, with what stands between a user and a host.
    fn text(&self, password: &str) -> String {
        let Self { scheme, hosts, path, rest, .. } = self;
        let user = self.user.as_deref().unwrap_or_default();
        let user = utf8_percent_encode(user, WORD);
        let at = if self.user.is_some() || !password.is_empty() { "@" } else { "" };
        let authority = format!("{user}{password}{at}{hosts}");
        // A file may be relative: `sqlite://jobs.db` has no host.
        let slashes =
            if self.slashes || !authority.is_empty() || !path.is_empty() { "//" } else { "" };
        format!("{scheme}:{slashes}{authority}{path}{rest}")
    }

    /// The URL without its password and its namespace.
    pub(crate) fn without_password(&self) -> String {
        self.text("")
    }

    /// The URL with its password, without its namespace.
    pub(crate) fn with_password(&self) -> SecretString {
        let escaped = |password: &SecretString| {
            format!(":{}", utf8_percent_encode(password.expose_secret(), WORD))
        };
        self.text(&self.password.as_ref().map(escaped).unwrap_or_default()).into()
    }
}

/// As it may be shown: a password is there, but not which.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.text(if self.password.is_some() { ":***" } else { "" })))
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether each entry is a host, with a port that is a number if it has one.
fn are_hosts(hosts: &str) -> bool {
    hosts.split(',').all(|entry| {
        let (host, port) = match entry.rfind(']') {
            Some(end) => (&entry[..=end], entry[end + 1..].strip_prefix(':')),
            None => entry.split_once(':').map_or((entry, None), |(host, port)| (host, Some(port))),
        };
        is_host(host) && port.is_none_or(|port| port.parse::<u16>().is_ok())
    })
}

/// What goes wrong where a password with such a sign is not escaped, told without
/// the parts of the URL, each of which may be a part of the password.
fn escape_advice() -> String {
    "cannot be taken apart; write it as `SCHEME://USER:PASSWORD@HOST:PORT/DATABASE`, with \
     `/`, `?`, `#`, `@` and `%` in a password as %2F, %3F, %23, %40 and %25"
        .to_owned()
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| "has escapes that are not UTF-8".to_owned())
}

/// In a query a blank may be written as `+`.
fn form_decoded(text: &str) -> Result<String, String> {
    decoded(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Location {
        Location::read(url).unwrap_or_else(|reason| panic!("{url}: {reason}"))
    }

    #[test]
    fn a_url_is_taken_apart_and_put_together() {
        let url = read("Redis://al%40ice:p%2Fw@a:1,[::1]:2/3?x=1&namespace=n&y=%20#insecure");
        assert_eq!((url.scheme.as_str(), url.user.as_deref()), ("redis", Some("al@ice")));
        assert_eq!((url.hosts.as_str(), url.path.as_str()), ("a:1,[::1]:2", "/3"));
        assert_eq!(url.password.as_ref().unwrap().expose_secret(), "p/w");
        assert_eq!(url.namespace.as_ref().unwrap().as_str(), "n");
        let rest = "a:1,[::1]:2/3?x=1&y=%20#insecure";
        assert_eq!(url.without_password(), format!("redis://al%40ice@{rest}"));
        assert_eq!(url.with_password().expose_secret(), format!("redis://al%40ice:p%2Fw@{rest}"));
        assert_eq!(url.to_string(), format!("redis://al%40ice:***@{rest}"));
    }

    #[test]
    fn urls_of_every_shape_stay_what_they_are() {
        for url in [
            "memory:",
            "sqlite://jobs.db",
            "sqlite:///a/b@c#d.db",
            "redis+unix:///run/redis.sock?db=1",
            "redis://host",
            "postgres:///db",
            "custom:",
            "custom://u@h:1/x",
        ] {
            assert_eq!(read(url).without_password(), url);
            assert_eq!(read(url).with_password().expose_secret(), url);
        }
        assert_eq!(read("sqlite:jobs.db").without_password(), "sqlite://jobs.db");
    }

    #[test]
    fn a_password_may_stand_alone_or_in_the_query() {
        for url in ["redis://:secret@h", "redis://h?password=secret", "redis://h?password=s%65cret"]
        {
            let url = read(url);
            assert_eq!((&url.user, url.without_password().as_str()), (&None, "redis://h"));
            assert_eq!(url.with_password().expose_secret(), "redis://:secret@h");
        }
    }

    #[test]
    fn what_cannot_be_a_url_is_refused_without_its_parts() {
        for url in [
            "",
            "sentinel",
            "://x",
            "redis://u:sen/tinel@h",
            "redis://u:12/sentinel@h",
            "redis://u:1?sentinel@h",
            "redis://u:1#sentinel@h",
            "redis:u:sentinel@h",
            "redis://h:sentinel",
            "redis://u:a@b:sentinel@h?password=x",
            "redis://u:%ff@h",
            "redis://h?namespace=a&namespace=sentinel",
            "redis://h?namespace=sen%20tinel",
            "redis://h\nsentinel",
        ] {
            let reason = Location::read(url).map(|url| url.to_string()).unwrap_err();
            assert!(!reason.contains("tinel"), "{reason}");
        }
    }
}
