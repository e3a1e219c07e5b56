//! The crate and its program against real stores: SQLite files, and private servers of Redis
//! and Postgres.

mod chain;
mod differences;
mod drain;
mod dumps;
mod events;
mod kills;
mod large;
mod legacy;
mod live;
mod places;
mod population;
mod program;
mod refusals;
mod secrets;
