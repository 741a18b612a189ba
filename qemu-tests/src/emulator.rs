//! The emulator: one whose own processor model executes the SHA extensions, as QEMU's does from 8.2 on.
//!
//! Debian 12 has 7.2. So on Debian it is that of the release after it, unpacked with all its libraries and started by its
//! own dynamic linker: no root, nothing installed, and the same emulator on every such machine. Elsewhere it is the one
//! in PATH.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};

use crate::{bounded, packages, provision};

/// The suite, its name among the unpacked ones, and what of it is needed: the emulator, the BIOS, and the loader of
/// kernels that come as ELF files.
const SUITE: &str = "trixie";
const NAME: &str = "qemu";
const PACKAGES: [&str; 3] = ["qemu-system-x86", "qemu-system-data", "seabios"];

/// Where things are in the packages' tree.
const PROGRAM: &str = "usr/bin/qemu-system-x86_64";
const DATA: [&str; 2] = ["usr/share/qemu", "usr/share/seabios"];

/// How long it may take to say its version.
const LIMIT: Duration = Duration::from_secs(30);

/// How the emulator is started.
#[derive(Clone, Debug)]
pub struct Emulator {
    /// The file to execute.
    pub(crate) program: PathBuf,
    /// What stands before the emulator's own arguments.
    pub(crate) args: Vec<OsString>,
}

/// The emulator, fetched or installed if that was not done before.
///
/// # Errors
/// It cannot be had; the error says what to do.
pub fn get() -> Result<&'static Emulator> {
    static FOUND: OnceLock<Result<Emulator, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow!("{error}"))
}

fn make() -> Result<Emulator> {
    let release = provision::release();
    let emulator = if release.is("debian") && !release.is("ubuntu") {
        unpacked(&packages::unpacked(NAME, SUITE, &PACKAGES)?)
    } else {
        Emulator { program: provision::require(provision::QEMU)?, args: Vec::new() }
    };
    let mut command = Command::new(&emulator.program);
    let version = bounded::output(command.args(&emulator.args).arg("--version"), LIMIT)?;
    ensure!(version.starts_with("QEMU"), "{} is no QEMU", emulator.program.display());
    Ok(emulator)
}

fn unpacked(root: &Path) -> Emulator {
    let (program, mut args) = packages::linked(root, PROGRAM);
    for folder in DATA {
        args.extend(["-L".into(), root.join(folder).into()]);
    }
    Emulator { program, args }
}

#[cfg(all(test, feature = "qemu"))]
mod with_qemu {
    #[test]
    fn an_emulator_is_had() {
        super::get().unwrap();
    }
}
