//! The file system of the guest: an uncompressed cpio archive in the "newc" format
//! (`Documentation/driver-api/early-userspace/buffer-format.rst`).

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use cpio::newc::{self, Builder, ModeFileType};

use crate::kernels::Unpacked;
use crate::{bounded, packages};

/// The first process.
const INIT: &str = include_str!("init.sh");

/// Where the loader is, by the ABI of x86-64: the programs name it.
const LOADER: &str = "lib64/ld-linux-x86-64.so.2";

/// In the running kernel's file system: the kernel to load.
pub const KERNEL: &str = "/boot/vmlinuz";

/// In the running kernel's file system: the initrd to load with it.
pub const INITRD: &str = "/boot/initrd";

/// How long the dynamic linker may take to list libraries.
const LIST_LIMIT: Duration = Duration::from_secs(30);

/// The two file systems of a run.
pub struct Initramfs {
    /// The running kernel's: the other one's files, and [`KERNEL`] and [`INITRD`].
    pub running: Vec<u8>,
    /// That of the kernel that follows.
    pub capture: Vec<u8>,
    libraries: Vec<String>,
}

impl Initramfs {
    /// Builds both from the unpacked packages.
    ///
    /// # Errors
    /// A program or a library is missing from the packages.
    pub fn of(kernel: &Unpacked) -> Result<Self> {
        let root = &kernel.root;
        let programs = [
            ("bin/busybox", find(root, &["usr/bin/busybox", "bin/busybox"])?),
            ("bin/kexec", kexec(root)?),
            ("bin/makedumpfile", find(root, &["usr/bin/makedumpfile", "usr/sbin/makedumpfile"])?),
        ];
        let mut libraries = BTreeMap::new();
        // The first one is static.
        for (_, file) in &programs[1..] {
            libraries.extend(self::libraries(root, file)?);
        }

        let mut archive = Archive::default();
        for directory in ["bin", "boot", "dev", "lib", "lib64", "proc", "sys", "tmp"] {
            archive.directory(directory)?;
        }
        archive.file("init", INIT.as_bytes())?;
        for (path, file) in &programs {
            archive.file(path, &read(file)?)?;
        }
        archive.file(LOADER, &read(&packages::linked(root, "").0)?)?;
        for (name, file) in &libraries {
            archive.file(&format!("lib/{name}"), &read(file)?)?;
        }
        let capture = archive.clone().finish()?;

        let vmlinuz = fs::read(&kernel.vmlinuz).context("cannot read the kernel")?;
        archive.file(KERNEL.trim_start_matches('/'), &vmlinuz)?;
        archive.file(INITRD.trim_start_matches('/'), &capture)?;
        let libraries = libraries.into_keys().collect();
        Ok(Self { running: archive.finish()?, capture, libraries })
    }

    /// The libraries of a program of another tree that are not in the file systems.
    ///
    /// # Errors
    /// A library is missing from the tree.
    pub fn missing_libraries(&self, root: &Path, program: &Path) -> Result<Vec<(String, Vec<u8>)>> {
        let mut missing = libraries(root, program)?;
        missing.retain(|name, _| !self.libraries.contains(name));
        missing.iter().map(|(name, file)| Ok((format!("lib/{name}"), read(file)?))).collect()
    }
}

/// The libraries that a program needs, by its own dynamic linker: a line `NAME => FILE (ADDRESS)` each.
fn libraries(root: &Path, program: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let (linker, args) = packages::linked(root, "");
    let mut command = Command::new(linker);
    command.args(&args[..2]).arg("--list").arg(program);
    let listed = bounded::output(&mut command, LIST_LIMIT)?;
    let library = |line: &str| {
        let (name, file) = line.trim().split_once(" => ")?;
        Some((name.to_owned(), file.rsplit_once(" (")?.0.into()))
    };
    let mut found: BTreeMap<_, _> = listed.lines().filter_map(library).collect();
    found.retain(|name, _| !LOADER.ends_with(name.as_str()));
    Ok(found)
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

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// An archive of files for the running kernel, to follow the one of [`Initramfs`]: a file of the same name replaces the
/// other one (`buffer-format.rst`: archives may be concatenated).
///
/// # Errors
/// A file has 4 GiB or more.
pub fn more(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
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
    fn directory(&mut self, path: &str) -> Result<()> {
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
            let bytes = more(&[("/boot/file".to_owned(), name.into())]).unwrap();
            assert!(bytes.starts_with(b"070701") && bytes.len().is_multiple_of(4));
            let file = newc::Reader::new(bytes.as_slice()).unwrap();
            assert_eq!(file.entry().name(), "boot/file");
        }
    }

    #[test]
    fn an_archive_returns_its_files() {
        let mut archive = Archive::default();
        archive.directory("bin").unwrap();
        archive.file("bin/tool", b"12345").unwrap();
        let bytes = archive.finish().unwrap();
        let directory = newc::Reader::new(bytes.as_slice()).unwrap();
        assert_eq!((directory.entry().name(), directory.entry().mode()), ("bin", 0o040_755));
        let mut file = newc::Reader::new(directory.finish().unwrap()).unwrap();
        assert_eq!((file.entry().name(), file.entry().mode()), ("bin/tool", 0o100_755));
        let mut contents = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut contents).unwrap();
        assert_eq!(contents, b"12345");
    }
}
