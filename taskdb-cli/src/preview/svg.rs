//! The picture of a graph as SVG, which every browser shows.

use std::fmt::Write;

use super::layers::{Layout, place};
use super::text;
use crate::graph::{Graph, Inputs};

/// Characters of a name that are shown; the rest is in the tip.
const NAME: usize = 32;
/// Pixels of a character.
const CHAR: f64 = 7.3;
const ROW: f64 = 52.0;
const BOX: f64 = 34.0;
const GAP: f64 = 56.0;
const EDGE: f64 = 20.0;

const STYLE: &str = "\
text{font:12px monospace;text-anchor:middle;fill:#222}\
rect{fill:#fff;stroke:#456;stroke-width:1.2}.many rect{fill:#eef4fb}.sink rect{stroke-width:2.4}\
path{fill:none;stroke:#789;stroke-width:1.2}marker path{fill:#789;stroke:none}";

/// Draws each task as a box, from left to right; three boxes in a stack are many
/// commands, a thick frame is part of the result.
pub(super) fn draw(graph: &Graph) -> String {
    let layout = place(graph);
    let paper = Paper::new(&layout);
    let (width, height) = (paper.width, paper.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">\n<style>{STYLE}</style>\n<defs><marker id=\"arrow\" \
         viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" \
         style=\"stroke:none\"/>\n"
    );
    for edge in &layout.edges {
        paper.edge(&mut svg, edge);
    }
    for name in &graph.order {
        paper.task(&mut svg, graph, name, layout.tasks[name.as_str()]);
    }
    svg + "</svg>\n"
}

/// From layers and rows to pixels.
struct Paper {
    /// The middle of each layer, and half the width of its boxes.
    columns: Vec<(f64, f64)>,
    top: f64,
    width: f64,
    height: f64,
}

impl Paper {
    fn new(layout: &Layout) -> Self {
        let mut chars: Vec<usize> = Vec::new();
        for (name, &(layer, _)) in &layout.tasks {
            chars.resize(chars.len().max(layer + 1), 3);
            chars[layer] = chars[layer].max(name.len().min(NAME));
        }
        let mut columns = Vec::new();
        let mut x = EDGE;
        for chars in chars {
            let half = (chars as f64 * CHAR + 20.0) / 2.0;
            columns.push((x + half, half));
            x += 2.0 * half + GAP;
        }
        let rows = || layout.edges.iter().flatten().chain(layout.tasks.values()).map(|at| at.1);
        let top = rows().fold(f64::INFINITY, f64::min);
        let bottom = rows().fold(f64::NEG_INFINITY, f64::max);
        let height = (bottom - top) * ROW + BOX + 2.0 * EDGE;
        Self { columns, top, width: x - GAP + EDGE, height }
    }

    fn y(&self, row: f64) -> f64 {
        (row - self.top) * ROW + EDGE + BOX / 2.0
    }

    /// From the right side of a box to the left side of another, through its bends.
    fn edge(&self, svg: &mut String, way: &[(usize, f64)]) {
        let mut path = String::new();
        let mut at = None;
        for (index, &(layer, row)) in way.iter().enumerate() {
            let ((middle, half), y) = (self.columns[layer], self.y(row));
            if let Some((x, from)) = at {
                let to = middle - half;
                let bend = (x + to) / 2.0;
                // Writing to a string does not fail.
                let _ = write!(path, "C{bend:.1} {from:.1} {bend:.1} {y:.1} {to:.1} {y:.1}");
            } else {
                let _ = write!(path, "M{:.1} {y:.1}", middle + half);
            }
            at = Some((middle + half, y));
            if index > 0 && index + 1 < way.len() {
                let _ = write!(path, "H{:.1}", middle + half);
            }
        }
        let _ = writeln!(svg, "<path d=\"{path}\" marker-end=\"url(#arrow)\"/>");
    }

    fn task(&self, svg: &mut String, graph: &Graph, name: &str, (layer, row): (usize, f64)) {
        let ((middle, half), y) = (self.columns[layer], self.y(row));
        let task = graph.task(name);
        let many = !matches!(task.inputs, Inputs::Needs(_));
        let sink = graph.sinks.iter().any(|sink| sink == name);
        let class = [(many, "many"), (sink, "sink")].map(|(is, class)| if is { class } else { "" });
        let tip = format!("{name}: {}\n{}", text::inputs(&task.inputs), text::command(&task.run));
        let _ =
            write!(svg, "<g class=\"{}\"><title>{}</title>", class.join(" ").trim(), escaped(&tip));
        for behind in if many { [6.0, 3.0, 0.0].as_slice() } else { &[0.0] } {
            let (x, y) = (middle - half + behind, y - BOX / 2.0 - behind);
            let width = 2.0 * half - behind;
            let _ = write!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BOX}\" rx=\"5\"/>"
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{middle:.1}\" y=\"{:.1}\">{}</text></g>",
            y + 4.0,
            escaped(&short(name))
        );
    }
}

fn short(name: &str) -> String {
    if name.len() <= NAME { name.to_owned() } else { format!("{}…", &name[..NAME - 1]) }
}

/// Text for XML, which has no form for most control characters.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut xml, c| {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\n' | '\t' => xml.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => xml.push('\u{fffd}'),
            c => xml.push(c),
        }
        xml
    })
}
