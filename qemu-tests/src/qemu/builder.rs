//! The parts of a machine, as QEMU's arguments.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::serial::Ends;
use super::vm::{self, Vm};
use crate::emulator;

/// Where the sockets, FIFOs and files between QEMU and the host are made: a short path, because a socket's may have 107
/// bytes at most (`unix(7)`).
const SOCKETS_PREFIX: &str = "purgatory-qemu-";

/// Arguments of every machine.
const ALWAYS: [&str; 6] = ["-accel", "tcg", "-nodefaults", "-display", "none", "-no-reboot"];

/// A machine to be: a builder for [`Vm`].
///
/// Nothing is there that was not asked for (`-nodefaults`, `-display none`), and a reset ends the process.
pub struct Qemu {
    args: Vec<OsString>,
    directory: PathBuf,
    limit: Duration,
    serials: Vec<Backend>,
    qmp: bool,
    live: Option<String>,
}

/// Where the bytes of a serial port go.
enum Backend {
    File(PathBuf),
    Host { log: PathBuf },
}

impl Qemu {
    /// A machine whose logs go to `directory`, which is made if it is missing, and which is killed after `limit`.
    #[must_use]
    pub fn new(directory: &Path, limit: Duration) -> Self {
        Self {
            args: Vec::new(),
            directory: directory.to_owned(),
            limit,
            serials: Vec::new(),
            qmp: false,
            live: None,
        }
    }

    /// Adds arguments as they are.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Lets every instruction take a nanosecond of the machine's time, independent of the host's time: its time-stamp
    /// counter counts instructions, and the same run gives the same numbers.
    #[must_use]
    pub fn counting(self) -> Self {
        self.args(["-icount", "shift=0,sleep=off"])
    }

    /// Adds a serial port (the first is COM1 at 0x3f8, the second COM2 at 0x2f8, …) whose output goes to a file of this
    /// name in the machine's directory.
    #[must_use]
    pub fn serial_file(mut self, name: &str) -> Self {
        self.serials.push(Backend::File(self.directory.join(name)));
        self
    }

    /// Adds a serial port that the host reads and writes as a [`Serial`](super::Serial); its output also goes to a
    /// file of this name in the machine's directory.
    #[must_use]
    pub fn serial_host(mut self, name: &str) -> Self {
        self.serials.push(Backend::Host { log: self.directory.join(name) });
        self
    }

    /// Adds the debug console at port 0xe9; its output goes to a file of this name in the machine's directory.
    #[must_use]
    pub fn debugcon_file(mut self, name: &str) -> Self {
        let file = self.directory.join(name);
        self.args.push("-debugcon".into());
        self.args.push(joined("file:", &file));
        self
    }

    /// Adds the QEMU machine protocol, see [`Vm::qmp`].
    #[must_use]
    pub fn qmp(mut self) -> Self {
        self.qmp = true;
        self
    }

    /// Prints each line of the serial ports that the host reads to stdout, when it arrives, after `prefix`.
    #[must_use]
    pub fn live(mut self, prefix: &str) -> Self {
        self.live = Some(prefix.to_owned());
        self
    }

    /// Lets the machine wait for the state that [`Qmp::restore`](super::Qmp::restore) gives it, instead of starting.
    #[must_use]
    pub fn incoming(self) -> Self {
        self.args(["-incoming", "defer"])
    }

    /// Starts the process.
    ///
    /// # Errors
    /// QEMU is missing (the error names the package), a file cannot be made, or the process ends at once: then the
    /// error holds its output.
    pub fn start(self) -> Result<Vm> {
        let emulator = emulator::get()?;
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make the directory {}", self.directory.display()))?;
        let sockets = tempfile::Builder::new()
            .prefix(SOCKETS_PREFIX)
            .tempdir()
            .context("cannot make a directory for sockets")?;

        let mut args: Vec<OsString> = ALWAYS.map(OsString::from).into();
        args.extend(self.args);

        let mut serials = Vec::new();
        for (index, backend) in self.serials.into_iter().enumerate() {
            args.push("-serial".into());
            match backend {
                Backend::File(path) => args.push(joined("file:", &path)),
                Backend::Host { log } => {
                    let id = format!("serial{index}");
                    args.push(format!("chardev:{id}").into());
                    args.push("-chardev".into());
                    let input = sockets.path().join(format!("{id}.in"));
                    let output = sockets.path().join(format!("{id}.out"));
                    let mut chardev = joined(&format!("file,id={id},path="), &output);
                    chardev.push(joined(",input-path=", &input));
                    args.push(chardev);
                    serials.push(Ends::make(&input, &output, &log)?);
                }
            }
        }
        let qmp = if self.qmp {
            args.push("-mon".into());
            args.push("chardev=qmp,mode=control".into());
            Some(listen(&mut args, sockets.path(), "qmp")?)
        } else {
            None
        };

        vm::start(vm::Parts {
            sockets,
            emulator,
            args,
            directory: self.directory,
            limit: self.limit,
            serials,
            qmp,
            live: self.live,
        })
    }
}

/// Adds a socket to which QEMU connects: the host listens before the process starts.
fn listen(args: &mut Vec<OsString>, sockets: &Path, id: &str) -> Result<UnixListener> {
    let socket = sockets.join(id);
    let listener = UnixListener::bind(&socket)
        .with_context(|| format!("cannot listen on {}", socket.display()))?;
    args.push("-chardev".into());
    args.push(joined(&format!("socket,id={id},path="), &socket));
    Ok(listener)
}

/// An argument that holds a path: QEMU wants each comma of it twice.
fn joined(before: &str, path: &Path) -> OsString {
    format!("{before}{}", path.display().to_string().replace(',', ",,")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_path_is_doubled() {
        assert_eq!(joined("file:", Path::new("/a,b/c")), "file:/a,,b/c");
    }
}
