//! Measures how fast purgatories and SHA-256 libraries verify an image, all in one run.
//!
//! | module | content |
//! | --- | --- |
//! | [`contender`] | the trait of everything that is measured |
//! | [`image`], [`memory`] | the images that contenders verify, and their memory |
//! | [`blob`] | purgatories as contenders, run as shipped |
//! | [`libraries`] | SHA-256 libraries and our implementations, without a purgatory |
//! | [`memory_read`], [`zero_scan`] | reading memory, and the check of zero padding |
//! | [`rows`] | the rows of the result |
//! | [`check`] | the check that a contender finds every corrupted byte, before it is timed |
//! | [`phases`], [`measure`] | the order of the measurements |
//! | [`clock`], [`processor`] | the core that the bench runs on |
//! | [`input`] | the input file: files to measure, and rows that `cargo xtask bench` measures itself |
//! | [`piece`], [`quiet`], [`figures`], [`report`], [`ratios`] | from measurements to figures |
//! | [`table`], [`pictures`] | the output |

pub mod blob;
pub mod check;
pub mod clock;
pub mod contender;
pub mod figures;
pub mod image;
pub mod input;
pub mod libraries;
pub mod measure;
pub mod memory;
pub mod memory_read;
pub mod phases;
pub mod pictures;
pub mod piece;
pub mod processor;
pub mod quiet;
pub mod ratios;
pub mod report;
pub mod rows;
pub mod table;
pub mod zero_scan;
