//! The report as JSON, for programs that compare runs.

use serde::Serialize;

use super::Report;
use crate::error::{Error, Result};

/// Raised when a reader of older reports could no longer read new ones.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    /// The release that was measured.
    taskdb: &'static str,
    #[serde(flatten)]
    report: &'a Report,
}

pub(crate) fn text(report: &Report) -> Result<String> {
    let document = Document { format: FORMAT, taskdb: env!("CARGO_PKG_VERSION"), report };
    let text = serde_json::to_string_pretty(&document);
    text.map(|text| text + "\n").map_err(|error| Error::Report(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::sample;
    use super::*;

    #[test]
    fn figures_stand_beside_limits_and_goals() {
        let value: Value = serde_json::from_str(&text(&sample()).unwrap()).unwrap();
        assert_eq!(value["format"], 1);
        assert_eq!(value["machine"]["cores"], 2);
        assert_eq!(value["stores"][0]["syncs_per_sec"], 8_123.4);
        let expected = json!({
            "store": "sqlite", "workload": "flat", "point": "n=1000 workers=8",
            "what": "cycles", "unit": "cycles/s", "value": 9_312.4, "samples": [9_312.4],
            "limit": {"name": "one-row commits", "value": 8_000.0, "samples": [8_000.0]}, "ratio": 1.164_05,
            "goal": {"goal": 15_000.0, "floor": 7_500.0}, "verdict": "floor-held",
        });
        assert_eq!(value["figures"][0], expected);
        assert_eq!(value["figures"][3]["goal"], Value::Null);
    }
}
