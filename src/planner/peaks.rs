//! The roots of a growing tree: what has been combined so far and waits for more.
//!
//! Peaks behave like the digits of a counter to the base of the fan-in. It knows
//! numbers and heights; what a task is, is for those who use it.

/// Finished subtrees from left to right. Their heights never rise, and fewer than the
/// fan-in have the same one.
#[derive(Debug, Clone)]
pub(super) struct Peaks {
    fan_in: usize,
    row: Vec<Peak>,
}

/// The root of a finished subtree.
#[derive(Debug, Clone, Copy)]
struct Peak {
    number: usize,
    height: u32,
}

impl Default for Peaks {
    fn default() -> Self {
        Self::new(2)
    }
}

impl Peaks {
    /// No peaks, of which later `fan_in` are combined at a time; at least 2.
    pub(super) fn new(fan_in: usize) -> Self {
        Self { fan_in, row: Vec::new() }
    }

    /// Adds a leaf at the right end, and combines as long as the last peaks are as many
    /// of equal height as fit. `combine` makes a task of its inputs and its height, and
    /// returns the number.
    pub(super) fn add(&mut self, leaf: usize, mut combine: impl FnMut(&[usize], u32) -> usize) {
        self.row.push(Peak { number: leaf, height: 0 });
        while let Some(start) = self.row.len().checked_sub(self.fan_in)
            && self.row[start].height == self.row[self.row.len() - 1].height
        {
            self.merge(start, self.row.len(), &mut combine);
        }
    }

    /// Combines all peaks into one, from the smallest to the largest; returns its number.
    ///
    /// Each step takes all peaks up to the second smallest height. There are never more
    /// than the fan-in, and no tree of so many leaves is lower than the result.
    pub(super) fn close_smallest_first(
        &mut self,
        mut combine: impl FnMut(&[usize], u32) -> usize,
    ) -> Option<usize> {
        while let [.., next, _] = self.row[..] {
            let start = self.row.partition_point(|peak| peak.height > next.height);
            self.merge(start, self.row.len(), &mut combine);
        }
        self.root()
    }

    /// Combines all peaks into one, from the largest to the smallest; returns its number.
    pub(super) fn close_largest_first(
        &mut self,
        mut combine: impl FnMut(&[usize], u32) -> usize,
    ) -> Option<usize> {
        while self.row.len() > 1 {
            self.merge(0, self.fan_in.min(self.row.len()), &mut combine);
        }
        self.root()
    }

    fn root(&self) -> Option<usize> {
        self.row.first().map(|peak| peak.number)
    }

    fn merge(
        &mut self,
        start: usize,
        end: usize,
        combine: &mut impl FnMut(&[usize], u32) -> usize,
    ) {
        let inputs: Vec<usize> = self.row[start..end].iter().map(|peak| peak.number).collect();
        // Heights never rise, so the first input is the largest.
        let height = self.row[start].height + 1;
        let number = combine(&inputs, height);
        self.row.splice(start..end, [Peak { number, height }]);
    }
}
