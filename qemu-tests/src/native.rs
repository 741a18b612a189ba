//! The runs of the native path: `purgatory load`, our loader, between stock kernels.
//!
//! | module | what |
//! | --- | --- |
//! | [`case`] | what is done in a run |
//! | [`cases`] | all runs, and what is expected of each |
//! | [`setup`] | what the runs of one kernel share: its files, and how its machine is started |
//! | [`run`](mod@run) | one run, from power-on to the end |
//! | `damage` | what is changed between load and start, and what a report must say of it |
//! | `report` | what a report says is damaged |
//! | [`readers`] | who reads a dump on the host: makedumpfile, drgn, crash |
//! | [`elfcorehdr`] | what the capture kernel is told to dump, beside what Linux's own loader tells it |
//! | [`loading`] | how long loading takes, beside `kexec` |
//! | [`refusals`] | loads that must fail, and what was loaded before them |

pub mod case;
pub mod cases;
mod damage;
pub mod elfcorehdr;
pub mod loading;
pub mod readers;
pub mod refusals;
mod report;
pub mod run;
pub mod setup;
