//! Runs of the boot shim that check or count the SHA-256 implementations, on any processor that an emulator has.

use std::fs;

use anyhow::{Context, Result};
use boot_shim::end::End;
pub use boot_shim::sha256::Task;

use crate::shim::Case;
use crate::workspace;

/// NIST's files, in the crate that the implementations are in.
const VECTORS: &str = "crates/purgatory-sha256/tests/nist-cavp";
const FILES: [&str; 3] = ["SHA256ShortMsg.rsp", "SHA256LongMsg.rsp", "SHA256Monte.rsp"];
/// How the shim begins its lines, and those about implementations.
const SHIM: &str = "shim: ";
const ABOUT_IMPLEMENTATIONS: &str = "sha256: ";

/// An emulator, and one of its processors.
#[derive(Clone, Copy, Debug)]
pub enum Machine {
    /// QEMU.
    Qemu(&'static str),
    /// QEMU with a time-stamp counter that counts instructions.
    CountingQemu(&'static str),
    /// Bochs. Its time-stamp counter counts instructions too.
    Bochs(&'static str),
}

/// The shim's lines about the implementations, and its end.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its lines, without their common prefix.
    pub lines: Vec<String>,
    /// How it ended.
    pub end: End,
}

impl Said {
    /// Returns the value after `key=` in the line of each implementation, with the implementation's name, in the order
    /// of the ranking.
    #[must_use]
    pub fn values(&self, key: &str) -> Vec<(&str, &str)> {
        let lines = self.lines.iter().filter_map(|line| line.split_once(' '));
        let values = lines.filter_map(|(name, rest)| {
            let mut words = rest.split(' ');
            Some((name, words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))?))
        });
        values.collect()
    }
}

/// Has the shim do a task. The module is [`vectors`], which [`Task::Count`] does not read.
///
/// # Errors
/// The emulator cannot be had or started, or the shim does not come to an end.
pub fn run(machine: Machine, task: Task, module: &[u8]) -> Result<Said> {
    let case = Case::of_implementations(&format!("{machine:?}-{task:?}"), task, module);
    let case = match machine {
        Machine::Qemu(model) => case.cpu(model),
        Machine::CountingQemu(model) => case.cpu(model).counting(),
        Machine::Bochs(model) => case.bochs(model),
    };
    let text = case.outcome(&workspace::runs().join("sha256"))?.shim;
    let end = End::of(&text).with_context(|| format!("the shim has not ended: {text}"))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix(SHIM));
    let lines =
        lines.map(|line| line.strip_prefix(ABOUT_IMPLEMENTATIONS).unwrap_or(line).to_owned());
    Ok(Said { lines: lines.collect(), end })
}

/// NIST's vectors, as the shim wants them.
///
/// # Errors
/// A file is missing.
pub fn vectors() -> Result<Vec<u8>> {
    let directory = workspace::root().join(VECTORS);
    let read = |name| {
        let path = directory.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let files: Vec<Vec<u8>> = FILES.into_iter().map(read).collect::<Result<_>>()?;
    Ok(files.concat())
}
