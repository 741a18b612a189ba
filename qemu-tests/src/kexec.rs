//! The runs of kexec-tools: Debian 12's `kexec`, with its own purgatory or with ours, between stock kernels.
//!
//! What a loader in user space can do and the kernel's own cannot: every format, every switch. A run is a command line
//! of `kexec`, and what is expected of it is one value for each purgatory.
//!
//! | module | what |
//! | --- | --- |
//! | [`case`] | what is done in a run |
//! | [`cases`] | all runs, and what is expected of each |
//! | [`setup`] | what the runs of one kernel share: its files, and how its machine is started |
//! | [`segments`] | what kexec-tools loads and Linux does not: the place to save low memory to, and setup data |
//! | [`run`] | one run, from power-on to the end |
//! | [`seen`] | what can be seen of a run, expected and real |
//! | [`table`] | all runs, the stock purgatory beside ours |

pub mod case;
pub mod cases;
pub mod run;
pub mod seen;
pub mod segments;
pub mod setup;
pub mod table;
