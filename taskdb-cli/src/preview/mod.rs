//! A graph before it runs: the plan as text, and its picture.

mod dot;
mod layers;
mod svg;
mod text;

use std::path::Path;

use crate::graph::Graph;

pub(crate) use text::text;

/// The picture of a graph in the format that the name of its file asks for.
pub(crate) fn picture(file: &Path, graph: &Graph) -> Result<String, String> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => Ok(svg::draw(graph)),
        Some("dot" | "gv") => Ok(dot::draw(graph)),
        _ => Err(format!("cannot draw {}: name it FILE.svg or FILE.dot", file.display())),
    }
}
