//! The runs: a stock kernel that panics, with the stock purgatory or with ours.
//!
//! | module | what |
//! | --- | --- |
//! | [`case`] | what is done in a run, and what is expected of it |
//! | [`setup`] | what the runs of one kernel share: its files, and how its machine is started |
//! | [`run`] | one run, from power-on to the end |
//! | `watch` | what happens between the panic and the end |
//! | [`outcome`] | what was seen, held against what was expected |
//! | [`placement`] | a load without a panic: is everything where the tables say? |
//! | [`table`] | all runs, the stock purgatory beside ours |

pub mod case;
pub mod outcome;
pub mod placement;
pub mod run;
pub mod setup;
pub mod table;
pub(crate) mod watch;
