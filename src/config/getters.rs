//! What is in force, for backends and for those who ask.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use taskdb_core::{Limits, Namespace};

use super::groups::{Durability, Pool, Retry, Timeouts, Tls, TlsVerify};
use super::kind::{Raw, Value};
use super::location::Location;
use super::{Config, Source, field};

impl Config {
    /// The URL, made up of fields if it was not stated, without its password and its
    /// namespace, which have [getters](Self::password) of their own. Parameters that
    /// are for the driver stay in it.
    ///
    /// ```
    /// let url = "custom://ann:secret@host/jobs?namespace=a&depth=3";
    /// let config = taskdb::Config::from_url(url);
    /// assert_eq!(config.url().as_deref(), Some("custom://ann@host/jobs?depth=3"));
    /// let config = taskdb::Config::new().with_backend("custom").with_host("host").with_port(7);
    /// assert_eq!(config.url().as_deref(), Some("custom://host:7"));
    /// ```
    pub fn url(&self) -> Option<String> {
        self.location().map(|location| location.without_password())
    }

    /// The URL with its password, for drivers that take it there.
    pub fn url_with_password(&self) -> Option<SecretString> {
        self.location().map(|location| location.with_password())
    }

    /// The scheme of the URL, in lower case: it names the backend.
    pub fn scheme(&self) -> Option<String> {
        self.location().map(|location| location.scheme)
    }

    /// The field `path`: a file or a socket. That of a stated URL is in [`url`](Self::url).
    pub fn path(&self) -> Option<PathBuf> {
        self.file("path")
    }

    /// The field `database`. That of a stated URL is in [`url`](Self::url).
    pub fn database(&self) -> Option<String> {
        self.text("database")
    }

    /// Who logs in to the server.
    pub fn user(&self) -> Option<String> {
        self.text("user")
    }

    /// With which password.
    pub fn password(&self) -> Option<SecretString> {
        match self.value("password") {
            Some(Value::Secret(password)) => Some(password),
            _ => None,
        }
    }

    /// The namespace.
    pub fn namespace(&self) -> Namespace {
        match self.value("namespace") {
            Some(Value::Namespace(namespace)) => namespace,
            _ => Namespace::default(),
        }
    }

    /// How much outlives a crash of the machine.
    pub fn durability(&self) -> Durability {
        let normal = self.text("durability").as_deref() == Some(Durability::Normal.word());
        if normal { Durability::Normal } else { Durability::Full }
    }

    /// How to speak TLS with a server.
    pub fn tls(&self) -> Tls {
        let verify = self.text("tls.verify");
        let all = [TlsVerify::Full, TlsVerify::Ca, TlsVerify::None];
        Tls {
            enabled: self.flag("tls.enabled"),
            ca: self.file("tls.ca"),
            cert: self.file("tls.cert"),
            key: self.file("tls.key"),
            verify: all.into_iter().find(|choice| verify.as_deref() == Some(choice.word())),
        }
    }

    /// How many connections to keep.
    pub fn pool(&self) -> Pool {
        Pool {
            min_connections: self.count("pool.min_connections"),
            max_connections: self.count("pool.max_connections"),
        }
    }

    /// How long to wait for the store.
    pub fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: self.time("timeouts.connect"),
            response: self.time("timeouts.response"),
        }
    }

    /// How a call is repeated that was not executed.
    pub fn retry(&self) -> Retry {
        Retry {
            attempts: self.count("retry.attempts").unwrap_or_default(),
            backoff: self.time("retry.backoff"),
            max_backoff: self.time("retry.max_backoff"),
        }
    }

    /// What the handle accepts.
    pub fn limits(&self) -> Limits {
        super::limits::collect(|name| self.number(name).unwrap_or_default())
    }

    /// Where the value of a field was stated; none if it has no value, and for a name
    /// that is no field.
    pub fn source(&self, field: &str) -> Option<Source> {
        self.lookup(field).map(|(_, source)| source)
    }

    /// The value of a field with its source: what was stated, or a part of the URL,
    /// or the default.
    pub(super) fn lookup(&self, name: &str) -> Option<(Value, Source)> {
        let field = field::find(name)?;
        if let Some(stated) = self.stated.get(name) {
            return Some(stated.clone());
        }
        if let Some(value) = self.in_url(name) {
            let stated = Box::new(self.stated.get("url")?.1.clone());
            return Some((value, Source::Url { stated }));
        }
        Some((field.kind.read(Raw::Text(field.default?)).ok()?, Source::Default))
    }

    /// The part of the URL that stands for a field of its own.
    pub(super) fn in_url(&self, name: &str) -> Option<Value> {
        let Some((Value::Url(url), _)) = self.stated.get("url") else { return None };
        match name {
            "user" => url.user.clone().map(Value::Text),
            "password" => url.password.clone().map(Value::Secret),
            "namespace" => url.namespace.clone().map(Value::Namespace),
            _ => None,
        }
    }

    /// The URL as stated, filled up from the fields for what it does not say.
    pub(super) fn location(&self) -> Option<Location> {
        let mut location = match self.value("url") {
            Some(Value::Url(url)) => *url,
            _ => Location::of(&self.text("backend")?),
        };
        location.user = self.user();
        location.password = self.password();
        if location.hosts.is_empty()
            && let Some(host) = self.text("host")
        {
            location.fill_hosts(&host, self.number("port"));
        }
        if let Some(path) = self.file("path") {
            location.fill_file(&path.to_string_lossy());
        } else if !location.states_path()
            && let Some(database) = self.text("database")
        {
            location.fill_database(&database);
        }
        Some(location)
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.lookup(name).map(|(value, _)| value)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        match self.value(name) {
            Some(Value::Path(path)) => Some(path),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.value(name) {
            Some(Value::Flag(flag)) => Some(flag),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        match self.value(name) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }

    fn count(&self, name: &str) -> Option<u32> {
        self.number(name).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Every field that is a time has a default.
    fn time(&self, name: &str) -> Duration {
        match self.value(name) {
            Some(Value::Time(time)) => time,
            _ => Duration::ZERO,
        }
    }
}
