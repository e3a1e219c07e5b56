//! The connection against private servers: what fails, what is sent again, what is told.

mod plain;
