//! A run of the shim and its expected result.

use std::fmt::Debug;
use std::sync::Arc;

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Fault, Part};
use boot_shim::setup::{Place, Setup};
use boot_shim::sha256::Task;
use purgatory_abi::Loader;
use purgatory_abi::report::VerdictLine;
use purgatory_abi::status::{Action, Status, Warning};

use super::ending::Ending;
use super::memory::Read;
use super::outcome::Outcome;
use crate::qemu::Qmp;

/// How many UARTs the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uarts {
    /// None.
    None,
    /// ttyS0.
    One,
    /// ttyS0 and ttyS1.
    Two,
}

/// Something that happens to the machine once the blob was entered.
pub type Act = fn(&mut Qmp) -> Result<()>;

/// Something that has to hold for the outcome.
pub type Check = Arc<dyn Fn(&Outcome) -> Result<()> + Send + Sync>;

const MEMORY: &str = "256M";
/// More than the RAM below 4 GiB.
const LARGE_MEMORY: &str = "6G";
/// A VGA adapter.
const VGA: &str = "VGA";
/// A mask that makes the digest of any image wrong.
const BROKEN: Fault = Fault::flip(Part::Digest, Byte::Guest);

/// A run of the shim.
#[derive(Clone)]
pub struct Case {
    pub(super) blob: Loader,
    pub(super) name: String,
    pub(super) cpu: String,
    pub(super) in_bochs: bool,
    pub(super) counting: bool,
    pub(super) memory: &'static str,
    pub(super) setup: Setup<'static>,
    pub(super) command_line: String,
    /// Work with these vectors instead of a blob.
    pub(super) task: Option<(Task, Vec<u8>)>,
    pub(super) uarts: Uarts,
    pub(super) devices: Vec<String>,
    pub(super) act: Option<Act>,
    pub(super) read: Option<Read>,
    pub(super) ending: Ending,
    pub(super) checks: Vec<Check>,
}

impl Case {
    /// The processor of most cases: everything that the emulator has, but four levels of page tables.
    pub const CPU: &str = "max,la57=off";

    fn new(name: &str, setup: Setup<'static>, command_line: &str, ending: Ending) -> Self {
        Self {
            blob: Loader::Linux,
            name: name.to_owned(),
            cpu: Self::CPU.to_owned(),
            in_bochs: false,
            counting: false,
            memory: if setup.place == Place::High { LARGE_MEMORY } else { MEMORY },
            setup,
            command_line: command_line.to_owned(),
            task: None,
            uarts: Uarts::One,
            devices: Vec::new(),
            act: None,
            read: None,
            ending,
            checks: Vec::new(),
        }
    }

    /// A run with SHA-256 implementations instead of a blob.
    pub(crate) fn of_implementations(name: &str, task: Task, vectors: &[u8]) -> Self {
        let task = Some((task, vectors.to_vec()));
        Self { task, ..Self::lands(name, Setup::PLAIN, "") }
    }

    /// An image that is started.
    #[must_use]
    pub fn lands(name: &str, setup: Setup<'static>, command_line: &str) -> Self {
        Self::new(name, setup, command_line, Ending::Lands)
    }

    /// An image that is not started, with a report of this status, if no failure action is configured: only a mismatch
    /// halts then.
    #[must_use]
    pub fn fails(name: &str, setup: Setup<'static>, command_line: &str, status: Status) -> Self {
        let by_default = if status == Status::Mismatch { Self::halts } else { Self::resets };
        by_default(name, setup, command_line, status)
    }

    /// An image that is not started, with a report of this status, and a halt.
    #[must_use]
    pub fn halts(name: &str, setup: Setup<'static>, command_line: &str, status: Status) -> Self {
        Self::new(name, setup, command_line, Ending::Halts).verdict(status, Action::Halt)
    }

    /// An image that is not started, with a report of this status, and a reset.
    #[must_use]
    pub fn resets(name: &str, setup: Setup<'static>, command_line: &str, status: Status) -> Self {
        Self::new(name, setup, command_line, Ending::Resets).verdict(status, Action::Reset)
    }

    /// A run with another ending, of which nothing is known yet.
    #[must_use]
    pub fn ends(name: &str, setup: Setup<'static>, command_line: &str, ending: Ending) -> Self {
        Self::new(name, setup, command_line, ending)
    }

    /// Returns this case, and the same with a wrong digest, which must not land and must report a mismatch on ttyS0.
    #[must_use]
    pub fn and_broken(self) -> [Self; 2] {
        let broken = self.broken(Ending::Halts).verdict(Status::Mismatch, Action::Halt);
        [self, broken]
    }

    /// Returns this case, and the same with a wrong digest, which must end so; it may be unable to print a report.
    #[must_use]
    pub fn and_broken_silently(self, ending: Ending) -> [Self; 2] {
        let broken = self.broken(ending);
        [self, broken]
    }

    fn broken(&self, ending: Ending) -> Self {
        let (name, setup) = (format!("{}/broken", self.name), self.setup.with(BROKEN));
        Self { name, setup, ending, checks: Vec::new(), ..self.clone() }
    }

    /// Of another blob than Linux's.
    #[must_use]
    pub fn of(mut self, blob: Loader) -> Self {
        self.blob = blob;
        self
    }

    /// On another processor.
    #[must_use]
    pub fn cpu(mut self, cpu: &str) -> Self {
        self.cpu = cpu.to_owned();
        self
    }

    /// In Bochs, on this processor of its own.
    #[must_use]
    pub fn bochs(mut self, model: &str) -> Self {
        self.in_bochs = true;
        self.cpu(model)
    }

    /// Uses a machine whose time is counted in instructions: an event at a given time happens at the same instruction
    /// in each run.
    #[must_use]
    pub fn counting(mut self) -> Self {
        self.counting = true;
        self
    }

    /// With other UARTs than one.
    #[must_use]
    pub fn uarts(mut self, uarts: Uarts) -> Self {
        self.uarts = uarts;
        self
    }

    /// With a device more (`-device`). A character device `nothing` is there, which takes everything.
    #[must_use]
    pub fn device(mut self, device: &str) -> Self {
        self.devices.push(device.to_owned());
        self
    }

    /// With something that happens once the blob was entered.
    #[must_use]
    pub fn act(mut self, act: Act) -> Self {
        self.act = Some(act);
        self
    }

    /// With a VGA adapter, whose screen is read at the end.
    #[must_use]
    pub fn screen(self) -> Self {
        self.device(VGA).read(Read::Screen)
    }

    /// With something that is read out of the machine at the end. One that was reset has nothing to read.
    #[must_use]
    pub fn read(mut self, what: Read) -> Self {
        self.read = Some(what);
        self
    }

    /// Something more that has to hold.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&Outcome) -> Result<()> + Send + Sync + 'static) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    /// The verdict on ttyS0 has this status and action.
    #[must_use]
    pub fn verdict(self, status: Status, action: Action) -> Self {
        self.field("status", status, |verdict| verdict.status)
            .field("action", action, |verdict| verdict.action)
    }

    /// The verdict on ttyS0 has this number of regions.
    #[must_use]
    pub fn regions(self, expected: u64) -> Self {
        self.field("regions", expected, |verdict| verdict.regions)
    }

    /// The verdict on ttyS0 has this number of bytes.
    #[must_use]
    pub fn bytes(self, expected: u64) -> Self {
        self.field("bytes", expected, |verdict| verdict.bytes)
    }

    /// The verdict on ttyS0 has this number of NMIs.
    #[must_use]
    pub fn nmis(self, expected: u64) -> Self {
        self.field("nmis", expected, |verdict| verdict.nmis)
    }

    /// The verdict on ttyS0 has this implementation.
    #[must_use]
    pub fn implementation(self, expected: &'static str) -> Self {
        self.field("implementation", Some(expected.to_owned()), |verdict| {
            verdict.implementation.map(str::to_owned)
        })
    }

    fn field<T: PartialEq + Debug + Send + Sync + 'static>(
        self,
        name: &'static str,
        expected: T,
        field: fn(&VerdictLine<'_>) -> T,
    ) -> Self {
        self.check(move |outcome| {
            let value = field(&outcome.verdict(0)?);
            ensure!(value == expected, "{name} is {value:?} instead of {expected:?}");
            Ok(())
        })
    }

    /// ttyS0 has this text somewhere.
    #[must_use]
    pub fn says(self, text: &'static str) -> Self {
        self.check(move |outcome| {
            ensure!(outcome.serial[0].contains(text), "ttyS0 does not have {text:?}");
            Ok(())
        })
    }

    /// The report has this warning.
    #[must_use]
    pub fn warns(self, warning: Warning) -> Self {
        self.check(move |outcome| {
            ensure!(outcome.warns(warning), "ttyS0 has no warning {}", warning.name());
            Ok(())
        })
    }

    /// The report does not have this warning.
    #[must_use]
    pub fn does_not_warn(self, warning: Warning) -> Self {
        self.check(move |outcome| {
            ensure!(!outcome.warns(warning), "ttyS0 has the warning {}", warning.name());
            Ok(())
        })
    }

    /// This serial port gets no byte.
    #[must_use]
    pub fn silent(self, port: usize) -> Self {
        self.check(move |outcome| {
            let text = &outcome.serial[port];
            ensure!(text.is_empty(), "ttyS{port} has {text:?}");
            Ok(())
        })
    }

    /// The case's name: a topic and the tested variant, with slashes between.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
