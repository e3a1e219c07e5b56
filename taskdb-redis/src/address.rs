//! Where the servers are, as a URL says it.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use taskdb_core::{Result, TaskDbErr};
use url::{Host, Url, form_urlencoded};

/// The schemes, for messages.
const SCHEMES: &str = "redis://, rediss://, redis+unix://, redis+sentinel://, \
                       rediss+sentinel://, redis+cluster:// or rediss+cluster://";

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// How the servers are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// One server.
    Tcp(Node),
    /// One server on this machine, by its socket.
    Unix(PathBuf),
    /// The master of this name, whichever server that is at present.
    Sentinel { nodes: Vec<Node>, master: String },
    /// A cluster, by some of its nodes.
    Cluster(Vec<Node>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |nodes: &[Node]| nodes.iter().map(Node::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Tcp(node) => write!(f, "redis://{node}"),
            Self::Unix(path) => write!(f, "redis+unix://{}", path.display()),
            Self::Sentinel { nodes, master } => {
                write!(f, "redis+sentinel://{}/{master}", list(nodes))
            }
            Self::Cluster(nodes) => write!(f, "redis+cluster://{}", list(nodes)),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Who asks. Its `Debug` hides the password.
#[derive(Debug, Clone, Default)]
pub(crate) struct Login {
    /// `None` is the default user.
    pub(crate) user: Option<String>,
    pub(crate) password: Option<SecretString>,
}

/// What a URL says, parameters not yet judged.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) address: Address,
    pub(crate) login: Login,
    pub(crate) database: Option<i64>,
    pub(crate) tls: bool,
    /// Names and values behind the `?`.
    pub(crate) parameters: Vec<(String, String)>,
}

/// Reads a URL. Messages quote no more of it than the scheme: in a URL that cannot be
/// read, anything may be a password.
pub(crate) fn parse(url: &str) -> Result<Parsed> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (tls, kind) = match scheme {
        "redis" => (false, Kind::One),
        "rediss" => (true, Kind::One),
        "redis+unix" | "unix" => (false, Kind::Unix),
        "redis+sentinel" => (false, Kind::Sentinel),
        "rediss+sentinel" => (true, Kind::Sentinel),
        "redis+cluster" => (false, Kind::Cluster),
        "rediss+cluster" => (true, Kind::Cluster),
        _ => return Err(TaskDbErr::Config(format!("the URL must begin with {SCHEMES}"))),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (address, database) = address(kind, hosts, &decoded(path))
        .map_err(|why| TaskDbErr::Config(format!("the `{scheme}` URL: {why}")))?;
    let parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Ok(Parsed { address, login: self::login(login), database, tls, parameters })
}

enum Kind {
    One,
    Unix,
    Sentinel,
    Cluster,
}

type Found = std::result::Result<(Address, Option<i64>), &'static str>;

/// Reads hosts and path. What is wrong is told without quoting: a password that was not
/// encoded may be part of it.
fn address(kind: Kind, hosts: &str, path: &str) -> Found {
    let segment = path.strip_prefix('/').unwrap_or(path);
    Ok(match kind {
        Kind::One => {
            let [node] = <[Node; 1]>::try_from(nodes(hosts, 6379)?)
                .map_err(|_| "names several hosts; use redis+cluster or redis+sentinel")?;
            (Address::Tcp(node), database(segment)?)
        }
        Kind::Unix if !hosts.is_empty() => {
            return Err("the path must begin with `/`, as in redis+unix:///run/redis.sock");
        }
        Kind::Unix if segment.is_empty() => {
            return Err("names no socket, as in redis+unix:///run/redis.sock");
        }
        Kind::Unix => (Address::Unix(path.into()), None),
        Kind::Sentinel => {
            let (master, number) = segment.split_once('/').unwrap_or((segment, ""));
            if master.is_empty() {
                return Err("name the master behind the hosts, as in .../mymaster");
            }
            let nodes = nodes(hosts, 26379)?;
            (Address::Sentinel { nodes, master: master.to_owned() }, database(number)?)
        }
        Kind::Cluster if !segment.is_empty() => return Err("a cluster has no databases"),
        Kind::Cluster => (Address::Cluster(nodes(hosts, 6379)?), None),
    })
}

fn nodes(hosts: &str, port: u16) -> std::result::Result<Vec<Node>, &'static str> {
    let node = |host: &str| {
        let url = Url::parse(&format!("redis://{host}")).ok()?;
        let alone = url.path().is_empty() && url.fragment().is_none();
        let host = match url.host().filter(|_| alone)? {
            Host::Ipv6(address) => address.to_string(),
            other => other.to_string(),
        };
        Some(Node { host, port: url.port().unwrap_or(port) }).filter(|node| !node.host.is_empty())
    };
    let found: Option<Vec<Node>> = hosts.split(',').map(node).collect();
    found.ok_or(
        "a host or its port cannot be read, as in host:6379; \
         in a password, write `/` as %2F, `?` as %3F, `#` as %23 and `@` as %40",
    )
}

fn database(number: &str) -> std::result::Result<Option<i64>, &'static str> {
    if number.is_empty() {
        return Ok(None);
    }
    let parsed = number.parse::<u16>().map_err(|_| "the database must be a number, as in /0")?;
    Ok(Some(parsed.into()))
}

fn login(text: &str) -> Login {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    Login {
        user: Some(decoded(user)).filter(|user| !user.is_empty()),
        password: password.map(decoded).filter(|text| !text.is_empty()).map(SecretString::from),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(url: &str) -> (String, Option<String>, Option<String>, Option<i64>, bool) {
        let parsed = parse(url).unwrap();
        let password = parsed.login.password.map(|secret| secret.expose_secret().to_owned());
        let address = parsed.address.to_string();
        (address, parsed.login.user, password, parsed.database, parsed.tls)
    }

    #[test]
    fn urls_name_servers() {
        let some = |text: &str| Some(text.to_owned());
        for (url, address, user, password, database, tls) in [
            ("redis://a", "redis://a:6379", None, None, None, false),
            ("redis://a:80/3", "redis://a:80", None, None, Some(3), false),
            ("rediss://u:p%40%2F@[::1]:7", "redis://[::1]:7", some("u"), some("p@/"), None, true),
            ("redis://:p@a", "redis://a:6379", None, some("p"), None, false),
            ("unix:///run/r%20s?db=1", "redis+unix:///run/r s", None, None, None, false),
            ("redis+unix://:p@/s", "redis+unix:///s", None, some("p"), None, false),
            ("redis+sentinel://a,b:1/m", "redis+sentinel://a:26379,b:1/m", None, None, None, false),
            ("rediss+sentinel://a/m/2", "redis+sentinel://a:26379/m", None, None, Some(2), true),
            (
                "redis+cluster://a,b:1,c",
                "redis+cluster://a:6379,b:1,c:6379",
                None,
                None,
                None,
                false,
            ),
        ] {
            assert_eq!(read(url), (address.to_owned(), user, password, database, tls), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_a_secret() {
        for (url, word) in [
            ("secret", "begin with"),
            ("postgres://u:secret@a", "begin with"),
            ("redis://", "cannot be read"),
            ("redis://:secret", "cannot be read"),
            ("redis://u:sec/ret@a", "cannot be read"),
            ("redis://u:secret@a:port", "cannot be read"),
            ("redis://a:6379,b", "several hosts"),
            ("redis://a/secret", "number"),
            ("redis+unix://run/s", "begin with `/`"),
            ("redis+unix:///", "no socket"),
            ("redis+sentinel://u:secret@a", "name the master"),
            ("redis+cluster://a/1", "no databases"),
        ] {
            let message = parse(url).unwrap_err().to_string();
            assert!(message.contains(word) && !message.contains("sec"), "{url}: {message}");
        }
    }

    #[test]
    fn debug_hides_the_password() {
        let text = format!("{:?}", parse("redis://u:secret@a").unwrap());
        assert!(text.contains('u') && !text.contains("secret"), "{text}");
    }
}
