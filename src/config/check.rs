//! Whether the values fit each other and the backend.

use taskdb_core::{Result, TaskDbErr};

use super::Config;
use super::field::{FIELDS, Field};
use super::kind::Value;
use crate::backend;

/// The fields that say where a server is in place of a URL.
const PLACE: [&str; 5] = ["backend", "path", "host", "port", "database"];
/// Those a URL may state or leave to their fields.
const LOGIN: [&str; 3] = ["user", "password", "namespace"];

impl Config {
    /// Finds everything that can be told wrong before the store is opened.
    ///
    /// # Errors
    ///
    /// `Config`: values that are not allowed, fields that contradict each other or the
    /// URL, files that are not there, fields that the backend cannot use, a backend
    /// that is not known. It names all of them, each with its source.
    pub fn check(&self) -> Result<()> {
        let mut problems = self.problems.clone();
        problems.extend(self.place_problems());
        problems.extend(self.tls_problems());
        problems.extend(self.order_problems());
        let scheme = self.scheme();
        match scheme.as_deref().map(backend::find) {
            None if problems.is_empty() => problems.push(
                "nothing says which store to open: state `url`, in taskdb.toml or as TASKDB_URL, \
                 for instance `sqlite://jobs.db`, or `backend` and `path`"
                    .to_owned(),
            ),
            Some(Err(reason)) => problems.push(self.complaint(self.names_backend(), &reason)),
            Some(Ok(backend::Found::BuiltIn(driver))) => {
                let scheme = scheme.as_deref().unwrap_or_default();
                problems.extend(self.useless(driver.name, (driver.uses)(scheme)));
            }
            None | Some(Ok(backend::Found::Registered(_))) => {}
        }
        problems.dedup();
        if problems.is_empty() { Ok(()) } else { Err(TaskDbErr::Config(problems.join("; "))) }
    }

    /// Refuses every field that is stated and not in `uses`, for backends that register
    /// themselves: what cannot be used must not be ignored. A section, as `limits`, stands
    /// for all its fields; `url` and `backend` are always allowed.
    ///
    /// ```
    /// let config = taskdb::Config::from_url("custom:").with_tls_ca("ca.pem");
    /// let error = config.only("custom", &["namespace", "limits"]).unwrap_err();
    /// assert!(error.to_string().contains("`tls.ca` set by the program"), "{error}");
    /// ```
    ///
    /// # Errors
    ///
    /// `Config` with the names of those fields and their sources.
    pub fn only(&self, backend: &str, uses: &[&str]) -> Result<()> {
        let problems = self.useless(backend, uses);
        if problems.is_empty() { Ok(()) } else { Err(TaskDbErr::Config(problems.join("; "))) }
    }

    fn useless(&self, backend: &str, uses: &[&str]) -> Vec<String> {
        let idle = FIELDS.iter().filter(|field| self.states(field.name) && !in_use(field, uses));
        let used: String = uses.iter().map(|name| format!(", `{name}`")).collect();
        let reason = format!("{backend} cannot use it; remove it (what it uses: `url`{used})");
        idle.map(|field| self.complaint(field.name, &reason)).collect()
    }

    /// Whether the backend, if it is one of ours, looks at a field at all.
    pub(super) fn concerns(&self, field: &Field) -> bool {
        let scheme = self.scheme().unwrap_or_default();
        match backend::find(&scheme) {
            Ok(backend::Found::BuiltIn(driver)) => {
                self.states(field.name) || in_use(field, (driver.uses)(&scheme))
            }
            _ => true,
        }
    }

    /// Which field to name when the backend is the problem.
    fn names_backend(&self) -> &'static str {
        if self.states("url") { "url" } else { "backend" }
    }

    /// Whether somebody states a field, be it within the URL.
    fn states(&self, name: &str) -> bool {
        self.stated.contains_key(name) || self.in_url(name).is_some()
    }

    /// What is wrong with saying where the store is.
    fn place_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut hosts = self.states("host");
        if let Some((Value::Url(url), _)) = self.stated.get("url") {
            hosts |= !url.hosts.is_empty();
            let in_url = |name: &&str| match *name {
                "backend" => true,
                "host" | "port" => !url.hosts.is_empty(),
                "path" | "database" => url.states_path(),
                login => self.in_url(login).is_some(),
            };
            let twice = PLACE.into_iter().chain(LOGIN).filter(in_url);
            problems.extend(twice.filter_map(|name| self.both("url", name)));
        }
        problems.extend(self.both("path", "host"));
        let several = self.text("host").is_some_and(|host| has_port(&host));
        problems.extend(several.then(|| self.both("host", "port")).flatten());
        if self.states("port") && !hosts {
            problems.push(self.complaint("port", "needs `host` beside it"));
        }
        if !self.states("url") && !self.states("backend") {
            let homeless = PLACE.iter().find(|name| self.states(name));
            let needs = "needs `backend` beside it, for instance `backend = \"sqlite\"`";
            problems.extend(homeless.map(|name| self.complaint(name, needs)));
        }
        problems
    }

    /// Two fields say the same thing, if both are stated.
    fn both(&self, one: &str, other: &str) -> Option<String> {
        let (_, first) = self.stated.get(one)?;
        let (_, second) = self.stated.get(other)?;
        Some(format!("`{one}` {first} and `{other}` {second} say the same thing: remove one"))
    }

    fn tls_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.flag("tls.enabled") == Some(false) {
            let others = ["tls.ca", "tls.cert", "tls.key", "tls.verify"];
            for name in others.into_iter().filter(|name| self.states(name)) {
                problems.push(self.clash(name, "tls.enabled", "turns TLS off"));
            }
        }
        for (name, other) in [("tls.cert", "tls.key"), ("tls.key", "tls.cert")] {
            if self.states(name) && !self.states(other) {
                problems.push(self.complaint(name, &format!("needs `{other}` beside it")));
            }
        }
        if self.text("tls.verify").as_deref() == Some("none") && self.states("tls.ca") {
            problems.push(self.clash("tls.ca", "tls.verify", "checks no certificate"));
        }
        for name in ["tls.ca", "tls.cert", "tls.key"] {
            if let Some(path) = self.file(name).filter(|path| !path.is_file()) {
                let reason = format!("there is no file {}", path.display());
                problems.push(self.complaint(name, &reason));
            }
        }
        problems
    }

    /// A field is for nothing because of what another says.
    fn clash(&self, name: &str, other: &str, does: &str) -> String {
        let other = self.complaint(other, does);
        self.complaint(name, &format!("is for nothing, since {other}"))
    }

    /// A smallest value above the largest.
    fn order_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let (pool, retry) = (self.pool(), self.retry());
        if pool.max_connections.is_some_and(|max| pool.min_connections > Some(max)) {
            problems.push(self.above("pool.min_connections", "pool.max_connections"));
        }
        if retry.backoff > retry.max_backoff {
            problems.push(self.above("retry.backoff", "retry.max_backoff"));
        }
        problems
    }

    fn above(&self, low: &str, high: &str) -> String {
        let high = self.source(high).map(|source| format!("`{high}` {source}")).unwrap_or_default();
        self.complaint(low, &format!("must not be above {high}"))
    }
}

/// Whether a field, or its section, is among those that a backend uses.
fn in_use(field: &Field, uses: &[&str]) -> bool {
    let section = field.name.split_once('.').map(|(section, _)| section);
    matches!(field.name, "url" | "backend")
        || uses.iter().any(|used| field.name == *used || section == Some(*used))
}

/// Whether a host comes with ports of its own, or stands for several.
fn has_port(host: &str) -> bool {
    host.contains(',') || host.contains("]:") || host.matches(':').count() == 1
}
