//! A run of the shim and what has to come of it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use purgatory_abi::status::{Action, Status, Warning};
use purgatory_abi::verdict::{self, key};

use super::memory::Read;
use super::outcome::Outcome;
use super::{in_bochs, run};
use crate::qemu::Qmp;
use purgatory_abi::Loader;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The blob handed over, and everything was as it had to be.
    Lands,
    /// The processor halted, and the blob did not hand over.
    Halts,
    /// The machine was reset.
    Resets,
    /// The blob, as a guest of the shim, halted.
    GuestHalts,
    /// The blob, as a guest of the shim, shut down.
    GuestShutsDown,
}

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
pub type Check = Box<dyn Fn(&Outcome) -> Result<()> + Send + Sync>;

const MEMORY: &str = "256M";
/// More than what lies below 4 GiB.
const LARGE_MEMORY: &str = "6G";
/// A VGA adapter.
const VGA: &str = "VGA";
/// What makes the digest of any image a wrong one.
const BROKEN: &str = " flip=digest/first";

/// A run of the shim.
pub struct Case {
    pub(super) blob: Loader,
    pub(super) name: String,
    pub(super) cpu: String,
    pub(super) in_bochs: bool,
    pub(super) counting: bool,
    pub(super) memory: &'static str,
    pub(super) settings: String,
    pub(super) command_line: String,
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

    fn new(name: &str, settings: &str, command_line: &str, ending: Ending) -> Self {
        Self {
            blob: Loader::Linux,
            name: name.to_owned(),
            cpu: Self::CPU.to_owned(),
            in_bochs: false,
            counting: false,
            memory: if settings.contains("place=high") { LARGE_MEMORY } else { MEMORY },
            settings: settings.to_owned(),
            command_line: command_line.to_owned(),
            uarts: Uarts::One,
            devices: Vec::new(),
            act: None,
            read: None,
            ending,
            checks: Vec::new(),
        }
    }

    /// An image that is started.
    #[must_use]
    pub fn lands(name: &str, settings: &str, command_line: &str) -> Self {
        Self::new(name, settings, command_line, Ending::Lands)
    }

    /// An image that is not started, with a report of this status.
    #[must_use]
    pub fn halts(name: &str, settings: &str, command_line: &str, status: Status) -> Self {
        Self::new(name, settings, command_line, Ending::Halts).verdict(status, Action::Halt)
    }

    /// A run with another ending, of which nothing is known yet.
    #[must_use]
    pub fn ends(name: &str, settings: &str, command_line: &str, ending: Ending) -> Self {
        Self::new(name, settings, command_line, ending)
    }

    /// This case, and beside it the same with a wrong digest, which must not land and which must say so on ttyS0.
    #[must_use]
    pub fn and_broken(self) -> [Self; 2] {
        let broken = self.broken(Ending::Halts).verdict(Status::Mismatch, Action::Halt);
        [self, broken]
    }

    /// This case, and beside it the same with a wrong digest, which must end so; it may be unable to say anything.
    #[must_use]
    pub fn and_broken_silently(self, ending: Ending) -> [Self; 2] {
        let broken = self.broken(ending);
        [self, broken]
    }

    fn broken(&self, ending: Ending) -> Self {
        Self {
            blob: self.blob,
            name: format!("{}/broken", self.name),
            cpu: self.cpu.clone(),
            in_bochs: self.in_bochs,
            counting: self.counting,
            memory: self.memory,
            settings: format!("{}{BROKEN}", self.settings),
            command_line: self.command_line.clone(),
            uarts: self.uarts,
            devices: self.devices.clone(),
            act: self.act,
            read: self.read,
            ending,
            checks: Vec::new(),
        }
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

    /// With a machine whose time is counted in instructions: what happens at a time happens at the same place in each run.
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
        self.checks.push(Box::new(check));
        self
    }

    /// The verdict on ttyS0 has this status and action.
    #[must_use]
    pub fn verdict(self, status: Status, action: Action) -> Self {
        self.value(key::STATUS, status.name()).value(key::ACTION, action.name())
    }

    /// The verdict on ttyS0 has this value under this key.
    #[must_use]
    pub fn value(self, key: &'static str, expected: &'static str) -> Self {
        self.check(move |outcome| {
            let line = outcome.verdict()?;
            let value = verdict::value(line, key).with_context(|| format!("no {key} in {line}"))?;
            ensure!(value == expected, "{key} is {value} and not {expected}");
            Ok(())
        })
    }

    /// ttyS0 has this text somewhere.
    #[must_use]
    pub fn says(self, text: &'static str) -> Self {
        self.check(move |outcome| {
            ensure!(outcome.serial[0].contains(text), "ttyS0 does not say {text:?}");
            Ok(())
        })
    }

    /// The report has this warning.
    #[must_use]
    pub fn warns(self, warning: Warning) -> Self {
        self.check(move |outcome| {
            let text = format!("warning: {}", warning.name());
            ensure!(outcome.serial[0].contains(&text), "ttyS0 does not say {text:?}");
            Ok(())
        })
    }

    /// The report does not have this warning.
    #[must_use]
    pub fn does_not_warn(self, warning: Warning) -> Self {
        self.check(move |outcome| {
            ensure!(!outcome.serial[0].contains(warning.name()), "ttyS0 says {}", warning.name());
            Ok(())
        })
    }

    /// This serial port gets no byte.
    #[must_use]
    pub fn silent(self, port: usize) -> Self {
        self.check(move |outcome| {
            let text = &outcome.serial[port];
            ensure!(text.is_empty(), "ttyS{port} says {text:?}");
            Ok(())
        })
    }

    /// The case's name: a topic and what is tried, with slashes between.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the shim is told.
    pub(super) fn words(&self) -> String {
        format!("{} -- {}", self.settings, self.command_line)
    }

    /// Runs it, and compares what came of it with what had to.
    ///
    /// # Errors
    /// The machine cannot be started, or the outcome is another one: the error holds all that was said.
    pub fn run(&self, folder: &Path) -> Result<()> {
        self.outcome(folder).map(drop)
    }

    /// The same, for whoever wants to know more of what came of it.
    pub(super) fn outcome(&self, folder: &Path) -> Result<Outcome> {
        let own: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let folder = folder.join(own);
        let run = if self.in_bochs { in_bochs::run } else { run::run };
        let outcome = run(self, &folder)?;
        self.judge(&outcome).with_context(|| outcome.to_string())?;
        Ok(outcome)
    }

    fn judge(&self, outcome: &Outcome) -> Result<()> {
        ensure!(outcome.ending == self.ending, "it {:?} and not {:?}", outcome.ending, self.ending);
        if let Ok(line) = outcome.verdict() {
            let door = verdict::value(line, key::DOOR).unwrap_or_default();
            ensure!(door == self.blob.name(), "the verdict is that of {door}'s purgatory");
        }
        self.checks.iter().try_for_each(|check| check(outcome))
    }
}
