//! Finds the programs that the runs need, and installs them where it can.
//!
//! On Debian and Ubuntu, as root, a missing program is installed with apt-get; else the error says which package to
//! install. Actions are printed to stderr.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::bounded;

/// A program, and the packages it comes in.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its file name.
    pub name: &'static str,
    /// Debian's and Ubuntu's package.
    pub debian: &'static str,
    /// Its names in other distributions, as text for people.
    pub elsewhere: &'static str,
}

/// The emulator.
pub const QEMU: Program = Program {
    name: "qemu-system-x86_64",
    debian: "qemu-system-x86",
    elsewhere: "qemu-system-x86 (Fedora), qemu-system-x86 and seabios (Arch), qemu-x86 (openSUSE)",
};

/// The emulator that executes AVX-512.
pub const BOCHS: Program = Program { name: "bochs-bin", debian: "bochs", elsewhere: "bochs" };

/// Makes a child die with its parent.
pub const SETPRIV: Program =
    Program { name: "setpriv", debian: "util-linux", elsewhere: "util-linux" };

/// Fetches and unpacks Debian packages.
pub const MMDEBSTRAP: Program =
    Program { name: "mmdebstrap", debian: "mmdebstrap", elsewhere: "mmdebstrap" };

/// Installs Debian packages, and reads the machine's apt sources.
pub const APT_GET: Program = Program { name: "apt-get", debian: "apt", elsewhere: "apt" };

/// Compiles C++, which the fuzzing implementation is written in.
pub const CXX: Program = Program { name: "g++", debian: "g++", elsewhere: "gcc-c++ or gcc" };

/// The programs that the tests need from the machine itself. Emulators are unpacked where that is possible.
pub const PROGRAMS: [Program; 4] = [APT_GET, SETPRIV, MMDEBSTRAP, CXX];

/// How long fetching and installing may take, including the wait for dpkg's lock.
const INSTALL_LIMIT: Duration = Duration::from_secs(900);

/// One installation at a time in this process; apt-get's own lock keeps other processes out.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Where the program is.
///
/// # Errors
/// It is not in PATH; the error says which package to install.
pub fn find(program: Program) -> Result<PathBuf> {
    let found = look(program.name);
    found.with_context(|| format!("{} is not in PATH: {}", program.name, advice(program)))
}

/// Where the program is, after installing it if it was missing and can be installed.
///
/// # Errors
/// It is missing and cannot be installed here; the error says which package to install.
pub fn require(program: Program) -> Result<PathBuf> {
    let _one_at_a_time = INSTALLING.lock();
    if look(program.name).is_none() {
        install(program)?;
    }
    find(program)
}

fn install(program: Program) -> Result<()> {
    let package = program.debian;
    if !is_debian_like() {
        bail!("{} is missing: {}", program.name, advice(program));
    }
    if !rustix::process::geteuid().is_root() {
        bail!("{} is missing, and only root may install it: {}", program.name, advice(program));
    }
    eprintln!("{} is missing: installing the package {package}", program.name);
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "--no-install-recommends", package])
}

fn apt_get(args: &[&str]) -> Result<()> {
    eprintln!("  apt-get {}", args.join(" "));
    let mut command = Command::new(find(APT_GET)?);
    // Another holder of dpkg's lock has five minutes.
    command.args(["-q", "-o", "DPkg::Lock::Timeout=300"]).args(args);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    bounded::output(&mut command, INSTALL_LIMIT)?;
    Ok(())
}

fn look(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}

fn advice(program: Program) -> String {
    if is_debian_like() {
        format!("run `apt-get install {}` as root", program.debian)
    } else {
        format!("install the package that it comes in: {}", program.elsewhere)
    }
}

fn is_debian_like() -> bool {
    let release = release();
    release.is("debian") || release.is("ubuntu")
}

/// The distribution that this runs on.
pub(crate) fn release() -> Release {
    Release::parse(&fs::read_to_string("/etc/os-release").unwrap_or_default())
}

/// The contents of `os-release(5)`.
pub(crate) struct Release {
    /// ID, then those of ID_LIKE.
    ids: Vec<String>,
    /// VERSION_CODENAME.
    pub(crate) codename: Option<String>,
}

impl Release {
    pub(crate) fn parse(text: &str) -> Self {
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        let ids = [value("ID"), value("ID_LIKE")].into_iter().flatten();
        let ids =
            ids.flat_map(|ids| ids.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>());
        Self { ids: ids.collect(), codename: value("VERSION_CODENAME") }
    }

    /// Whether it is this distribution, or made from it.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.ids.iter().any(|known| known == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Program = Program { name: "no-such-program", debian: "deb", elsewhere: "rpm" };

    #[test]
    fn os_release_identifies_debian_and_its_derivatives() {
        let debian = Release::parse("PRETTY_NAME=\"x\"\nID=debian\nVERSION_CODENAME=bookworm\n");
        assert!(debian.is("debian") && !debian.is("ubuntu"));
        assert_eq!(debian.codename.as_deref(), Some("bookworm"));
        assert!(Release::parse("ID=mint\nID_LIKE=\"ubuntu debian\"\n").is("debian"));
        assert!(!Release::parse("ID=fedora\nVARIANT_ID=debian\n").is("debian"));
        assert_eq!(Release::parse("").codename, None);
    }

    #[test]
    fn names_the_package_of_a_missing_program() {
        let error = find(NONE).unwrap_err().to_string();
        assert!(error.contains("no-such-program is not in PATH"), "{error}");
        assert!(error.contains("deb") || error.contains("rpm"), "{error}");
    }

    #[test]
    fn finds_an_installed_program() {
        assert!(find(SETPRIV).unwrap().is_file());
    }
}
