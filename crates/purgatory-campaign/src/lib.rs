//! Puts random faults into loaded purgatories and images, runs them in processes, and classifies each end.
//!
//! | module | content |
//! | --- | --- |
//! | [`ram`] | the memory of the machine, at its physical addresses |
//! | [`image`] | the image of a capture kernel and its purgatory, loaded into that memory |
//! | [`target`] | the parts of memory that faults hit |
//! | [`fault`] | one fault, chosen by seed and index |
//! | [`options`] | the faults of a campaign, as arguments of a program |
//! | [`outcome`] | the classes of ends |
//! | [`expect`] | the report that a fault requires |
//! | [`classify`] | compares the end of a run with the requirements |
//! | [`child`] | one run in a child process. Contains all unsafe code |
//! | [`snapshot`] | the memory and the end of one run, for a comparison with another machine |
//! | [`tally`] | the numbers of a campaign, as JSON and as a table |
//!
//! A fault is a change of memory between the load and the start of the purgatory. The same seed and index give the same
//! fault in the same blob.

#![allow(clippy::single_range_in_vec_init, reason = "a list of ranges may have one entry")]

pub mod child;
pub mod classify;
pub mod expect;
pub mod fault;
pub mod image;
pub mod options;
pub mod outcome;
pub mod ram;
pub mod snapshot;
pub mod tally;
pub mod target;
