//! Passwords and payloads are in no derived `Debug` output of a public type: one that has such a
//! field writes its own, or keeps it in a type that does.

use crate::problem::Problem;

/// The crates that applications use.
const CRATES: [&str; 7] = [
    "src/",
    "taskdb-core/src/",
    "taskdb-sqlite/src/",
    "taskdb-redis/src/",
    "taskdb-postgres/src/",
    "taskdb-migrate/src/",
    "taskdb-compat/src/",
];
/// Names of fields whose text is a secret, or holds one.
const SECRET: [&str; 6] = ["url", "password", "secret", "definition", "output", "payload"];
/// Fields that look like it and are none, with the reason.
const SAFE: [(&str, &str); 1] = [("Setting", "value")]; // It has no passwords, by its own tests.

pub(crate) fn check(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !CRATES.iter().any(|root| path.starts_with(root)) {
        return problems;
    }
    let (mut derived, mut inside) = (false, None);
    for (number, line) in text.lines().enumerate() {
        let code = line.trim();
        if let Some(name) = inside {
            if line.starts_with('}') {
                inside = None;
            } else if let Some(field) = tells(code).filter(|field| !SAFE.contains(&(name, field))) {
                let advice = format!("`{name}` shows `{field}`: write its Debug by hand");
                problems.push(Problem::new(path, number + 1, advice));
            }
            continue;
        }
        derived = match code {
            _ if code.starts_with("#[derive(") => code.contains("Debug"),
            _ if code.starts_with("#[") || code.starts_with("//") => derived,
            _ => {
                inside = declared(line).filter(|_| derived);
                false
            }
        };
    }
    problems
}

/// The name of a public type whose fields or variants follow.
fn declared(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "))?;
    let open = line.trim_end().ends_with('{');
    rest.split(|c: char| !c.is_alphanumeric()).next().filter(|_| open)
}

/// The field of a line that shows what it should not.
fn tells(code: &str) -> Option<&str> {
    let (name, kind) = code.strip_prefix("pub ").unwrap_or(code).split_once(": ")?;
    let name = name.rsplit(' ').next()?;
    let words = || kind.split(|c: char| !c.is_alphanumeric());
    let json = words().any(|word| word == "Value");
    let text = words().any(|word| ["String", "str", "Url"].contains(&word));
    let secret = text && SECRET.iter().any(|secret| name.split('_').any(|part| part == *secret));
    (json || secret).then_some(name)
}

#[test]
fn a_secret_in_a_derived_debug_is_found() {
    let broken = "#[derive(Debug, Clone)]\n#[non_exhaustive]\npub struct Job {\n    \
                  pub id: u8,\n    pub task_def: Option<Value>,\n    store_url: String,\n}\n";
    let found: Vec<_> = check("src/x.rs", broken).iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("`Job` shows `task_def`"), "{found:?}");
    let fine = broken.replace("Debug, ", "");
    assert!(check("src/x.rs", &fine).is_empty());
    let private = broken.replace("pub struct", "struct");
    assert!(check("src/x.rs", &private).is_empty());
    assert!(check("tests/x.rs", broken).is_empty());
}
