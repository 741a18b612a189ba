//! What the runs of one kernel share: its files, and how its machine is started.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::case::{Case, Image, Kernels, Machine};
use crate::crash::case::Start;
use crate::crash::setup::{self as crash, Files, MARKER};
use crate::guest::first::First;
use crate::guest::initramfs::{self, INITRD, KERNEL};
use crate::guest::memory::Memory;
use crate::kernels::{self, Kernel};
use crate::kexec::setup::{IMAGE, firmware, vmlinux};
use crate::workspace;

/// In the command line of every kernel of a run: as elsewhere, but the kernel may choose its place by chance.
const COMMON: &str = "quiet no_timer_check";

/// Where our tool is in the first kernel's file system.
const TOOL: &str = "/bin/purgatory";

/// How long one of its commands may take.
pub(super) const TOOL_LIMIT: Duration = Duration::from_secs(90);

/// The disk that a dump is written to: its size in bytes, and its name in the guest. Both kernels have NVMe built in.
const DISK_BYTES: u64 = 1 << 30;
const DISK: &str = "/dev/nvme0n1";

/// A kernel whose files are made when they are first needed.
pub struct Setup {
    /// The kernel.
    pub kernel: Kernel,
    oldest: bool,
    newest: bool,
    /// The suite of UEFI's firmware.
    firmware: String,
    stock: crash::Setup,
}

impl Setup {
    /// All kernels, the newest last.
    ///
    /// # Errors
    /// See [`kernels::all`].
    pub fn all() -> Result<Vec<Self>> {
        let kernels = kernels::all()?;
        let oldest = kernels.first().context("no kernel is known for this machine")?;
        let setup = |(index, kernel): (usize, &Kernel)| Self {
            kernel: kernel.clone(),
            oldest: index == 0,
            newest: index + 1 == kernels.len(),
            firmware: oldest.suite.clone(),
            stock: crash::Setup::new(kernel.clone()),
        };
        Ok(kernels.iter().enumerate().map(setup).collect())
    }

    /// Whether it is one of these.
    #[must_use]
    pub fn is_of(&self, kernels: Kernels) -> bool {
        match kernels {
            Kernels::All => true,
            Kernels::Oldest => self.oldest,
            Kernels::Newest => self.newest,
        }
    }

    /// The files, fetched and made if that was not done before.
    ///
    /// # Errors
    /// QEMU is missing, or a package.
    pub fn files(&self) -> Result<&Files> {
        self.stock.files()
    }

    /// Starts a machine, with our tool and the image in its file system, and `disk`, if there is one, as an empty disk.
    /// Logs go to `folder`; `live` is what each serial line is printed behind, when it arrives.
    ///
    /// # Errors
    /// The first kernel does not come up, the machine is not what it is to be, or a file is missing.
    pub fn start(
        &self,
        machine: Machine,
        image: Image,
        disk: Option<&Path>,
        folder: &Path,
        live: Option<&str>,
    ) -> Result<First> {
        let files = self.files()?;
        let initramfs = initramfs(files, image)?;
        let memory = Memory::new(machine.memory())?;
        let line = format!("console=ttyS0 {COMMON} {} panic=-1", machine.reservation());
        let mut qemu = crash::bare(folder, &memory, &files.kernel, initramfs.path())
            .args(machine.processors())
            .args(["-append", &line]);
        if machine == Machine::Uefi {
            qemu = qemu.args([Path::new("-bios"), &firmware(&self.firmware)?]);
        }
        if let Some(disk) = disk {
            qemu = qemu.args(drive(disk)?);
        }
        if let Some(prefix) = live {
            qemu = qemu.live(prefix);
        }
        let first = First::new(qemu.start()?, memory)?;
        first.run(machine.proof(), TOOL_LIMIT).context("the machine is not what it is to be")?;
        Ok(first)
    }
}

/// The first kernel's file system.
fn initramfs(files: &Files, image: Image) -> Result<NamedTempFile> {
    let mut more = vec![(TOOL, fs::read(workspace::tool()?).context("cannot read the tool")?)];
    if image == Image::Vmlinux {
        more.push((IMAGE, vmlinux(&files.vmlinuz)?));
    }
    let more: Vec<(&str, &[u8])> = more.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
    let file = NamedTempFile::new().context("cannot make a file")?;
    fs::copy(files.initramfs.path(), file.path()).context("cannot copy the initramfs")?;
    let mut end = OpenOptions::new().append(true).open(file.path()).context("the initramfs")?;
    end.write_all(&initramfs::more(&more)?).context("cannot write the initramfs")?;
    Ok(file)
}

/// Makes the disk's file, and the arguments for QEMU. What nobody writes takes no room.
fn drive(disk: &Path) -> Result<[String; 4]> {
    if let Some(folder) = disk.parent() {
        fs::create_dir_all(folder).context("cannot make a folder for the dump")?;
    }
    let file = File::create(disk).with_context(|| format!("cannot make {}", disk.display()))?;
    file.set_len(DISK_BYTES).context("cannot size the disk")?;
    // QEMU wants each comma of a path twice.
    let path = disk.display().to_string().replace(',', ",,");
    let drive = format!("file={path},if=none,id=disk,format=raw,cache=unsafe");
    Ok(["-drive".into(), drive, "-device".into(), "nvme,drive=disk,serial=dump".into()])
}

/// The line of shell that loads a case's image.
pub(super) fn load(case: &Case) -> String {
    let loader = match case.start {
        Start::Panic => "purgatory load --panic",
        Start::Exec => "purgatory load",
    };
    command(loader, case)
}

/// The same with any loader. What it says is printed only when it fails: a purgatory's lines begin as our tool's do.
pub(super) fn command(loader: &str, case: &Case) -> String {
    let image = match case.image {
        Image::BzImage => KERNEL,
        Image::Vmlinux => IMAGE,
    };
    let disk = if case.read { format!("disk={DISK}") } else { String::new() };
    let line = format!("console=ttyS0 {COMMON} nr_cpus=1 reset_devices {MARKER} {disk}");
    let (line, switches) = (line.trim_end(), case.switches);
    let command = format!("{loader} {image} --initrd={INITRD} {switches} --command-line='{line}'");
    format!("{command} >/loader.log 2>&1 || {{ s=$?; cat /loader.log; (exit $s); }}")
}
