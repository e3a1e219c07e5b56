//! The store where its inside is looked at as well.

mod work;
