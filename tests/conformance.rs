//! Replaced by the suite. 
fn main() {}
