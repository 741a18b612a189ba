//! What the runs of one kernel share: its files, and how its machine is started.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tempfile::NamedTempFile;

use super::case::Purgatory;
use crate::guest::blob;
use crate::guest::first::First;
use crate::guest::initramfs::{INITRD, Initramfs, KERNEL};
use crate::guest::memory::Memory;
use crate::kernels::Kernel;
use crate::qemu::Qemu;
use crate::{emulator, workspace};

/// The longest that a run may take, with other work on the processors.
const RUN_LIMIT: Duration = Duration::from_secs(300);

/// In the command line of every kernel of a run. `nokaslr` says where kexec_purgatory is; without `no_timer_check` a
/// kernel panics when it does not see enough timer interrupts, as an emulated processor that has to wait for a real one.
pub(crate) const COMMON: &str = "quiet nokaslr no_timer_check";

/// How long `kexec` may take to load.
pub(crate) const LOAD_LIMIT: Duration = Duration::from_secs(60);

/// A word of the loaded kernel's command line that nobody reads, and that stands nowhere else in memory.
pub(crate) const MARKER: &str = "marker=jkzqxvwy";

/// A kernel whose files are made when they are first needed.
pub struct Setup {
    /// The kernel.
    pub kernel: Kernel,
    files: OnceLock<Result<Files, String>>,
}

/// What the machine is started with, and what is loaded in it.
pub struct Files {
    /// The kernel of both.
    pub vmlinuz: Vec<u8>,
    /// Its release.
    pub release: String,
    /// The loaded kernel's initrd.
    pub initrd: Vec<u8>,
    /// The kernel's file.
    pub(crate) kernel: std::path::PathBuf,
    /// The first kernel's file system.
    pub(crate) initramfs: NamedTempFile,
}

impl Setup {
    /// A kernel of which nothing is fetched yet.
    #[must_use]
    pub fn new(kernel: Kernel) -> Self {
        Self { kernel, files: OnceLock::new() }
    }

    /// The files, fetched and made if that was not done before.
    ///
    /// # Errors
    /// QEMU is missing, or a package.
    pub fn files(&self) -> Result<&Files> {
        let files = self.files.get_or_init(|| self.make().map_err(|error| format!("{error:#}")));
        files.as_ref().map_err(|error| anyhow!("{error}"))
    }

    fn make(&self) -> Result<Files> {
        emulator::get()?;
        let unpacked = self.kernel.unpacked()?;
        let archives = Initramfs::of(&unpacked)?;
        let mut initramfs = NamedTempFile::new().context("cannot make a file")?;
        initramfs.write_all(&archives.first).context("cannot write the initramfs")?;
        Ok(Files {
            vmlinuz: fs::read(&unpacked.vmlinuz).context("cannot read the kernel")?,
            release: unpacked.release,
            initrd: archives.second,
            kernel: unpacked.vmlinuz,
            initramfs,
        })
    }

    /// Starts the machine, with `memory` bytes of RAM, and puts the purgatory in its place. Logs go to `folder`.
    ///
    /// # Errors
    /// The first kernel does not come up, or our blob is missing or too large.
    pub fn start(
        &self,
        purgatory: Purgatory,
        memory: u64,
        folder: &Path,
        live: Option<&str>,
    ) -> Result<First> {
        let files = self.files()?;
        let ours = match purgatory {
            Purgatory::Stock => None,
            Purgatory::Ours => Some(workspace::blob()?),
        };
        let memory = Memory::new(memory)?;
        let mut qemu = machine(folder, &memory, &files.kernel, files.initramfs.path());
        if let Some(prefix) = live {
            qemu = qemu.live(prefix);
        }
        let first = First::new(qemu.start()?, memory)?;
        if let Some(ours) = ours {
            blob::replace(&first, &ours)?;
        }
        Ok(first)
    }
}

/// The machine of a run, with the first kernel and its file system.
pub(crate) fn machine(folder: &Path, memory: &Memory, kernel: &Path, initramfs: &Path) -> Qemu {
    bare(folder, memory, kernel, initramfs)
        .args(["-cpu", "max", "-append"])
        .args([format!("console=ttyS0 {COMMON} crashkernel=256M panic=-1")])
}

/// The same without a processor and a command line.
pub(crate) fn bare(folder: &Path, memory: &Memory, kernel: &Path, initramfs: &Path) -> Qemu {
    Qemu::new(folder, RUN_LIMIT)
        .args(memory.arguments())
        .args([Path::new("-kernel"), kernel, Path::new("-initrd"), initramfs])
        .serial_host("serial0.log")
        .serial_host("serial1.log")
        .qmp()
}

/// Has the first kernel load its own files, with `kind` `-p` for a crash kernel or `-l` for another.
pub(super) fn load(first: &First, kind: &str, words: &str) -> Result<()> {
    let line = format!("{COMMON} nr_cpus=1 reset_devices {MARKER} {words}");
    let command = format!("kexec -s {kind} {KERNEL} --initrd={INITRD} --command-line='{line}'");
    first.run(&command, LOAD_LIMIT)
}
