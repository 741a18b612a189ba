//! How fast purgatories and SHA-256 libraries verify, side by side in one run.

pub mod blob;
pub mod contender;
pub mod image;
pub mod sources;
