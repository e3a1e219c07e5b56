//! Private database servers for tests, started from the binaries of this machine.
//!
//! Each runs on ports of its own in a folder of its own, and ends with its value,
//! or with the process that started it, however that ends. Not for production, and
//! not for servers that are there already, what `shared` finds aside.

pub mod disk;
mod log;
pub mod pgbouncer;
mod ports;
pub mod postgres;
mod process;
pub mod proxy;
pub mod redis;
mod tls;
