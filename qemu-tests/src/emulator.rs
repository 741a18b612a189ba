//! The emulators: QEMU in a version whose own processor model executes the SHA extensions, which is 8.2 or newer, and
//! Bochs.
//!
//! Debian 12 has 7.2. So on Debian both are those of the release after it, unpacked with all their libraries and
//! started by their own dynamic linker: no root, nothing installed, and the same emulators on every such machine.
//! Elsewhere they are those in PATH.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};

use crate::provision::{self, Program};
use crate::{bounded, packages};

/// The suite.
const SUITE: &str = "trixie";

/// The packages of QEMU: the emulator, the BIOS, and the loader of kernels that come as ELF files.
const QEMU_PACKAGES: [&str; 3] = ["qemu-system-x86", "qemu-system-data", "seabios"];
/// Where things are in their tree.
const QEMU: &str = "usr/bin/qemu-system-x86_64";
const QEMU_DATA: [&str; 2] = ["usr/share/qemu", "usr/share/seabios"];

/// The package of Bochs, and where things are in its tree.
const BOCHS_PACKAGES: [&str; 1] = ["bochs"];
const BOCHS: &str = "usr/bin/bochs-bin";
const BOCHS_PLUGINS: &str = "usr/lib/x86_64-linux-gnu/bochs/plugins";
/// The variable by which libltdl, and with it Bochs, finds plugins.
const PLUGINS_VARIABLE: &str = "LTDL_LIBRARY_PATH";

/// How long an emulator may take to print its version.
const LIMIT: Duration = Duration::from_secs(30);

/// How an emulator is started.
#[derive(Clone, Debug)]
pub struct Emulator {
    /// The file to execute.
    program: PathBuf,
    /// The arguments before the emulator's own.
    args: Vec<OsString>,
    /// A variable of its environment.
    variable: Option<(&'static str, PathBuf)>,
}

/// An emulator, or the reason why there is none.
type Found = OnceLock<Result<Emulator, String>>;

impl Emulator {
    /// Adds the emulator to a command that starts its arguments.
    pub(crate) fn append_to(&self, command: &mut Command) {
        command.arg(&self.program).args(&self.args).envs(self.variable.clone());
    }
}

/// QEMU, fetched or installed if that was not done before.
///
/// # Errors
/// It cannot be installed; the error says what to do.
pub fn get() -> Result<&'static Emulator> {
    static FOUND: Found = OnceLock::new();
    once(&FOUND, qemu)
}

/// Bochs, as [`get`] returns QEMU.
pub(crate) fn bochs() -> Result<&'static Emulator> {
    static FOUND: Found = OnceLock::new();
    once(&FOUND, || {
        let (emulator, root) = find("bochs", &BOCHS_PACKAGES, BOCHS, provision::BOCHS)?;
        let variable = root.map(|root| (PLUGINS_VARIABLE, root.join(BOCHS_PLUGINS)));
        Ok(Emulator { variable, ..emulator })
    })
}

fn once(found: &'static Found, make: fn() -> Result<Emulator>) -> Result<&'static Emulator> {
    let found = found.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow!("{error}"))
}

fn qemu() -> Result<Emulator> {
    let (mut emulator, root) = find("qemu", &QEMU_PACKAGES, QEMU, provision::QEMU)?;
    if let Some(root) = root {
        let data = QEMU_DATA.map(|directory| ["-L".into(), root.join(directory).into_os_string()]);
        emulator.args.extend(data.into_iter().flatten());
    }
    let mut command = Command::new(&emulator.program);
    let version = bounded::output(command.args(&emulator.args).arg("--version"), LIMIT)?;
    ensure!(version.starts_with("QEMU"), "{} is not QEMU", emulator.program.display());
    Ok(emulator)
}

/// The emulator, and the root of the unpacked tree `name` if it is not the one in PATH.
fn find(
    name: &str,
    packages: &[&str],
    file: &str,
    in_path: Program,
) -> Result<(Emulator, Option<PathBuf>)> {
    let release = provision::release();
    let (program, args, root) = if release.is("debian") && !release.is("ubuntu") {
        let root = packages::unpacked(name, SUITE, packages)?;
        let (program, args) = packages::linked(&root, file);
        (program, args, Some(root))
    } else {
        (provision::require(in_path)?, Vec::new(), None)
    };
    Ok((Emulator { program, args, variable: None }, root))
}

#[cfg(all(test, feature = "qemu"))]
mod with_qemu {
    #[test]
    fn an_emulator_is_had() {
        super::get().unwrap();
    }
}
