//! Canonical JSON: one text for one value, whatever made it.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Result;

/// The text of a JSON value with its keys sorted bytewise at every level, no
/// spaces, and numbers that read back as the same number.
///
/// Stores treat it as opaque. Two values are the same exactly when their
/// canonical texts are equal.
///
/// ```
/// use taskdb_core::CanonicalJson;
/// let text = CanonicalJson::new(&serde_json::json!({"b": [1, 2.5], "a": null}));
/// assert_eq!(text.as_str(), r#"{"a":null,"b":[1,2.5]}"#);
/// ```
#[derive(Clone)]
pub struct CanonicalJson {
    text: Box<str>,
    depth: usize,
    /// Bytes of the payload that the text stands for, where it is not the payload itself.
    stands_for: Option<usize>,
}

impl CanonicalJson {
    /// The deepest nesting that is written and can be read back.
    pub const MAX_DEPTH: usize = 100;

    /// Writes `value`. Nesting beyond [`MAX_DEPTH`](Self::MAX_DEPTH) is noticed but not
    /// written: [`depth`](Self::depth) tells, and the argument checks refuse it.
    pub fn new(value: &Value) -> Self {
        let mut text = String::new();
        let depth = write(value, Self::MAX_DEPTH + 1, &mut text);
        Self { text: text.into(), depth, stands_for: None }
    }

    /// Takes a text that a store has kept; it was canonical when it was written.
    pub fn from_stored(text: String) -> Self {
        Self { text: text.into(), depth: 0, stands_for: None }
    }

    /// Takes the canonical text in which a payload of so many bytes is stored.
    pub(crate) fn encoded(text: String, payload_bytes: usize) -> Self {
        Self { text: text.into(), depth: 0, stands_for: Some(payload_bytes) }
    }

    /// Bytes of the payload as the application wrote it, in whatever form it is stored:
    /// what limits count.
    pub fn payload_bytes(&self) -> usize {
        self.stands_for.unwrap_or(self.text.len())
    }

    /// How deep arrays and objects are nested, counted up to one level more than is
    /// allowed; 0 for a text that a store has kept.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its length in bytes.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The value.
    pub fn to_value(&self) -> Result<Value> {
        self.parse()
    }

    /// The value in a shape of the caller's choice.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.text)?)
    }
}

impl PartialEq for CanonicalJson {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CanonicalJson {}

/// Payloads are nobody's to read in a log: this shows the length, and a fingerprint by which two
/// can be told apart.
impl fmt::Debug for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fingerprint = DefaultHasher::new();
        self.text.hash(&mut fingerprint);
        write!(f, "CanonicalJson({} bytes, #{:016x})", self.bytes(), fingerprint.finish())
    }
}

/// A payload of a caller, in the `Debug` output of what holds it.
pub(crate) struct Hidden<'a>(pub(crate) &'a Value);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CanonicalJson::new(self.0).fmt(f)
    }
}

impl fmt::Display for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for CanonicalJson {
    /// As the value itself, so that records stay readable.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: &RawValue =
            serde_json::from_str(&self.text).map_err(serde::ser::Error::custom)?;
        text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CanonicalJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Value::deserialize(deserializer)?))
    }
}

/// Appends `value` and returns how deep it is nested; stops at `levels`.
fn write(value: &Value, levels: usize, out: &mut String) -> usize {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => 0,
        Value::Array(items) => {
            out.push('[');
            let deepest = separated(items, out, |item, out| write(item, levels - 1, out));
            out.push(']');
            deepest + 1
        }
        Value::Object(map) => {
            // Sorted here because another crate may have switched on serde_json's
            // `preserve_order` for the whole program.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            out.push('{');
            let deepest = separated(entries, out, |(key, item), out| {
                scalar(key, out);
                out.push(':');
                write(item, levels - 1, out)
            });
            out.push('}');
            deepest + 1
        }
        leaf => {
            scalar(leaf, out);
            0
        }
    }
}

/// Writes `items` with commas between and returns the largest of what `each` returns.
fn separated<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut String,
    mut each: impl FnMut(T, &mut String) -> usize,
) -> usize {
    let mut largest = 0;
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        largest = largest.max(each(item, out));
    }
    largest
}

fn scalar(leaf: &impl serde::Serialize, out: &mut String) {
    // Writing a string, number, bool or null to memory has no way to fail.
    out.push_str(&serde_json::to_string(leaf).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn a_hundred_levels_are_allowed_and_readable_one_more_is_not() {
        let text = CanonicalJson::new(&nested(100));
        assert_eq!((text.depth(), text.to_value().unwrap()), (100, nested(100)));
        assert_eq!(CanonicalJson::new(&nested(101)).depth(), 101);
        assert_eq!(CanonicalJson::new(&nested(1_000)).depth(), 101);
    }

    #[test]
    fn awkward_values_come_back_as_they_were() {
        let value = json!({
            "big": 9_007_199_254_740_993_u64, "min": i64::MIN, "max": u64::MAX,
            "float": 0.1 + 0.2, "tiny": 5e-324, "zero": -0.0, "nul": "\u{0}", "e": [], "o": {},
        });
        assert_eq!(CanonicalJson::new(&value).to_value().unwrap(), value);
    }

    #[test]
    fn keys_are_sorted_as_bytes_at_every_level() {
        let value: Value = serde_json::from_str(r#"{"é":{"b":1,"a":2},"z":3,"Z":4}"#).unwrap();
        let text = CanonicalJson::new(&value);
        assert_eq!(text.as_str(), r#"{"Z":4,"z":3,"é":{"a":2,"b":1}}"#);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn writing_and_reading_is_the_identity(value in any_json()) {
            let text = CanonicalJson::new(&value);
            let read = text.to_value().unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(CanonicalJson::new(&read), text);
        }
    }
}
