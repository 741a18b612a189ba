//! Runs of the boot shim that check or count the SHA-256 backends, on any processor that an emulator has.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use boot_shim::end::End;
use boot_shim::order::Order;
pub use boot_shim::sha256::Task;

use crate::bochs::Bochs;
use crate::qemu::Qemu;
use crate::workspace;

/// More than a run needs, even on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_secs(120);
/// Between two looks at what the shim says.
const POLL: Duration = Duration::from_millis(20);
/// Files of a run in QEMU.
const LOG: &str = "shim.log";
const MODULE: &str = "module";
/// NIST's files, in the crate that the backends are in.
const VECTORS: &str = "crates/purgatory-sha256/tests/nist-cavp";
const FILES: [&str; 3] = ["SHA256ShortMsg.rsp", "SHA256LongMsg.rsp", "SHA256Monte.rsp"];
/// How the shim begins its lines, and those about backends.
const SHIM: &str = "shim: ";
const ABOUT_BACKENDS: &str = "sha256: ";

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

/// What the shim said of the backends, and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its lines, without what all of them begin with.
    pub lines: Vec<String>,
    /// How it ended.
    pub end: End,
}

impl Said {
    /// What stands behind `key=` in the line of each backend, with the backend's name, in the order of the ranking.
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
    let folder = workspace::runs().join("sha256").join(format!("{}-{task:?}", machine.name()));
    let program = workspace::root().join("target/purgatory/boot-shim.elf");
    ensure!(program.is_file(), "no {}: run `cargo xtask build`", program.display());
    let module = &Order::Backends(task).with_module(module)?;
    let text = match machine {
        Machine::Bochs(model) => {
            let program = fs::read(&program).context("cannot read the boot shim")?;
            Bochs { model, program: &program, module }.run(&folder, LIMIT)?.debugcon
        }
        Machine::Qemu(model) => {
            let qemu = Qemu::new(&folder, LIMIT);
            in_qemu(qemu, &folder, model, &program, module)?
        }
        Machine::CountingQemu(model) => {
            let qemu = Qemu::new(&folder, LIMIT).counting();
            in_qemu(qemu, &folder, model, &program, module)?
        }
    };
    let end = End::of(&text).with_context(|| format!("the shim has not ended: {text}"))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix(SHIM));
    let lines = lines.map(|line| line.strip_prefix(ABOUT_BACKENDS).unwrap_or(line).to_owned());
    Ok(Said { lines: lines.collect(), end })
}

impl Machine {
    fn name(self) -> String {
        match self {
            Self::Qemu(model) => format!("qemu-{model}"),
            Self::CountingQemu(model) => format!("counting-qemu-{model}"),
            Self::Bochs(model) => format!("bochs-{model}"),
        }
    }
}

/// What the shim says in QEMU.
fn in_qemu(
    qemu: Qemu,
    folder: &Path,
    model: &str,
    program: &Path,
    module: &[u8],
) -> Result<String> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join(MODULE);
    fs::write(&file, module).with_context(|| format!("cannot write {}", file.display()))?;
    let log = folder.join(LOG);
    fs::write(&log, "").with_context(|| format!("cannot empty {}", log.display()))?;
    let vm = qemu
        .args(["-machine", "pc", "-cpu", model, "-m", "256M"])
        .args([Path::new("-kernel"), program, Path::new("-initrd"), &file])
        .debugcon_file(LOG)
        .start()?;
    loop {
        let ended = vm.try_wait()?;
        let text = fs::read_to_string(&log).context("cannot read what the shim says")?;
        if End::of(&text).is_some() {
            return Ok(text);
        }
        ensure!(ended.is_none(), "{ended:?}: {}\n{text}", vm.output());
        thread::sleep(POLL);
    }
}

/// NIST's vectors, as the shim wants them.
///
/// # Errors
/// A file is missing.
pub fn vectors() -> Result<Vec<u8>> {
    let folder = workspace::root().join(VECTORS);
    let read = |name| {
        let path = folder.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let files: Vec<Vec<u8>> = FILES.into_iter().map(read).collect::<Result<_>>()?;
    Ok(files.concat())
}
