//! The report as JSON, for programs that compare runs.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Report;
use crate::error::{Error, Result};

/// Raised when a reader of older reports could no longer read new ones.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    format: u32,
    /// The release that was measured.
    taskdb: Cow<'a, str>,
    #[serde(flatten)]
    report: Cow<'a, Report>,
}

pub(crate) fn text(report: &Report) -> Result<String> {
    let taskdb = Cow::Borrowed(env!("CARGO_PKG_VERSION"));
    let document = Document { format: FORMAT, taskdb, report: Cow::Borrowed(report) };
    let text = serde_json::to_string_pretty(&document);
    text.map(|text| text + "\n").map_err(|error| Error::Report(error.to_string()))
}

/// Reads what [`text`] has written.
pub(crate) fn read(path: &Path) -> Result<Report> {
    let text = std::fs::read_to_string(path).map_err(Error::at(path))?;
    parse(&text).map_err(|why| Error::Report(format!("{}: {why}", path.display())))
}

fn parse(text: &str) -> Result<Report, String> {
    let document: Document<'static> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    match document.format {
        FORMAT => Ok(document.report.into_owned()),
        other => Err(format!("has the format {other}, this program reads {FORMAT}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::sample;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = text(&sample()).unwrap();
        assert_eq!(parse(&text).unwrap(), sample());
        let newer = text.replacen("\"format\": 1", "\"format\": 2", 1);
        assert!(parse(&newer).unwrap_err().contains("format 2"));
        let strange = text.replacen("cycles/s", "apples", 1);
        assert!(parse(&strange).unwrap_err().contains("`apples` is no unit"));
    }

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
