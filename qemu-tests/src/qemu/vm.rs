//! The running process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::TempDir;

use super::serial::Ends;
use super::{Qmp, Serial};
use crate::emulator::Emulator;
use crate::provision;

/// Between two looks at whether something has happened.
const POLL: Duration = Duration::from_millis(2);

/// How long QEMU may take to connect to its sockets: it does so before it builds the machine.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// QEMU's own output goes to this file of the machine's directory.
const OUTPUT: &str = "qemu.log";

/// The input of [`start`].
pub(super) struct Parts {
    pub(super) sockets: TempDir,
    pub(super) emulator: &'static Emulator,
    pub(super) args: Vec<OsString>,
    pub(super) directory: PathBuf,
    pub(super) limit: Duration,
    pub(super) serials: Vec<Ends>,
    pub(super) qmp: Option<UnixListener>,
    pub(super) live: Option<String>,
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status: 0 for a reset or power-off, `code << 1 | 1` through isa-debug-exit.
    Exited(i32),
    /// By a signal: it was killed, at its deadline or before, or it crashed.
    Signalled,
}

/// A running machine. Dropping it kills it.
pub struct Vm {
    child: Arc<Mutex<Child>>,
    directory: PathBuf,
    serials: Vec<Serial>,
    qmp: Option<Qmp>,
    /// Removed with the machine.
    _sockets: TempDir,
    /// Dropped to end the watchdog.
    stop: Option<mpsc::Sender<()>>,
    watchdog: Option<JoinHandle<()>>,
}

impl Vm {
    /// The serial ports that the host reads, in the order in which they were added.
    #[must_use]
    pub fn serial(&self, index: usize) -> &Serial {
        &self.serials[index]
    }

    /// The machine protocol.
    ///
    /// # Errors
    /// The machine was built without it.
    pub fn qmp(&mut self) -> Result<&mut Qmp> {
        self.qmp.as_mut().context("the machine was built without QMP")
    }

    /// The directory of the machine's logs.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How the process ended, or `None` while it runs.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn try_wait(&self) -> Result<Option<Ended>> {
        let status = lock(&self.child).try_wait().context("cannot get the state of QEMU")?;
        Ok(status.map(ended))
    }

    /// Ends the process now.
    pub fn kill(&self) {
        kill(&self.child);
    }

    /// Returns QEMU's own output: warnings and errors about its arguments.
    #[must_use]
    pub fn output(&self) -> String {
        output(&self.directory)
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.stop = None;
        self.kill();
        if let Some(watchdog) = self.watchdog.take() {
            // A watchdog that panicked has nothing left to do.
            let _ = watchdog.join();
        }
    }
}

/// Starts the process and connects everything to it.
pub(super) fn start(parts: Parts) -> Result<Vm> {
    let deadline = Instant::now() + parts.limit;
    let output_file =
        File::create(parts.directory.join(OUTPUT)).context("cannot make QEMU's log")?;
    let errors = output_file.try_clone().context("cannot share QEMU's log")?;
    // setpriv becomes QEMU, which then dies with the thread that started it, however that ends.
    let mut command = Command::new(provision::find(provision::SETPRIV)?);
    command.args(["--pdeathsig", "KILL"]);
    parts.emulator.append_to(&mut command);
    let child = command
        .args(&parts.args)
        .stdin(Stdio::null())
        .stdout(output_file)
        .stderr(errors)
        .spawn()
        .context("cannot start QEMU")?;
    let child = Arc::new(Mutex::new(child));

    // From here on, dropping the Vm ends the process.
    let (stop, stopped) = mpsc::channel();
    let watched = Arc::clone(&child);
    let watchdog = thread::spawn(move || {
        if stopped.recv_timeout(parts.limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            kill(&watched);
        }
    });
    let mut vm = Vm {
        child,
        directory: parts.directory,
        serials: Vec::new(),
        qmp: None,
        _sockets: parts.sockets,
        stop: Some(stop),
        watchdog: Some(watchdog),
    };
    for ends in parts.serials {
        let child = Arc::clone(&vm.child);
        // A missing process counts as ended.
        let ended = move || !matches!(lock(&child).try_wait(), Ok(None));
        vm.serials.push(Serial::new(ends, deadline, ended, parts.live.clone()));
    }
    if let Some(listener) = parts.qmp {
        let stream = accept(&vm, &listener)?;
        vm.qmp = Some(Qmp::new(stream)?);
    }
    Ok(vm)
}

/// The connection that QEMU makes to `listener`.
fn accept(vm: &Vm, listener: &UnixListener) -> Result<UnixStream> {
    listener.set_nonblocking(true).context("cannot make the listening socket non-blocking")?;
    let give_up = Instant::now() + CONNECT_LIMIT;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).context("cannot make the socket blocking")?;
                return Ok(stream);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(anyhow!(error).context("cannot accept QEMU's connection")),
        }
        if let Some(ended) = vm.try_wait()? {
            bail!("QEMU ended at once ({ended:?}) with the output: {}", vm.output());
        }
        if Instant::now() > give_up {
            bail!("QEMU made no connection within {} s: {}", CONNECT_LIMIT.as_secs(), vm.output());
        }
        thread::sleep(POLL);
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = lock(child);
    // Both fail only if the process has ended and was waited for: that is the goal.
    let _ = child.kill();
    let _ = child.wait();
}

/// A thread that panicked with the lock leaves a child that can be killed all the same.
fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended(status: ExitStatus) -> Ended {
    status.code().map_or(Ended::Signalled, Ended::Exited)
}

fn output(directory: &Path) -> String {
    fs::read_to_string(directory.join(OUTPUT)).unwrap_or_default().trim().to_owned()
}

#[cfg(all(test, feature = "qemu"))]
mod with_qemu {
    use super::*;

    #[test]
    fn dropping_the_machine_ends_the_process() {
        let directory = tempfile::tempdir().unwrap();
        let vm = crate::qemu::with_qemu::idle(directory.path(), Duration::from_secs(60))
            .start()
            .unwrap();
        let process = PathBuf::from(format!("/proc/{}", lock(&vm.child).id()));
        assert!(process.exists());
        drop(vm);
        assert!(!process.exists());
    }
}
