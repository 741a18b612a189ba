//! Purgatories as they ship, loaded into this process and started there.
//!
//! The bytes that run are the ones that are shipped: the stock objects out of the kernels and the kexec of a
//! distribution, and our own files. Each is placed and relocated by `purgatory-loader` and gets its tables filled in as
//! its loader would do it.
//!
//! | module | what |
//! | --- | --- |
//! | [`object`] | finds a purgatory inside a kernel or a kexec |
//! | [`drop_in`] | one that Linux or kexec-tools would load: its tables, and what the ways in which it ends mean |
//! | [`native`] | the one of our own contract |
//! | [`resident`] | the memory of either, loaded as often as it is run |
//! | [`processor`] | stands in for what a process may not do: control registers, tables, ports, exceptions. Pure |
//! | [`machine`] | the memory, the signals and the jump. All unsafe code is there |
//! | [`crash_image`] | the segments of a crash image as `kexec_file_load` lays them out |
//! | [`error`] | what can go wrong with any of them |
//! | [`contenders`] | all of them as rows of the bench |
//!
//! Of a stock purgatory, its own check is called: `purgatory` in the kernel's, `verify_sha256_digest` in kexec-tools'.
//! Ours runs from `purgatory_start` to the jump to the next kernel, which leads back here. It executes some twenty
//! instructions on its way that a process may not execute; each is a signal, and [`processor`] does what the real one
//! would. The clock stops while it does; what it costs to come there and back is measured and taken off
//! ([`machine::Cost`]).

pub mod contenders;
pub mod crash_image;
pub mod drop_in;
pub mod error;
pub mod machine;
pub mod native;
pub mod object;
pub mod processor;
mod resident;
