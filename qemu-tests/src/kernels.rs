//! The stock kernels that the runs crash, and the programs that run in them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{packages, provision};

/// The programs of the guest, from the kernel's own suite.
const PROGRAMS: [&str; 3] = ["busybox-static", "kexec-tools", "makedumpfile"];

/// Debian's kernels and their suites, the newest last.
pub(crate) const DEBIAN: [(&str, &str); 2] = [("6.1", "bookworm"), ("6.12", "trixie")];

/// A kernel of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Its name in the runs: the version.
    pub name: String,
    /// The suite that it comes from.
    pub suite: String,
    /// The package that leads to the kernel of the day.
    pub package: &'static str,
}

/// A kernel and its programs, unpacked.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// The root of the packages' tree.
    pub root: PathBuf,
    /// The kernel's file, a bzImage.
    pub vmlinuz: PathBuf,
    /// The kernel's release, as `uname -r` has it.
    pub release: String,
}

/// The kernels for the machine that this runs on: on Debian 6.1 and 6.12; on Ubuntu, whose mirrors have no Debian
/// suites, the kernel of the machine's own release.
///
/// # Errors
/// The machine runs another distribution.
pub fn all() -> Result<Vec<Kernel>> {
    of(&provision::release())
}

fn of(release: &provision::Release) -> Result<Vec<Kernel>> {
    let kernel = |name: &str, suite: &str, package| Kernel {
        name: name.to_owned(),
        suite: suite.to_owned(),
        package,
    };
    match (release.is("debian"), release.is("ubuntu"), &release.codename) {
        (_, true, Some(own)) => Ok(vec![kernel(own, own, "linux-image-virtual")]),
        (true, false, _) => {
            let cloud = |(name, suite)| kernel(name, suite, "linux-image-cloud-amd64");
            Ok(DEBIAN.map(cloud).into())
        }
        _ => bail!(
            "stock kernels are fetched from the mirror of a Debian or Ubuntu machine, and this is neither: it would \
             take a kernel package, {}",
            PROGRAMS.join(", ")
        ),
    }
}

impl Kernel {
    /// Fetches and unpacks the kernel and its programs, unless that was done before.
    ///
    /// # Errors
    /// See [`packages::unpacked`]; also if the packages hold no kernel.
    pub fn unpacked(&self) -> Result<Unpacked> {
        let mut wanted = vec![self.package];
        wanted.extend(PROGRAMS);
        let root = packages::unpacked(&self.suite, &self.suite, &wanted)?;
        let boot = fs::read_dir(root.join("boot")).context("the kernel's package has no boot/")?;
        let vmlinuz = boot
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.to_string_lossy().contains("/vmlinuz-"))
            .context("the kernel's package has no boot/vmlinuz-*")?;
        let name = vmlinuz.file_name().unwrap_or_default().to_string_lossy();
        let release = name.trim_start_matches("vmlinuz-").to_owned();
        Ok(Unpacked { root, vmlinuz, release })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::Release;

    fn names(os_release: &str) -> Result<Vec<String>> {
        Ok(of(&Release::parse(os_release))?.into_iter().map(|kernel| kernel.name).collect())
    }

    #[test]
    fn debian_has_two_kernels_and_ubuntu_its_own() {
        assert_eq!(names("ID=debian\nVERSION_CODENAME=bookworm\n").unwrap(), ["6.1", "6.12"]);
        let ubuntu = "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n";
        assert_eq!(names(ubuntu).unwrap(), ["noble"]);
    }

    #[test]
    fn names_the_needed_files_on_another_distribution() {
        let error = names("ID=fedora\n").unwrap_err().to_string();
        assert!(error.contains("kexec-tools"), "{error}");
    }
}
