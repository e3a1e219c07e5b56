//! Digests of content: BLAKE3 over the lines that a dump has for it.

use std::fmt;

use serde::{Serialize, Serializer};
use taskdb::record::Record;

/// A digest of some records.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Adds the digest of a part; the order of parts does not matter.
    pub(crate) fn add(&mut self, part: Self) {
        let mut carry = 0;
        for (byte, more) in self.0.iter_mut().zip(part.0) {
            let sum = u16::from(*byte) + u16::from(more) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Makes the digest of records that belong together.
#[derive(Clone, Default)]
pub(crate) struct Hasher {
    hasher: blake3::Hasher,
    /// Lines that are still to be hashed, for many at once take much less time.
    lines: Vec<u8>,
}

/// Bytes that are hashed at once.
const MANY: usize = 1 << 15;

impl Hasher {
    /// Begins with an earlier digest.
    pub(crate) fn begin(&mut self, digest: Digest) {
        self.lines.extend(digest.0);
    }

    pub(crate) fn take(&mut self, record: &Record) {
        let before = self.lines.len();
        // A record of this release has nothing that JSON cannot say.
        match serde_json::to_writer(&mut self.lines, record) {
            Ok(()) => self.lines.push(b'\n'),
            Err(_) => self.lines.truncate(before),
        }
        if self.lines.len() >= MANY {
            self.hasher.update(&self.lines);
            self.lines.clear();
        }
    }

    /// The digest, and a fresh start.
    pub(crate) fn finish(&mut self) -> Digest {
        self.hasher.update(&self.lines);
        self.lines.clear();
        let digest = Digest(*self.hasher.finalize().as_bytes());
        self.hasher.reset();
        digest
    }
}

#[test]
fn sums_do_not_depend_on_the_order() {
    let part = |byte| Digest([byte; 32]);
    let (mut a, mut b) = (Digest::default(), Digest::default());
    for byte in [255, 3, 200] {
        a.add(part(byte));
    }
    for byte in [200, 255, 3] {
        b.add(part(byte));
    }
    assert_eq!(a, b);
    b.add(part(1));
    assert_ne!(a, b);
}
