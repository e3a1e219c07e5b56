//! Stores under faults: what callers were told holds, whatever happened on the way to the
//! server, in the server, to the clock, or to callers that did not wait.
//!
//! Crews work while one fault after the other strikes, all chosen by a seed. When the faults
//! are over everything must drain within twice the time of a claim, and a history of all calls
//! judges what is stored, together with the audit. Beside it, every verb loses its requests and
//! answers one at a time.
//!
//! `TASKDB_FAULT_SEEDS` (3) says how many seeds are run on each store, `TASKDB_FAULT_SEED`
//! which is the first; it repeats the faults and the choices of the workers, and their timing
//! as far as the machine allows. Not for what a full disk or memory does.
//!
//! # Layout
//!
//! * [`storm`]: the run of a seed, the same for every store; [`clock`]: a clock that steps.
//! * [`sqlite`], [`redis`], [`postgres`]: a store each, and what can happen to it; [`way`]:
//!   what can happen on the way to a server; [`pair`]: a Redis server and its replica.
//! * [`process`]: crews in processes of their own, which are stopped and killed.
//! * [`verbs`], [`scene`], [`lost`]: every verb with a request or an answer that is lost or
//!   arrives twice; [`doubled`]: many callers at once while such things arrive twice.

// Connecting is a future of many layers, and here it lies below some more.
#![recursion_limit = "256"]

mod clock;
mod doubled;
mod lost;
mod pair;
mod postgres;
mod process;
mod redis;
mod scene;
mod sqlite;
mod storm;
mod verbs;
mod way;
