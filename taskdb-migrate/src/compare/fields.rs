//! In what two records differ, by the names of their fields.

use serde_json::Value;
use taskdb::CanonicalJson;
use taskdb::record::Record;

/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// Fields with what callers have written, of which a length and a fingerprint are shown.
const PAYLOADS: [&str; 3] = ["definition", "output", "body"];

/// Names the first fields that differ.
pub(super) fn difference(from: &Record, to: &Record) -> String {
    let (Ok(Value::Object(from)), Ok(Value::Object(to))) =
        (serde_json::to_value(from), serde_json::to_value(to))
    else {
        return "they differ".to_owned();
    };
    let names: std::collections::BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let mut words = Vec::new();
    for name in names {
        let (one, other) = (from.get(name), to.get(name));
        if one != other {
            let hides = PAYLOADS.contains(&name.as_str());
            let [one, other] = [one, other].map(|value| show(value, hides));
            words.push(format!("`{name}` is {one} and became {other}"));
        }
    }
    words.truncate(3);
    words.join(", ")
}

fn show(value: Option<&Value>, hides: bool) -> String {
    let Some(value) = value else { return "absent".to_owned() };
    if hides {
        return format!("{:?}", CanonicalJson::new(value));
    }
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}
