//! The program: on Debian that of the release that QEMU is taken from too, unpacked with all its libraries and started by
//! its own dynamic linker, so that nothing is installed. Elsewhere it is the one in PATH.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use crate::{packages, provision};

/// The suite, the tree's name among the unpacked ones, and what of the suite is needed.
const SUITE: &str = "trixie";
const NAME: &str = "bochs";
const PACKAGES: [&str; 1] = ["bochs"];

/// Where things are in the packages' tree.
const PROGRAM: &str = "usr/bin/bochs-bin";
const PLUGINS: &str = "usr/lib/x86_64-linux-gnu/bochs/plugins";

/// The variable by which libltdl, and with it Bochs, finds plugins.
const PLUGINS_VARIABLE: &str = "LTDL_LIBRARY_PATH";

/// How the program is started.
#[derive(Clone, Debug)]
pub(super) struct Program {
    file: PathBuf,
    args: Vec<OsString>,
    plugins: Option<PathBuf>,
}

impl Program {
    /// Adds the program to a command that starts its arguments.
    pub(super) fn append_to(&self, command: &mut Command) {
        command.arg(&self.file).args(&self.args);
        if let Some(plugins) = &self.plugins {
            command.env(PLUGINS_VARIABLE, plugins);
        }
    }
}

/// The program, fetched or installed if that was not done before.
pub(super) fn get() -> Result<&'static Program> {
    static FOUND: OnceLock<Result<Program, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow!("{error}"))
}

fn make() -> Result<Program> {
    let release = provision::release();
    if release.is("debian") && !release.is("ubuntu") {
        Ok(unpacked(&packages::unpacked(NAME, SUITE, &PACKAGES)?))
    } else {
        let file = provision::require(provision::BOCHS)?;
        Ok(Program { file, args: Vec::new(), plugins: None })
    }
}

fn unpacked(root: &Path) -> Program {
    let (file, args) = packages::linked(root, PROGRAM);
    Program { file, args, plugins: Some(root.join(PLUGINS)) }
}
