//! Files of graphs, and graphs as the engine keeps them, bent at random: understood or refused,
//! with a place in the file, and never a panic.

use std::path::Path;

use taskdb_testkit::fuzz::Bender;

use super::Graph;

fn corpus() -> Vec<String> {
    let own = include_str!("corpus/graphs.toml").split("\n---\n").map(str::to_owned);
    let example = include_str!("../../../examples/wordcount/graph.toml").to_owned();
    own.chain([example]).collect()
}

/// What must hold of every graph that was understood.
fn assert_sound(graph: &Graph, text: &str) {
    assert_eq!(graph.order.len(), graph.tasks.len(), "{text}");
    for (place, name) in graph.order.iter().enumerate() {
        let before = &graph.order[..place];
        let needs = graph.task(name).inputs.names();
        assert!(needs.iter().all(|need| before.contains(need)), "{name} of {text}");
    }
    assert!(graph.sinks.iter().all(|sink| graph.tasks.contains_key(sink)), "{text}");
    assert!(graph.late().len() <= graph.tasks.len() && !graph.worker_types().is_empty());
    let kept = serde_json::to_string(graph).expect("it is written");
    assert_eq!(serde_json::from_str::<Graph>(&kept).expect("it is read"), *graph, "{text}");
}

#[test]
fn a_file_is_understood_or_refused() {
    let (mut understood, mut refused) = (0, 0);
    for text in Bender::new(corpus()).texts() {
        match Graph::parse(&text, Path::new("/folder")) {
            Ok(graph) => {
                assert_sound(&graph, &text);
                understood += 1;
            }
            Err(problem) => {
                assert!(problem.show("g.toml", &text).starts_with("g.toml:"), "{text}");
                refused += 1;
            }
        }
    }
    assert!(understood >= corpus().len() && refused > 0, "{understood} and {refused}");
}

#[test]
fn a_kept_graph_is_read_or_refused() {
    let written = |text: String| serde_json::to_string(&Graph::read(&text)).unwrap();
    let kept: Vec<_> = corpus().into_iter().map(written).collect();
    let read = Bender::new(kept.clone()).texts().filter(|text| {
        let Ok(graph) = serde_json::from_str::<Graph>(text) else { return false };
        let written = serde_json::to_string(&graph).expect("it is written");
        serde_json::from_str::<Graph>(&written).expect("it is read again") == graph
    });
    assert!(read.count() >= kept.len(), "not even the corpus is read");
}
