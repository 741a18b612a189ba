//! Runs on stock kernels: a kernel loads a target kernel, with the stock purgatory or with ours, and starts it.
//!
//! | module | content |
//! | --- | --- |
//! | [`case`] | the actions of a run, and its expected result |
//! | [`cases`] | all runs |
//! | [`machine`] | the machines of the runs |
//! | [`files`] | the files that the runs of one kernel share |
//! | [`state`] | states of machines that several runs start from |
//! | [`states`] | these states, each once |
//! | `load` | the lines of shell that load a target kernel and start it |
//! | `faults` | faults in a loaded crash image |
//! | [`run`](mod@run) | one run |
//! | `site` | where the purgatory of a run is |
//! | `watch` | waits for the end, after the start of the target kernel |
//! | `evidence` | the output of a run |
//! | [`seen`] | the result of a run, expected and actual |
//! | `corruption` | the lines of a native report about the corrupted bytes |
//! | `screen` | the text on the screen of a VGA adapter |
//! | `kexec_tools` | segments that only kexec-tools loads |
//! | [`table`] | the runs of kexec-tools, for the documentation |
//! | [`placement`] | a load without a panic: is everything where the tables say? |
//! | [`elfcorehdr`] | elfcorehdr by our loader and by Linux |
//! | [`refusals`] | loads that must fail, and the image loaded before them |
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
