//! The file system of the guest: an uncompressed cpio archive in the "newc" format
//! (`Documentation/driver-api/early-userspace/buffer-format.rst`).

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cpio::newc::{self, Builder, ModeFileType};

use super::libraries;
use crate::kernels::Unpacked;

/// The first process.
const INIT: &str = include_str!("init.sh");

/// Where the loader is, by the ABI of x86-64: the programs name it.
const LOADER: &str = "lib64/ld-linux-x86-64.so.2";

/// In the first kernel's file system: the kernel to load.
pub const KERNEL: &str = "/boot/vmlinuz";

/// In the first kernel's file system: the initrd to load with it.
pub const INITRD: &str = "/boot/initrd";

/// In the first kernel's file system: the program that loads it.
pub const KEXEC: &str = "/bin/kexec";

/// The two file systems of a run.
pub struct Initramfs {
    /// The first kernel's: the other one's files, and [`KERNEL`] and [`INITRD`].
    pub first: Vec<u8>,
    /// That of the kernel that follows.
    pub second: Vec<u8>,
}

impl Initramfs {
    /// Builds both from the unpacked packages.
    ///
    /// # Errors
    /// A program or a library is missing from the packages.
    pub fn of(kernel: &Unpacked) -> Result<Self> {
        let root = &kernel.root;
        let programs = [
            ("bin/busybox", read(root, &["usr/bin/busybox", "bin/busybox"])?),
            (KEXEC.trim_start_matches('/'), read_file(&kexec(root)?)?),
            ("bin/makedumpfile", read(root, &["usr/bin/makedumpfile", "usr/sbin/makedumpfile"])?),
        ];
        let binaries: Vec<&[u8]> = programs.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        let libraries = libraries::of(root, &binaries)?;

        let mut archive = Archive::default();
        for folder in ["bin", "boot", "dev", "lib", "lib64", "proc", "sys", "tmp"] {
            archive.folder(folder)?;
        }
        archive.file("init", INIT.as_bytes())?;
        for (path, bytes) in &programs {
            archive.file(path, bytes)?;
        }
        for (name, bytes) in &libraries {
            let loader = LOADER.ends_with(name.as_str());
            let path = if loader { LOADER.to_owned() } else { format!("lib/{name}") };
            archive.file(&path, bytes)?;
        }
        let second = archive.clone().finish()?;

        let vmlinuz = fs::read(&kernel.vmlinuz).context("cannot read the kernel")?;
        archive.file(KERNEL.trim_start_matches('/'), &vmlinuz)?;
        archive.file(INITRD.trim_start_matches('/'), &second)?;
        Ok(Self { first: archive.finish()?, second })
    }
}

/// Where `kexec` is among the unpacked packages.
///
/// # Errors
/// It is not there.
pub fn kexec(root: &Path) -> Result<PathBuf> {
    find(root, &["usr/sbin/kexec", "sbin/kexec"])
}

fn find(root: &Path, places: &[&str]) -> Result<PathBuf> {
    let found = places.iter().map(|place| root.join(place)).find(|path| path.is_file());
    found.with_context(|| format!("the packages have no {}", places[0]))
}

fn read(root: &Path, places: &[&str]) -> Result<Vec<u8>> {
    read_file(&find(root, places)?)
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// An archive of files for the first kernel, to stand behind the one of [`Initramfs`]: a file of the same name takes the
/// other one's place (`buffer-format.rst`: archives may be concatenated).
///
/// # Errors
/// A file has 4 GiB or more.
pub fn more(files: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for (path, bytes) in files {
        archive.file(path.trim_start_matches('/'), bytes)?;
    }
    archive.finish()
}

/// An archive that is being written.
#[derive(Clone, Default)]
struct Archive {
    bytes: Vec<u8>,
    /// An inode number each, or the kernel takes files for links of one another.
    files: u32,
}

impl Archive {
    fn folder(&mut self, path: &str) -> Result<()> {
        self.entry(path, ModeFileType::Directory, &[])
    }

    fn file(&mut self, path: &str, contents: &[u8]) -> Result<()> {
        self.entry(path, ModeFileType::Regular, contents)
    }

    fn entry(&mut self, path: &str, kind: ModeFileType, contents: &[u8]) -> Result<()> {
        self.files += 1;
        let size = u32::try_from(contents.len()).with_context(|| format!("{path} is too large"))?;
        let header = Builder::new(path).ino(self.files).mode(0o755).set_mode_file_type(kind);
        let mut writer = header.write(&mut self.bytes, size);
        writer.write_all(contents).with_context(|| format!("cannot archive {path}"))?;
        writer.finish().with_context(|| format!("cannot archive {path}"))?;
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>> {
        newc::trailer(self.bytes).context("cannot end the archive")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_follows_another_starts_where_the_kernel_looks() {
        for name in ["a", "ab", "abc", "abcd"] {
            let bytes = more(&[("/boot/file", name.as_bytes())]).unwrap();
            assert!(bytes.starts_with(b"070701") && bytes.len().is_multiple_of(4));
            let file = newc::Reader::new(bytes.as_slice()).unwrap();
            assert_eq!(file.entry().name(), "boot/file");
        }
    }

    #[test]
    fn what_goes_into_an_archive_comes_out() {
        let mut archive = Archive::default();
        archive.folder("bin").unwrap();
        archive.file("bin/tool", b"12345").unwrap();
        let bytes = archive.finish().unwrap();
        let folder = newc::Reader::new(bytes.as_slice()).unwrap();
        assert_eq!((folder.entry().name(), folder.entry().mode()), ("bin", 0o040_755));
        let mut file = newc::Reader::new(folder.finish().unwrap()).unwrap();
        assert_eq!((file.entry().name(), file.entry().mode()), ("bin/tool", 0o100_755));
        let mut contents = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut contents).unwrap();
        assert_eq!(contents, b"12345");
    }
}
