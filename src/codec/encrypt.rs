//! Encryption of payloads, by AES-256-GCM-SIV (RFC 8452).

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use taskdb_core::error::BoxError;
use taskdb_core::layers::Codec;

/// Encrypts payloads, and refuses those that somebody has changed.
///
/// The same payload is encrypted to the same bytes each time, as repeated calls need; so who
/// reads the store sees which payloads are equal, and how long they are, but not what they
/// say. That is what RFC 8452 promises where a nonce is used again (section 9); it names
/// 2^32 payloads as the time for another key.
///
/// A key is known by its name. To change it, write with the new one and go on reading with
/// the old: `Codecs::new().write(Encrypt::new("b", &new)).read(Encrypt::new("a", &old))`.
/// A repeated call that was first made with the old key is then refused as another one.
pub struct Encrypt {
    name: String,
    cipher: Aes256GcmSiv,
}

impl Encrypt {
    /// With this key, of 32 random bytes, under this name.
    pub fn new(key_name: &str, key: &[u8; 32]) -> Self {
        Self { name: format!("aes-256-gcm-siv:{key_name}"), cipher: Aes256GcmSiv::new(key.into()) }
    }
}

impl std::fmt::Debug for Encrypt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encrypt").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Codec for Encrypt {
    fn name(&self) -> &str {
        &self.name
    }

    fn encode(&self, payload: &[u8]) -> Result<Option<Vec<u8>>, BoxError> {
        let payload = Payload { msg: payload, aad: self.name.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::default(), payload);
        Ok(Some(sealed.map_err(|_| "it cannot be encrypted")?))
    }

    fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, BoxError> {
        let sealed = Payload { msg: stored, aad: self.name.as_bytes() };
        let payload = self.cipher.decrypt(&Nonce::default(), sealed);
        Ok(payload.map_err(|_| "the key is another one, or the payload was changed")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_opens_it_and_a_change_is_noticed() {
        let codec = Encrypt::new("a", &[1; 32]);
        let mut sealed = codec.encode(b"secret").unwrap().unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(codec.encode(b"secret").unwrap().as_deref(), Some(&*sealed));
        assert_eq!(codec.decode(&sealed).unwrap(), b"secret");
        assert!(Encrypt::new("a", &[2; 32]).decode(&sealed).is_err());
        assert!(Encrypt::new("b", &[1; 32]).decode(&sealed).is_err());
        sealed[0] ^= 1;
        assert!(codec.decode(&sealed).is_err());
    }

    #[test]
    fn the_key_is_not_shown() {
        let shown = format!("{:?}", Encrypt::new("a", &[77; 32]));
        assert!(shown.contains("aes-256-gcm-siv:a") && !shown.contains("77"), "{shown}");
    }
}
