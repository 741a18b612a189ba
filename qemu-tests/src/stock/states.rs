//! The states that runs start from, each once.

use std::collections::HashMap;
use std::sync::Arc;

use purgatory_abi::Loader;

use super::case::{Case, Image, Purgatory};
use super::files::Setup;
use super::load;
use super::machine::Machine;
use super::state::State;

type Boot = (String, Machine, Image);

/// The states that were asked for. It is dropped before the runs are made, so that a state knows whether it has other users.
#[derive(Default)]
pub struct States {
    boots: HashMap<Boot, Arc<State>>,
    loads: HashMap<(Boot, Purgatory, String), Arc<State>>,
}

impl States {
    /// A kernel that has booted, with this image in its file system.
    pub fn boot(&mut self, setup: &Arc<Setup>, machine: Machine, image: Image) -> Arc<State> {
        let key = (setup.kernel.name.clone(), machine, image);
        let made = || State::boot(setup, machine, image);
        Arc::clone(self.boots.entry(key).or_insert_with(made))
    }

    /// A kernel that has loaded the case's image.
    pub fn load(&mut self, setup: &Arc<Setup>, case: &Case, purgatory: Purgatory) -> Arc<State> {
        let embedded = match case.loader {
            Loader::Linux => purgatory,
            Loader::KexecTools | Loader::Native => Purgatory::Stock,
        };
        let command = load::load(case, purgatory);
        let before = self.boot(setup, case.machine, case.image);
        let boot = (setup.kernel.name.clone(), case.machine, case.image);
        let made = || State::load(&before, embedded, command.clone());
        Arc::clone(self.loads.entry((boot, embedded, command.clone())).or_insert_with(made))
    }
}
