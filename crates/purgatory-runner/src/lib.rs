//! Runs a purgatory in a process of the host.
//!
//! It runs the shipped bytes. `purgatory-loader` places and relocates them, and this crate fills in the tables as the
//! purgatory's loader does.
//!
//! | module | content |
//! | --- | --- |
//! | [`drop_in`] | a purgatory for Linux or kexec-tools, stock or ours |
//! | [`native`] | the purgatory of our own contract |
//! | [`object`] | finds a purgatory inside a kernel or a kexec |
//! | `resident` | the memory of a purgatory, loaded again for every run |
//! | [`verdict`] | the two results of a verification |
//! | [`processor`] | emulates control registers, tables, ports and exceptions, which a process may not access. Pure |
//! | [`machine`] | memory, signals and the jump. Contains all unsafe code |
//! | [`clock`] | the CPU time of a thread |
//! | [`error`] | the errors of all of these |
//!
//! Of a stock purgatory, only the check is called: `purgatory` in the kernel's, `verify_sha256_digest` in
//! kexec-tools'. Ours runs from `purgatory_start` to the jump to the target kernel, where the run ends. It
//! executes some twenty instructions that a process may not execute. Each raises a signal, and [`processor`] emulates
//! it. Exceptions, including page faults, are delivered through the blob's own IDT. The clock stops meanwhile. The cost
//! of entering and leaving the handlers is measured and subtracted ([`machine::Cost`]).

pub mod clock;
pub mod drop_in;
pub mod error;
pub mod machine;
pub mod native;
pub mod object;
pub mod processor;
mod resident;
pub mod verdict;
