//! The reference implementation of the storage seam, in memory.
