//! Runs on stock kernels: a kernel loads a target kernel, with the stock purgatory or with ours, and starts it.
//!
//! | module | content |
//! | --- | --- |
//! | [`case`] | what a run does, and what is expected of it |
//! | [`cases`] | all runs |
//! | [`machine`] | the machines of the runs |
//! | [`files`] | the files that the runs of one kernel share |
//! | [`state`] | states of machines that several runs start from |
//! | [`states`] | these states, each once |
//! | `load` | the lines of shell that load a target kernel and start it |
//! | `faults` | faults in a loaded crash image |
//! | [`run`](mod@run) | one run |
//! | `site` | where the purgatory of a run is |
//! | `watch` | what happens between the start of the target kernel and the end |
//! | `evidence` | what a run leaves |
//! | [`seen`] | what can be seen of a run, expected and real |
//! | `corruption` | what a report of the native purgatory must say of the changed bytes |
//! | `screen` | the text on the screen of a VGA adapter |
//! | `kexec_tools` | what kexec-tools loads and Linux does not |
//! | [`table`] | the runs of kexec-tools, for the documentation |
//! | [`placement`] | a load without a panic: is everything where the tables say? |
//! | [`elfcorehdr`] | elfcorehdr by our loader and by Linux |
//! | [`refusals`] | loads that must fail, and what was loaded before them |
//! | [`loading`] | how long loading takes, compared with `kexec` |
//! | [`readers`] | the programs that read a dump on the host: makedumpfile, drgn, crash |

pub mod case;
pub mod cases;
mod corruption;
pub mod elfcorehdr;
mod evidence;
mod faults;
pub mod files;
mod kexec_tools;
mod load;
pub mod loading;
pub mod machine;
pub mod placement;
pub mod readers;
pub mod refusals;
pub mod run;
mod screen;
pub mod seen;
mod site;
pub mod state;
pub mod states;
pub mod table;
mod watch;
