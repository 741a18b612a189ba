//! Runs a purgatory in a process of the host.
//!
//! The bytes that run are the shipped ones. `purgatory-loader` places and relocates them, and the tables are filled in
//! as the loader in question does it.
//!
//! | module | content |
//! | --- | --- |
//! | [`drop_in`] | a purgatory for Linux or kexec-tools, stock or ours |
//! | [`native`] | the purgatory of our own contract |
//! | `resident` | the memory of either, loaded again for every run |
//! | [`verdict`] | the two results of a verification |
//! | [`processor`] | emulates what a process may not do: control registers, tables, ports, exceptions. Pure |
//! | [`machine`] | memory, signals and the jump. Contains all unsafe code |
//! | [`clock`] | the CPU time of a thread |
//! | [`error`] | the errors of all of these |
//!
//! Of a stock purgatory, only the check is called: `purgatory` in the kernel's, `verify_sha256_digest` in
//! kexec-tools'. Ours runs from `purgatory_start` to the jump to the next kernel, which leads back here. On its way it
//! executes some twenty instructions that a process may not execute. Each raises a signal, and [`processor`] emulates
//! it. Exceptions are delivered through the blob's own IDT, page faults among them. The clock stops meanwhile; the
//! cost of entering and leaving the handlers is measured and subtracted ([`machine::Cost`]).

pub mod clock;
pub mod drop_in;
pub mod error;
pub mod machine;
pub mod native;
pub mod processor;
mod resident;
pub mod verdict;
