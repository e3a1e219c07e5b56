//! The URL of a server: our parameters taken out, the rest read by the driver.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use taskdb_core::error::redact;
use taskdb_core::{Result, TaskDbErr};
use url::Url;

/// Parameters that the driver reads.
const DRIVERS: [&str; 14] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// A URL taken apart.
pub(crate) struct Parsed {
    pub(crate) options: PgConnectOptions,
    /// Those that are not the driver's.
    pub(crate) parameters: Vec<(String, String)>,
    /// What TLS reads.
    pub(crate) files: Vec<PathBuf>,
}

/// Reads a URL.
pub(crate) fn parse(text: &str) -> Result<Parsed> {
    let unusable = |why: String| TaskDbErr::Config(format!("`{}` {why}", redact(text)));
    let mut url = Url::parse(text).map_err(|error| unusable(format!("is no URL: {error}")))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(unusable("must begin with `postgres://`".to_owned()));
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let (own, drivers): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| is_ours(name));
    url.set_query(None);
    if !drivers.is_empty() {
        url.query_pairs_mut().extend_pairs(&drivers);
    }
    let options = PgConnectOptions::from_str(url.as_str())
        .map_err(|_| unusable("cannot be read: look at its host, port and parameters".to_owned()))?
        .disable_statement_logging();
    let says_how = drivers.iter().any(|(name, _)| name == "sslmode" || name == "ssl-mode");
    let options = match options.get_ssl_mode() {
        // As libpq has it: whoever names an authority wants it asked.
        PgSslMode::Require if drivers.iter().any(|(name, _)| name == "sslrootcert") => {
            options.ssl_mode(PgSslMode::VerifyCa)
        }
        _ => options,
    };
    let options = if says_how || std::env::var_os("PGSSLMODE").is_some() || is_local(&options) {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    };
    let files = drivers.iter().filter(|(name, value)| is_file(name, value));
    let files = files.map(|(_, path)| path.into()).collect();
    Ok(Parsed { options, parameters: own, files })
}

fn is_ours(name: &str) -> bool {
    !DRIVERS.contains(&name) && !name.starts_with("options[")
}

/// Whether a parameter names a file; the driver takes its content in place of it too.
fn is_file(name: &str, value: &str) -> bool {
    matches!(name, "sslrootcert" | "sslcert" | "sslkey")
        && !value.trim_start().starts_with("-----BEGIN")
}

/// Whether nobody can sit in between.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let name = host.trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || name == "localhost"
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> String {
        format!("{:?}", parse(url).unwrap().options.get_ssl_mode())
    }

    #[test]
    fn only_this_machine_is_trusted_without_a_certificate() {
        for url in [
            "postgres://localhost/a",
            "postgres://127.0.0.1:5433/a",
            "postgres://[::1]/a",
            "postgres:///a?host=/run/postgresql",
        ] {
            assert_eq!(mode(url), "Prefer", "{url}");
        }
        assert_eq!(mode("postgres://db.example.com/a"), "VerifyFull");
        assert_eq!(mode("postgres://10.0.0.1/a"), "VerifyFull");
        assert_eq!(mode("postgresql://db.example.com/a?sslmode=require"), "Require");
        assert_eq!(mode("postgres://h/a?sslmode=require&sslrootcert=/ca.pem"), "VerifyCa");
    }

    #[test]
    fn our_parameters_are_taken_out() {
        let url = "postgres://u:p%40w@localhost/a?namespace=n&application_name=x&max_connections=3";
        let parsed = parse(url).unwrap();
        let own: Vec<_> = parsed.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(own, ["namespace", "max_connections"]);
        assert_eq!(parsed.options.get_application_name(), Some("x"));
        assert_eq!(parsed.options.get_username(), "u");
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_its_password() {
        for url in ["mysql://u:sentinel@h/a", "postgres://u:sentinel@h:port/a", "u:sentinel@h"] {
            let words = parse(url).err().unwrap().to_string();
            assert!(!words.contains("sentinel"), "{words}");
        }
    }
}
