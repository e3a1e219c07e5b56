//! Payloads stored in another form: compressed, encrypted, or what an application brings.
//!
//! [`TaskDb::encode`](crate::TaskDb::encode) puts [`Codecs`] around a handle. Every handle
//! that is to read those payloads needs them too. The first codec is applied first, so
//! compress before you encrypt.
//!
#![cfg_attr(all(feature = "compress", feature = "encrypt", feature = "sqlite"), doc = "```")]
#![cfg_attr(
    not(all(feature = "compress", feature = "encrypt", feature = "sqlite")),
    doc = "```ignore"
)]
//! use serde_json::json;
//! use taskdb::codec::{Codecs, Deflate, Encrypt};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let key = [7; 32]; // from a secret store; see `Encrypt`
//! let codecs = Codecs::new().write(Deflate::default()).write(Encrypt::new("2026-11", &key));
//! let db = taskdb::connect("memory:").await?;
//! let private = db.encode(codecs);
//!
//! let cpu = private.create_stream("cpu", 1, 1.0, "alice").await?;
//! let job = private.create_job(&cpu, &json!({"patient": 815}), 0, 60, "alice").await?;
//! assert_eq!(private.get_task(&job, "init").await?.definition.as_str(), r#"{"patient":815}"#);
//! assert!(!db.get_task(&job, "init").await?.definition.as_str().contains("815"));
//! # Ok::<(), taskdb::TaskDbErr>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "compress")]
mod deflate;
#[cfg(feature = "encrypt")]
mod encrypt;

#[cfg(feature = "compress")]
pub use deflate::Deflate;
#[cfg(feature = "encrypt")]
pub use encrypt::Encrypt;
pub use taskdb_core::layers::{Codec, Codecs};
