//! What the runs of one kernel share: its files, and how its machine is started.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use purgatory_cli::unpack;
use purgatory_loader::kernel::BzImage;
use serde_json::json;
use tempfile::NamedTempFile;

use super::case::{Case, Image, Kernels, Machine};
use super::cases::IN_THE_SHIM;
use crate::crash::case::{Purgatory, Start};
use crate::crash::setup::{COMMON, LOAD_LIMIT, MARKER, machine};
use crate::guest::first::First;
use crate::guest::initramfs::{self, INITRD, Initramfs, KERNEL, KEXEC};
use crate::guest::memory::Memory;
use crate::kernels::{self, Kernel, Unpacked};
use crate::{bounded, emulator, packages, workspace};

/// Where an image that is not the distribution's own file is in the first kernel's file system.
pub(crate) const IMAGE: &str = "/boot/image";

/// UEFI's firmware: the package, its name among the unpacked ones, and its file.
const FIRMWARE: &str = "ovmf";
const FIRMWARE_FILE: &str = "usr/share/ovmf/OVMF.fd";

/// Writes 5 to register 6 of the VGA's graphics controller: graphics, and its memory at 0xa0000 alone.
const GRAPHICS: [&str; 2] = ["o /b 0x3ce 6", "o /b 0x3cf 5"];

/// How long embedding may take.
const EMBED_LIMIT: Duration = Duration::from_secs(60);

/// A kernel whose files are made when they are first needed.
pub struct Setup {
    /// The kernel.
    pub kernel: Kernel,
    /// Whether no other kernel is newer.
    newest: bool,
    /// The kernel in whose suite kexec-tools is.
    programs: Kernel,
    files: OnceLock<Result<Files, String>>,
}

/// What the machine is started with, and what is loaded in it.
pub struct Files {
    /// The distribution's kernel.
    pub vmlinuz: Vec<u8>,
    /// Its release.
    pub release: String,
    /// The loaded kernel's initrd.
    pub initrd: Vec<u8>,
    kernel: PathBuf,
    kexec: PathBuf,
    initramfs: Vec<u8>,
}

impl Setup {
    /// All kernels, the newest last; kexec-tools is that of the first one's suite, Debian 12.
    ///
    /// # Errors
    /// See [`kernels::all`].
    pub fn all() -> Result<Vec<Self>> {
        let kernels = kernels::all()?;
        let programs = kernels.first().context("no kernel is known for this machine")?;
        let setup = |(index, kernel): (usize, &Kernel)| Self {
            kernel: kernel.clone(),
            newest: index + 1 == kernels.len(),
            programs: programs.clone(),
            files: OnceLock::new(),
        };
        Ok(kernels.iter().enumerate().map(setup).collect())
    }

    /// Whether a run is made with `--full` only, see [`crate::FULL`]. What kexec-tools' own purgatory does changes with the
    /// distribution and not with this tree; the way into a kernel is the same for all kernels; the rest the boot shim has too.
    #[must_use]
    pub fn is_for_full(&self, purgatory: Purgatory, case: &Case) -> bool {
        purgatory == Purgatory::Stock
            || !self.newest && case.start == Start::Exec
            || IN_THE_SHIM.contains(&case.name)
    }

    /// Whether a case is run on this kernel.
    #[must_use]
    pub fn runs(&self, case: &Case) -> bool {
        case.kernels == Kernels::All || self.newest
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
        let kernel = self.kernel.unpacked()?;
        let programs = self.programs.unpacked()?.root;
        let unpacked = Unpacked { root: programs, ..kernel };
        let archives = Initramfs::of(&unpacked)?;
        Ok(Files {
            vmlinuz: fs::read(&unpacked.vmlinuz).context("cannot read the kernel")?,
            release: unpacked.release,
            initrd: archives.second,
            kernel: unpacked.vmlinuz,
            kexec: initramfs::kexec(&unpacked.root)?,
            initramfs: archives.first,
        })
    }

    /// Starts the machine of a case, with the purgatory's `kexec` and the case's image in its file system. Logs go to
    /// `folder`.
    ///
    /// # Errors
    /// The first kernel does not come up, or a file is missing.
    pub fn start(&self, purgatory: Purgatory, case: &Case, folder: &Path) -> Result<First> {
        let files = self.files()?;
        let mut more: Vec<(&str, Vec<u8>)> = Vec::new();
        if purgatory == Purgatory::Ours {
            more.push((KEXEC, ours(&files.kexec)?));
        }
        match case.image {
            Image::BzImage => {}
            Image::Vmlinux => more.push((IMAGE, vmlinux(&files.vmlinuz)?)),
            Image::Multiboot | Image::Multiboot2 => {
                more.push((IMAGE, workspace::multiboot_shim()?));
            }
        }
        let more: Vec<(&str, &[u8])> = more.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
        let mut initramfs = NamedTempFile::new().context("cannot make a file")?;
        for archive in [&files.initramfs, &initramfs::more(&more)?] {
            initramfs.write_all(archive).context("cannot write the initramfs")?;
        }

        let memory = Memory::new(case.machine.memory())?;
        let mut qemu = machine(folder, &memory, &files.kernel, initramfs.path());
        match case.machine {
            Machine::Small | Machine::Above4G => {}
            Machine::Vga | Machine::VgaGraphics => qemu = qemu.args(["-device", "VGA"]),
            Machine::Uefi => {
                qemu = qemu.args([Path::new("-bios"), &firmware(&self.programs.suite)?]);
            }
        }
        let mut first = First::new(qemu.start()?, memory)?;
        if case.machine == Machine::VgaGraphics {
            for line in GRAPHICS {
                let ask = json!({ "command-line": line });
                first.vm.qmp()?.command("human-monitor-command", ask)?;
            }
        }
        Ok(first)
    }
}

/// UEFI's firmware, of a suite.
pub(crate) fn firmware(suite: &str) -> Result<PathBuf> {
    Ok(packages::unpacked(FIRMWARE, suite, &[FIRMWARE])?.join(FIRMWARE_FILE))
}

/// Has the first kernel load a case's image.
///
/// # Errors
/// `kexec` fails; the error holds what it said.
pub fn load(first: &First, case: &Case, words: &str) -> Result<()> {
    first.run(&command(case, words), LOAD_LIMIT)
}

fn command(case: &Case, words: &str) -> String {
    let kind = match case.start {
        Start::Panic => "-p",
        Start::Exec => "-l",
    };
    let files = match case.image {
        Image::BzImage => format!("{KERNEL} --initrd={INITRD}"),
        Image::Vmlinux => format!("{IMAGE} --initrd={INITRD}"),
        Image::Multiboot => format!("--type=multiboot-x86 {IMAGE}"),
        Image::Multiboot2 => format!("--type=multiboot2-x86 {IMAGE}"),
    };
    let line = format!("console=ttyS0 {COMMON} nr_cpus=1 reset_devices {MARKER} {}", case.words);
    let (line, switches) = (format!("{line} {words}"), case.switches);
    format!("kexec -c {kind} {files} {switches} --command-line='{}'", line.trim_end())
}

/// `kexec` with our purgatory in it, made by the tool that users have, once.
fn ours(stock: &Path) -> Result<Vec<u8>> {
    static MADE: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| embed(stock).map_err(|error| format!("{error:#}")));
    made.clone().map_err(|error| anyhow!("{error}"))
}

fn embed(stock: &Path) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let made = folder.path().join("kexec");
    let mut tool = Command::new(workspace::tool()?);
    tool.arg("embed").arg("--into").arg(stock).arg("-o").arg(&made);
    bounded::output(&mut tool, EMBED_LIMIT)?;
    fs::read(&made).context("cannot read what `purgatory embed` made")
}

/// The ELF file inside a kernel's own.
pub(crate) fn vmlinux(bz_image: &[u8]) -> Result<Vec<u8>> {
    let kernel = BzImage::parse(bz_image).context("cannot read the kernel's file")?;
    let packed = kernel.payload().context("cannot find the kernel in its file")?;
    Ok(unpack::unpack(packed).context("cannot unpack the kernel")?.1)
}
