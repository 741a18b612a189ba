//! The files that the runs of one kernel share.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use purgatory_cli::unpack;
use purgatory_loader::kernel::BzImage;

use super::case::{Image, Purgatory};
use crate::guest::initramfs::{self, Initramfs};
use crate::kernels::{self, Kernel};
use crate::{bounded, emulator, memfd, packages, workspace};

/// In the running kernel's file system: `purgatory`, an image that is not the distribution's own file, and Debian 12's
/// `kexec` with each purgatory.
const TOOL: &str = "/bin/purgatory";
pub(super) const IMAGE: &str = "/boot/image";

/// The package of Xen in Debian 12, and its file.
const XEN: &str = "xen-hypervisor-4.17-amd64";
const XEN_FILE: &str = "boot/xen-4.17-amd64.gz";

/// How long embedding may take.
const EMBED_LIMIT: Duration = Duration::from_secs(60);

/// A kernel whose files are made when they are first needed.
pub struct Setup {
    /// The kernel.
    pub kernel: Kernel,
    /// The kernel in whose suite the `kexec` of the runs of kexec-tools is, and UEFI's firmware: the oldest.
    pub(super) programs: Kernel,
    files: OnceLock<Result<Files, String>>,
}

/// The files that a machine starts with, and those that are loaded in it.
pub struct Files {
    /// The distribution's kernel.
    pub vmlinuz: Vec<u8>,
    /// Its release.
    pub release: String,
    /// The target kernel's initrd.
    pub initrd: Vec<u8>,
    /// The kernel's file.
    pub(super) kernel: PathBuf,
    initramfs: Vec<u8>,
}

/// Where the `kexec` of the runs of kexec-tools is in the running kernel's file system.
pub(super) fn kexec(purgatory: Purgatory) -> &'static str {
    match purgatory {
        Purgatory::Stock => "/bin/kexec-stock",
        Purgatory::Ours => "/bin/kexec-ours",
    }
}

impl Setup {
    /// All kernels, the newest last.
    ///
    /// # Errors
    /// See [`kernels::all`].
    pub fn all() -> Result<Vec<Self>> {
        let kernels = kernels::all()?;
        let programs = kernels.first().context("no kernel is known for this machine")?.clone();
        let setup = |kernel| Self { kernel, programs: programs.clone(), files: OnceLock::new() };
        Ok(kernels.into_iter().map(setup).collect())
    }

    /// The newest kernel.
    ///
    /// # Errors
    /// See [`kernels::all`].
    pub fn newest() -> Result<Self> {
        Self::all()?.pop().context("no kernel is known for this machine")
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
        let mut archives = Initramfs::of(&unpacked)?;
        let root = self.programs.unpacked()?.root;
        let stock = initramfs::kexec(&root)?;
        let tool = workspace::tool()?;
        let mut programs = vec![
            (kexec(Purgatory::Stock).to_owned(), fs::read(&stock).context("cannot read kexec")?),
            (kexec(Purgatory::Ours).to_owned(), embed(&tool, &stock)?),
            (TOOL.to_owned(), fs::read(&tool).context("cannot read the tool")?),
        ];
        programs.extend(archives.missing_libraries(&root, &stock)?);
        archives.running.extend(initramfs::more(&programs)?);
        Ok(Files {
            vmlinuz: fs::read(&unpacked.vmlinuz).context("cannot read the kernel")?,
            release: unpacked.release,
            initrd: archives.capture,
            kernel: unpacked.vmlinuz,
            initramfs: archives.running,
        })
    }

    /// The running kernel's file system, with an image.
    pub(super) fn initramfs(&self, image: Image) -> Result<File> {
        let mut file = memfd::new("purgatory-initramfs")?;
        file.write_all(&self.files()?.initramfs).context("cannot write the initramfs")?;
        let Some(image) = self.image(image)? else { return Ok(file) };
        let more = initramfs::more(&[(IMAGE.to_owned(), image)])?;
        file.write_all(&more).context("cannot write the initramfs")?;
        Ok(file)
    }

    /// An image that is not the distribution's own file.
    pub(super) fn image(&self, image: Image) -> Result<Option<Vec<u8>>> {
        match image {
            Image::BzImage => Ok(None),
            Image::Vmlinux => vmlinux(&self.files()?.vmlinuz).map(Some),
            Image::Multiboot2 => xen(&self.programs.suite).map(Some),
        }
    }
}

/// `kexec` with our purgatory, made by the tool that users have.
fn embed(tool: &Path, stock: &Path) -> Result<Vec<u8>> {
    let directory = tempfile::tempdir().context("cannot make a directory")?;
    let made = directory.path().join("kexec");
    let mut command = Command::new(tool);
    command.arg("embed").arg("--into").arg(stock).arg("-o").arg(&made);
    bounded::output(&mut command, EMBED_LIMIT)?;
    fs::read(&made).context("cannot read the output file of `purgatory embed`")
}

/// The ELF file inside a kernel's own.
fn vmlinux(bz_image: &[u8]) -> Result<Vec<u8>> {
    let kernel = BzImage::parse(bz_image).context("cannot read the kernel's file")?;
    let packed = kernel.payload().context("cannot find the kernel in its file")?;
    Ok(unpack::unpack(packed).context("cannot unpack the kernel")?.1)
}

/// Xen, unpacked: a kernel for multiboot2, which prints on a serial port before it needs anything else.
fn xen(suite: &str) -> Result<Vec<u8>> {
    let file = packages::unpacked(XEN, suite, &[XEN])?.join(XEN_FILE);
    let packed = fs::read(file).context("cannot read Xen")?;
    Ok(unpack::unpack(&packed).context("cannot unpack Xen")?.1)
}
