//! A password appears nowhere, whatever is done with it.

use super::*;

const SECRET: &str = "s3ntinel/5ecret";
const ESCAPED: &str = "s3ntinel%2F5ecret";

/// Everything that can be asked to show itself.
fn everything(config: &Config) -> String {
    let effective = config.effective();
    let outcome = checked(config);
    let only = config.only("nothing", &[]);
    format!(
        "{config:?} {config:#?} {effective} {effective:?} {} {outcome:?} {:?} {only:?} {} {:?} {:?}",
        serde_json::to_string(&effective).unwrap(),
        outcome.as_ref().err().map(ToString::to_string),
        config.refuse("password", "no"),
        config.url(),
        (config.url_with_password(), config.password()),
    )
}

fn assert_hidden(config: &Config) {
    let shown = everything(config);
    for part in ["s3ntinel", "5ecret"] {
        assert!(!shown.contains(part), "`{part}` is in {shown}");
    }
}

#[test]
fn good_passwords_are_hidden() {
    let url = format!("custom://ann:{ESCAPED}@h/db");
    for config in [
        Config::new().with_backend("custom").with_host("h").with_password(SECRET),
        Config::from_url(&url),
        Config::from_url(&format!("custom://h?password={ESCAPED}")),
        Config::from_url("custom://h").with_env([("TASKDB_PASSWORD", SECRET)]),
        Folder::with(&format!("url = '{url}'")).config(),
        Folder::with(&format!("url = 'custom://h'\npassword = '{SECRET}'")).config(),
        Config::from_url(&format!("custom://h?driver_secret={ESCAPED}")).with_url("custom://h"),
    ] {
        assert_hidden(&config);
    }
    let config = Config::from_url(&url);
    assert!(everything(&config).contains("ann:***@h/db"));
}

#[test]
fn passwords_in_the_wrong_place_are_hidden() {
    for line in [
        format!("url = 'custom://ann:{SECRET}@h/db'"),
        format!("url = 'custom://ann:{SECRET}"),
        format!("url = '{SECRET}'"),
        format!("backend = 'custom://ann:{SECRET}@h'"),
        format!("host = 'ann:{SECRET}@h'"),
        format!("port = '{SECRET}'"),
        format!("namespace = '{SECRET}'"),
        format!("durability = '{SECRET}'"),
        format!("timeouts.connect = '{SECRET}'"),
        format!("passwrd = '{SECRET}'"),
        format!("password = ['{SECRET}']"),
        format!("password = '{SECRET}\n"),
        format!("password = \"{SECRET}\\q\""),
        format!("password = {SECRET}"),
        format!("password '{SECRET}'"),
        format!("password = '{SECRET}'\npassword = '{SECRET}'"),
        format!("[password]\nx = '{SECRET}'"),
        format!("url = 'sqlite://jobs.db?password={ESCAPED}'"),
        format!("url = 'mysql://ann:{ESCAPED}@h'"),
        format!("url = 'custom://ann:{ESCAPED}@h'\npassword = '{SECRET}'"),
    ] {
        let config = Folder::with(&line).config();
        assert_hidden(&config);
        assert!(checked(&config).is_err(), "{line}");
    }
    for variable in ["TASKDB_URL", "TASKDB_TLS__ENABLED", "TASKDB_PASWORD", "TASKDB_X__Y"] {
        let config = Config::new().with_env([(variable, SECRET)]);
        assert_hidden(&config);
        assert!(refusal(&config).contains(variable));
    }
}

#[tokio::test]
async fn connecting_tells_nothing() {
    for url in ["redis", "mysql", "sqlite", "nothing at all"] {
        let url = format!("{url}://ann:{ESCAPED}@h/db?password=x");
        let error = Config::from_url(&url).connect().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3ntinel"), "{error}");
    }
}
