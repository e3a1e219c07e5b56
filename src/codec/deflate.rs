//! Compression of payloads, by DEFLATE (RFC 1951).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use taskdb_core::Limits;
use taskdb_core::error::BoxError;
use taskdb_core::layers::Codec;

/// Compresses payloads of some size, where it makes them smaller.
#[derive(Debug, Clone, Copy)]
pub struct Deflate {
    min_bytes: usize,
}

impl Default for Deflate {
    /// Leaves payloads below 1 KiB alone.
    fn default() -> Self {
        Self { min_bytes: 1 << 10 }
    }
}

impl Deflate {
    /// Leaves payloads below this size alone, in bytes.
    #[must_use]
    pub fn min_bytes(self, min_bytes: usize) -> Self {
        Self { min_bytes }
    }
}

impl Codec for Deflate {
    fn name(&self) -> &str {
        "deflate"
    }

    fn encode(&self, payload: &[u8]) -> Result<Option<Vec<u8>>, BoxError> {
        if payload.len() < self.min_bytes {
            return Ok(None);
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(payload)?;
        let compressed = encoder.finish()?;
        // The envelope writes three bytes as four characters.
        Ok((compressed.len() / 3 * 4 < payload.len()).then_some(compressed))
    }

    fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, BoxError> {
        let most = Limits::HARD.payload_bytes as u64;
        let mut payload = Vec::new();
        DeflateDecoder::new(stored).take(most + 1).read_to_end(&mut payload)?;
        if payload.len() as u64 > most {
            return Err("it is larger than any payload may be".into());
        }
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shrinks_what_repeats_and_leaves_the_rest() {
        let codec = Deflate::default();
        let payload = "[1,2,3]".repeat(1_000).into_bytes();
        let small = codec.encode(&payload).unwrap().unwrap();
        assert!(small.len() < payload.len() / 20, "{} bytes", small.len());
        assert_eq!(codec.decode(&small).unwrap(), payload);
        assert_eq!(codec.encode(b"short").unwrap(), None);
        let noise = std::iter::successors(Some(1_u64), |x| {
            Some(x.wrapping_mul(6_364_136_223_846_793_005) + 1)
        });
        let noise: Vec<u8> = noise.map(|x| (x >> 56) as u8).take(4_096).collect();
        assert_eq!(Deflate::default().min_bytes(0).encode(&noise).unwrap(), None);
    }

    #[test]
    fn a_bomb_and_rubbish_are_refused() {
        let zeros = vec![b' '; Limits::HARD.payload_bytes + 2];
        let bomb = Deflate::default().encode(&zeros).unwrap().unwrap();
        let refused = Deflate::default().decode(&bomb).unwrap_err();
        assert!(refused.to_string().contains("larger"), "{refused}");
        assert!(Deflate::default().decode(b"\xff\xff\xff").is_err());
    }
}
