//! How fast purgatories and SHA-256 libraries verify, side by side in one run.
//!
//! | module | what |
//! | --- | --- |
//! | [`contender`] | what can be measured |
//! | [`image`], [`memory`] | what it is measured on |
//! | [`blob`] | purgatories as they ship |
//! | [`libraries`] | SHA-256 without a purgatory around it |
//! | [`memory_read`], [`zero_scan`] | reading alone, and looking for zeros |
//! | [`rows`] | the rows of the result |
//! | [`check`] | nobody is timed who does not find every change |
//! | [`phases`], [`measure`] | what is measured when |
//! | [`clock`], [`processor`] | the core that it is measured on |
//! | [`given`] | the input: the files of all of these, and rows that `cargo xtask bench` measures elsewhere |
//! | [`piece`], [`quiet`], [`figures`], [`report`], [`ratios`] | what comes of it |
//! | [`table`], [`pictures`] | how it is shown |

pub mod blob;
pub mod check;
pub mod clock;
pub mod contender;
pub mod figures;
pub mod given;
pub mod image;
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
