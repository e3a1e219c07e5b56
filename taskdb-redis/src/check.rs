//! Whether the servers can be trusted with work, by what they say of themselves.
//!
//! It reads `INFO` alone, which managed servers answer too; where they hide a part of
//! it, that is logged and trusted.

use taskdb_core::error::Failure;
use taskdb_core::{Result, TaskDbErr};

use crate::address::Address;
use crate::config::Config;

/// The oldest release that knows `#!lua` with flags, on which scripts rely to be
/// refused before they begin rather than half way.
const OLDEST: u32 = 7;

/// Checks each server by its answer to `INFO`.
pub(crate) fn servers(infos: &[String], config: &Config) -> Result<()> {
    infos.iter().try_for_each(|info| server(&Info(info), config))
}

/// The version of the first server, by the name it has for itself.
pub(crate) fn version_of(infos: &[String]) -> String {
    let info = infos.first().map_or("", String::as_str);
    let info = Info(info);
    match (info.get("valkey_version"), info.get("redis_version")) {
        (Some(version), _) => format!("valkey {version}"),
        (None, Some(version)) => version.to_owned(),
        (None, None) => String::new(),
    }
}

fn server(info: &Info<'_>, config: &Config) -> Result<()> {
    version(info)?;
    role(info, config)?;
    memory(info, config)?;
    if info.get("aof_enabled") == Some("0") {
        tracing::warn!(
            server = %config.address,
            "Redis keeps no append-only file: a crash loses everything since its last \
             snapshot; set `appendonly yes`"
        );
    }
    Ok(())
}

fn version(info: &Info<'_>) -> Result<()> {
    // Valkey says here which release of Redis it is compatible with.
    let Some(version) = info.get("redis_version") else {
        tracing::warn!("Redis does not say its version; TaskDB needs {OLDEST}.0 or newer");
        return Ok(());
    };
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major < OLDEST) {
        return refuse(format!(
            "this server is Redis {version}, which knows no flags of scripts (`#!lua`); \
             use Redis {OLDEST}.0 or newer, or Valkey"
        ));
    }
    Ok(())
}

fn role(info: &Info<'_>, config: &Config) -> Result<()> {
    let clustered = info.get("cluster_enabled") == Some("1");
    match &config.address {
        Address::Cluster(_) if !clustered => refuse(
            "this server is not part of a cluster; use a URL that begins with redis:// or \
             rediss://",
        ),
        Address::Tcp(_) | Address::Unix(_) if clustered => refuse(
            "this server is part of a cluster; use a URL that begins with redis+cluster:// or \
             rediss+cluster://",
        ),
        // What was the master a moment ago may be a replica now, and the reverse.
        _ if info.get("role") == Some("slave") => Err(TaskDbErr::Unavailable(Failure::new(
            "this server is a replica and takes no changes; connect to its master, \
             or let Sentinel find it with redis+sentinel://",
        ))),
        _ => Ok(()),
    }
}

/// `volatile-*` would spare most keys, but not outputs that are kept for a time and
/// idempotency keys, whose lifetime is a promise as well.
fn memory(info: &Info<'_>, config: &Config) -> Result<()> {
    let (limit, policy) = (info.get("maxmemory"), info.get("maxmemory_policy"));
    let (Some(limit), Some(policy)) = (limit, policy) else {
        tracing::warn!("Redis hides its `maxmemory-policy`; make sure that it is `noeviction`");
        return Ok(());
    };
    if limit == "0" || policy == "noeviction" {
        return Ok(());
    }
    if config.allow_eviction {
        tracing::warn!(policy, "Redis may evict keys, and with them work, without a word");
        return Ok(());
    }
    refuse(format!(
        "with `maxmemory-policy {policy}` this server may delete work without a word; run \
         `CONFIG SET maxmemory-policy noeviction` and write it to redis.conf, or accept the \
         loss with allow_eviction=true"
    ))
}

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(TaskDbErr::Config(why.into()))
}

/// The answer to `INFO`: lines of `name:value`.
struct Info<'a>(&'a str);

impl Info<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let values = self.0.lines().filter_map(|line| line.split_once(':'));
        values.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "# Server\r\nredis_version:7.0.15\r\nrole:master\r\nmaxmemory:100\r\n\
                         maxmemory_policy:noeviction\r\ncluster_enabled:0\r\naof_enabled:1\r\n";

    fn verdict(info: &str, url: &str) -> std::result::Result<(), String> {
        let config = Config::from_url(url).unwrap();
        servers(&[SOUND.to_owned(), info.to_owned()], &config).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sound_server_passes_and_so_does_one_that_hides() {
        assert_eq!(verdict(SOUND, "redis://a"), Ok(()));
        assert_eq!(verdict("", "redis://a"), Ok(()));
        let unlimited = SOUND.replace("y:100", "y:0").replace("noeviction", "allkeys-lru");
        assert_eq!(verdict(&unlimited, "redis://a"), Ok(()));
    }

    #[test]
    fn what_is_wrong_says_what_to_do() {
        for (from, to, word) in [
            ("7.0.15", "6.2.1", "7.0 or newer"),
            ("cluster_enabled:0", "cluster_enabled:1", "redis+cluster://"),
            ("role:master", "role:slave", "redis+sentinel://"),
            ("noeviction", "allkeys-lru", "CONFIG SET maxmemory-policy noeviction"),
            ("noeviction", "volatile-ttl", "allow_eviction=true"),
        ] {
            let message = verdict(&SOUND.replace(from, to), "redis://a").unwrap_err();
            assert!(message.contains(word), "{message}");
        }
        let cluster = verdict(SOUND, "redis+cluster://a").unwrap_err();
        assert!(cluster.contains("redis:// or"), "{cluster}");
    }

    #[test]
    fn eviction_can_be_allowed() {
        let evicting = SOUND.replace("noeviction", "allkeys-lru");
        assert_eq!(verdict(&evicting, "redis://a?allow_eviction=true"), Ok(()));
    }
}
