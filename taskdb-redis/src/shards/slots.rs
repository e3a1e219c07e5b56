//! The hash tags of shards, chosen so that shards spread over the slots of a cluster.

use taskdb_core::Namespace;

use crate::conn::{SLOTS, slot};

/// The tags of `shards` shards, without braces: the namespace alone for one; else shard
/// `i` has the smallest `k` for which the slot of `ns:k` lies in the `i`-th part of all
/// slots, so that masters with equal ranges hold equally many shards.
///
/// ```text
/// tags("taskdb", 1) = ["taskdb"]
/// tags("taskdb", 3) = ["taskdb:2", "taskdb:1", "taskdb:0"]
/// ```
pub(crate) fn tags(namespace: &Namespace, shards: u16) -> Vec<String> {
    if shards == 1 {
        return vec![namespace.to_string()];
    }
    let mut tags = vec![None; usize::from(shards)];
    let mut missing = tags.len();
    for k in 0_u32.. {
        let tag = format!("{namespace}:{k}");
        let part = usize::from(slot(&tag)) * tags.len() / usize::from(SLOTS);
        if tags[part].is_none() {
            tags[part] = Some(tag);
            missing -= 1;
        }
        if missing == 0 {
            break;
        }
    }
    tags.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn of(name: &str, shards: u16) -> Vec<String> {
        tags(&name.parse().unwrap(), shards)
    }

    #[test]
    fn one_shard_has_the_name_of_the_namespace() {
        assert_eq!(of("taskdb", 1), ["taskdb"]);
    }

    #[test]
    fn each_part_of_the_slots_has_a_shard() {
        for shards in [2, 3, 7, 64, 1024] {
            for name in ["taskdb", "a.b-c"] {
                let tags = of(name, shards);
                assert_eq!(tags.iter().collect::<HashSet<_>>().len(), usize::from(shards));
                for (i, tag) in tags.iter().enumerate() {
                    let slot = u32::from(slot(&format!("{{{tag}}}:meta")));
                    let part = slot * u32::from(shards) / u32::from(SLOTS);
                    assert_eq!(part as usize, i, "{tag}");
                }
            }
        }
    }

    /// Data lies where these say: they must never change.
    #[test]
    fn tags_are_stable() {
        assert_eq!(of("taskdb", 3), ["taskdb:2", "taskdb:1", "taskdb:0"]);
    }
}
