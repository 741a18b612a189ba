//! States of machines that several runs start from, so that each is reached once: a kernel that has booted, and one
//! that has loaded a target kernel too.
//!
//! A state is saved when a run asks for it and others may follow; the only user gets the machine itself. Each machine
//! has a file of its own as RAM, a copy of the saved one; the rest of a machine's state is written by QEMU as for a
//! migration.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use purgatory_abi::Loader;

use super::case::{Image, Purgatory};
use super::files::Setup;
use super::machine::Machine;
use crate::guest::blob;
use crate::guest::memory::Memory;
use crate::guest::running::{Facts, Guest};
use crate::{memfd, workspace};

/// How long a line of shell in the guest may take.
pub(super) const COMMAND_LIMIT: Duration = Duration::from_secs(90);

/// Bytes of the name of a state's directory, without its number: with it, a file system takes 255.
const NAME_BYTES: usize = 200;

/// A line of shell that fails if something is loaded.
const NOTHING_LOADED: &str =
    "[ $(cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded | tr -d '\\n') = 00 ]";

/// A state, of one machine with one kernel. It is kept until its last user is dropped.
pub struct State {
    setup: Arc<Setup>,
    machine: Machine,
    origin: Origin,
    saved: OnceLock<Result<Saved, String>>,
}

/// How a state is reached.
enum Origin {
    /// The kernel boots, with this image in its file system.
    Boot(Image),
    /// The kernel, with this purgatory embedded, runs a line of shell that loads a target kernel.
    Load {
        /// The state before, until this one is reached: its RAM is freed then, if no other state needs it.
        before: Mutex<Option<Arc<State>>>,
        embedded: Purgatory,
        command: String,
    },
}

struct Saved {
    memory: Memory,
    rest: File,
    facts: Facts,
}

impl State {
    /// The state after the boot.
    #[must_use]
    pub fn boot(setup: &Arc<Setup>, machine: Machine, image: Image) -> Arc<Self> {
        Self::new(setup, machine, Origin::Boot(image))
    }

    /// The state after a line of shell that loads a target kernel. `embedded` is the purgatory that the kernel embeds.
    #[must_use]
    pub fn load(before: &Arc<Self>, embedded: Purgatory, command: String) -> Arc<Self> {
        let (setup, machine) = (&before.setup, before.machine);
        let before = Mutex::new(Some(Arc::clone(before)));
        Self::new(setup, machine, Origin::Load { before, embedded, command })
    }

    fn new(setup: &Arc<Setup>, machine: Machine, origin: Origin) -> Arc<Self> {
        Arc::new(Self { setup: Arc::clone(setup), machine, origin, saved: OnceLock::new() })
    }

    /// The kernel and its files.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Checks that the load ends with `status`, and that nothing is loaded then.
    ///
    /// # Errors
    /// It ends otherwise, something is loaded, or the state before it is not reached.
    pub fn refuses(&self, directory: &Path, status: u8) -> Result<()> {
        let Origin::Load { before, command, .. } = &self.origin else {
            bail!("the state is not that after a load")
        };
        let guest = taken(before)?.start(directory, None)?;
        let answer = guest.ask(command, COMMAND_LIMIT)?;
        ensure!(answer.status == status, "`{command}` must end with status {status}: {answer:?}");
        guest.run(NOTHING_LOADED, COMMAND_LIMIT).context("an image is loaded")
    }

    /// A machine in this state. Logs go to `directory`; `live` is the prefix with which each serial line is printed
    /// when it arrives.
    ///
    /// # Errors
    /// The kernel does not boot, the machine is not as configured, a file is missing, or the load fails: then the error
    /// holds its output.
    pub fn start(self: &Arc<Self>, directory: &Path, live: Option<&str>) -> Result<Guest> {
        if Arc::strong_count(self) == 1 && self.saved.get().is_none() {
            return self.reach(directory, live);
        }
        let saved = self.saved.get_or_init(|| self.save().map_err(|error| format!("{error:#}")));
        let saved = saved.as_ref().map_err(|error| anyhow!("{error}"))?;
        let memory = saved.memory.copy()?;
        let suite = &self.setup.programs.suite;
        let mut qemu = self.machine.qemu(&memory, suite, directory)?.incoming();
        if let Some(prefix) = live {
            qemu = qemu.live(prefix);
        }
        let mut vm = qemu.start()?;
        vm.qmp()?.restore(&memfd::path(&saved.rest))?;
        Ok(Guest { vm, memory, facts: saved.facts.clone() })
    }

    /// The kernel, the machine and the command, for the name of a directory.
    fn name(&self) -> String {
        let command = match &self.origin {
            Origin::Boot(image) => image.name(),
            Origin::Load { command, .. } => command.split(" >").next().unwrap_or_default(),
        };
        let text = format!("{} {} {command}", self.setup.kernel.name, self.machine.name());
        let kept = |c: char| c.is_ascii_alphanumeric() || ".=_".contains(c);
        let words = text.split(|c| !kept(c)).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").chars().take(NAME_BYTES).collect()
    }

    fn save(&self) -> Result<Saved> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = workspace::runs().join(format!("state-{number}-{}", self.name()));
        let place = || format!("the logs of the state are in {}", directory.display());
        self.save_to(&directory).with_context(place)
    }

    fn save_to(&self, directory: &Path) -> Result<Saved> {
        let Guest { mut vm, memory, facts } = self.reach(directory, None)?;
        let rest = memfd::new("purgatory-state")?;
        vm.qmp()?.save(&memfd::path(&rest))?;
        Ok(Saved { memory, rest, facts })
    }

    fn reach(&self, directory: &Path, live: Option<&str>) -> Result<Guest> {
        match &self.origin {
            Origin::Boot(image) => self.power_on(*image, directory, live),
            Origin::Load { before, embedded, command } => {
                let guest = taken(before)?.start(directory, live)?;
                if *embedded == Purgatory::Ours {
                    blob::replace(&guest, &workspace::blob(Loader::Linux)?)?;
                }
                guest.run(command, COMMAND_LIMIT)?;
                Ok(guest)
            }
        }
    }

    fn power_on(&self, image: Image, directory: &Path, live: Option<&str>) -> Result<Guest> {
        let initramfs = self.setup.initramfs(image)?;
        let machine = self.machine;
        let memory = Memory::new(machine.ram)?;
        let (parameters, reservation) = (machine.parameters(), machine.reservation());
        let line = format!("console=ttyS0 {parameters} {reservation} panic=-1");
        let mut qemu = machine
            .qemu(&memory, &self.setup.programs.suite, directory)?
            .args([
                Path::new("-kernel"),
                &self.setup.files()?.kernel,
                Path::new("-initrd"),
                &memfd::path(&initramfs),
            ])
            .args(["-append", &line]);
        if let Some(prefix) = live {
            qemu = qemu.live(prefix);
        }
        let guest = Guest::new(qemu.start()?, memory)?;
        let proof = guest.run(&machine.proof(), COMMAND_LIMIT);
        proof.context("the machine is not as configured")?;
        Ok(guest)
    }
}

/// The state before, which only the first start needs.
fn taken(before: &Mutex<Option<Arc<State>>>) -> Result<Arc<State>> {
    let before = before.lock().unwrap_or_else(PoisonError::into_inner).take();
    before.context("the state was already used, and not saved")
}
