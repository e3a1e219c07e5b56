//! In what two graphs differ, for whoever resumes one with the file of another.

use super::Graph;

impl Graph {
    /// What of `self` would run otherwise in `other`; none if nothing would. How
    /// many workers there are is no difference.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        for (name, task) in &self.tasks {
            match other.tasks.get(name) {
                None => return Some(format!("it has no task `{name}`")),
                Some(there) if there != task => return Some(format!("its task `{name}` differs")),
                Some(_) => {}
            }
        }
        if let Some(name) = other.tasks.keys().find(|name| !self.tasks.contains_key(*name)) {
            return Some(format!("its task `{name}` is new"));
        }
        if self.dir != other.dir {
            let (here, there) = (self.dir.display(), other.dir.display());
            return Some(format!("its commands run in {there}, not in {here}"));
        }
        if self.env != other.env {
            return Some("its `env` differs".to_owned());
        }
        (self.sinks != other.sinks).then(|| "the order of its tasks differs".to_owned())
    }
}

#[test]
fn differences_have_words() {
    let parse = |text: &str, folder: &str| {
        Graph::parse(text, std::path::Path::new(folder)).expect("a sound graph")
    };
    let (a, b) = ("[tasks.a]\nrun = 'x'\n", "[tasks.b]\nrun = 'x'\n");
    let old = parse(&(a.to_owned() + b), "/");
    for (text, folder, words) in [
        (a.to_owned(), "/", "it has no task `b`"),
        (a.to_owned() + b + "retries = 1\n", "/", "its task `b` differs"),
        (a.to_owned() + b + "[tasks.c]\nrun = 'x'\n", "/", "its task `c` is new"),
        (a.to_owned() + b, "/tmp", "its commands run in /tmp, not in /"),
        (a.to_owned() + b + "[run]\nenv = { A = '' }\n", "/", "its `env` differs"),
        (b.to_owned() + a, "/", "the order of its tasks differs"),
    ] {
        assert_eq!(old.difference(&parse(&text, folder)).as_deref(), Some(words));
    }
    let same = parse(&(a.to_owned() + b + "[run]\njobs = 7\n"), "/");
    assert_eq!(old.difference(&same), None);
}
