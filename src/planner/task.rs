//! A task of a proving plan and what it is to do; which worker does it is not known here.

use std::collections::VecDeque;

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Proves a keccak; a leaf.
    Keccak,
    /// Proves a segment; a leaf.
    Segment,
    /// Joins two results of segments or joins.
    Join,
    /// Unites two results of keccaks or unions.
    Union,
    /// Finishes the proof from the root of each tree.
    Finalize,
}

/// A step of a plan. Once made, it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Task {
    /// Its place in the order of creation, from 0.
    pub task_number: usize,
    /// 0 for a leaf, else 1 more than that of its larger input.
    pub task_height: u32,
    /// What it does.
    pub command: Command,
    /// Its inputs that are segments or joins, left before right: two of a
    /// [`Join`](Command::Join), at most one of [`Finalize`](Command::Finalize).
    pub depends_on: Vec<usize>,
    /// Its inputs that are keccaks or unions, left before right: two of a
    /// [`Union`](Command::Union), at most one of [`Finalize`](Command::Finalize).
    pub keccak_depends_on: VecDeque<usize>,
}

impl Task {
    pub(super) fn new(
        task_number: usize,
        task_height: u32,
        command: Command,
        depends_on: &[usize],
        keccak_depends_on: &[usize],
    ) -> Self {
        let (depends_on, keccaks) = (depends_on.to_vec(), keccak_depends_on.to_vec());
        Self { task_number, task_height, command, depends_on, keccak_depends_on: keccaks.into() }
    }

    /// The numbers of all its inputs: segments and joins first, then keccaks and unions.
    /// They are smaller than its own.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        self.depends_on.iter().chain(&self.keccak_depends_on).copied()
    }
}
