//! Tasks in the order they were made, and how far they have been read.

/// A list that only grows. What was read and what was made do not affect each other.
#[derive(Debug, Clone)]
pub(super) struct Sequence<T> {
    tasks: Vec<T>,
    read: usize,
}

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self { tasks: Vec::new(), read: 0 }
    }
}

impl<T> Sequence<T> {
    /// Adds the task that `make` makes of its number, which is returned.
    pub(super) fn push(&mut self, make: impl FnOnce(usize) -> T) -> usize {
        let number = self.tasks.len();
        self.tasks.push(make(number));
        number
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn get(&self, number: usize) -> &T {
        let known = self.tasks.len();
        self.tasks.get(number).unwrap_or_else(|| panic!("no task {number} in a plan of {known}"))
    }

    /// The next task that was not read yet, which then counts as read.
    pub(super) fn next(&mut self) -> Option<&T> {
        let task = self.tasks.get(self.read)?;
        self.read += 1;
        Some(task)
    }

    pub(super) fn unread(&self) -> &[T] {
        &self.tasks[self.read..]
    }

    /// Counts the next `count` tasks as read, or all there are.
    pub(super) fn mark_read(&mut self, count: usize) {
        self.read = self.read.saturating_add(count).min(self.tasks.len());
    }
}
