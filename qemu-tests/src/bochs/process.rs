//! One process, from its configuration to its end.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::firmware;
use super::memory::{self, Piece};
use crate::workspace::{self, text};
use crate::{emulator, provision};

/// Between two looks at the machine.
const POLL: Duration = Duration::from_millis(10);
/// How long the UART may take to send the bytes that the CPU wrote before it halted. They end with a line end.
const SERIAL_LIMIT: Duration = Duration::from_secs(2);
/// How long the first byte may take.
const FIRST_BYTE_LIMIT: Duration = Duration::from_millis(200);

/// Files in the run's directory. Bochs writes the bytes sent to port 0xe9 to its standard output.
const ROM: &str = "firmware.rom";
const VGA_ROM: &str = "vga.rom";
const PROGRAM: &str = "program.bin";
const START_INFO: &str = "start-info.bin";
const CONFIGURATION: &str = "bochsrc";
const DEBUGCON: &str = "debugcon.log";
const SERIAL: &str = "ttyS0.log";
const LOG: &str = "bochs.log";
const ERRORS: &str = "errors.log";

/// A VGA adapter without code: Bochs insists on a ROM for it.
const EMPTY_ROM: [u8; 512] = [0; 512];
/// The line that Bochs logs when the CPU waits for interrupts that are off.
const HALTED: &str = "HLT instruction with IF=0";
/// The line that Bochs logs when the CPU shuts down.
const SHUT_DOWN: &str = "exception with no resolution";

/// The line that Bochs logs when its display has a port.
const LISTENS: &str = "listening for connections";
/// One process starts at a time. If two take a port at the same time, neither gets it, and both give up: a port may be
/// bound by both before one of them listens (`gui/rfb.cc` of Bochs).
static STARTING: Mutex<()> = Mutex::new(());

/// A machine to be.
#[derive(Clone, Copy, Debug)]
pub struct Bochs<'a> {
    /// The processor: a name that `bochs --help cpu` lists.
    pub model: &'a str,
    /// An ELF file with a PVH entry.
    pub program: &'a [u8],
    /// The module that the program is given.
    pub module: &'a [u8],
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The processor halted with interrupts off.
    Halted,
    /// The processor shut down: a fault while a double fault was delivered.
    ShutDown,
}

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// The text written to the debug console at port 0xe9, after lines of Bochs itself.
    pub debugcon: String,
    /// The text written to ttyS0.
    pub serial: String,
}

impl Bochs<'_> {
    /// Runs it until it ends, and at most for `limit`. Its files are left in `directory`, which is emptied first.
    ///
    /// A reset starts the program once more, on memory as it was left.
    ///
    /// # Errors
    /// Bochs cannot be had, the program cannot be loaded, Bochs refuses the machine, or time is up: then the error
    /// holds the output.
    pub fn run(&self, directory: &Path, limit: Duration) -> Result<Outcome> {
        let mut command = Command::new(provision::find(provision::SETPRIV)?);
        command.args(["--pdeathsig", "KILL"]);
        emulator::bochs()?.append_to(&mut command);
        self.write_files(directory)?;
        command.args(["-q", "-f", CONFIGURATION]).current_dir(directory);
        let mut alone = Some(STARTING.lock().unwrap_or_else(PoisonError::into_inner));
        let mut process = Process::start(command, directory)?;
        let give_up = Instant::now() + limit;
        let read = |name| text(&directory.join(name));
        let outcome = |ended| Outcome { ended, debugcon: read(DEBUGCON), serial: read(SERIAL) };
        loop {
            // Asked before the log is read, which is whole then.
            let is_running = process.is_running()?;
            let log = read(LOG);
            if log.contains(LISTENS) {
                drop(alone.take());
            }
            if log.contains(SHUT_DOWN) {
                return Ok(outcome(Ended::ShutDown));
            }
            if log.contains(HALTED) {
                process.wait_for_serial(&directory.join(SERIAL))?;
                return Ok(outcome(Ended::Halted));
            }
            ensure!(is_running, "Bochs ended with the output:\n{}{}", read(DEBUGCON), read(ERRORS));
            if Instant::now() > give_up {
                bail!("still running after {} s; its output:\n{}", limit.as_secs(), read(DEBUGCON));
            }
            thread::sleep(POLL);
        }
    }

    /// Makes all that the process reads.
    fn write_files(&self, directory: &Path) -> Result<()> {
        workspace::make_empty(directory)?;
        let (image, entry) = memory::program(self.program)?;
        let info = memory::start_info(self.module)?;
        let rom = firmware::rom(entry, info.address);
        let configuration = configuration(self.model, &image, &info);
        let files: [(&str, &[u8]); 5] = [
            (ROM, &rom),
            (VGA_ROM, &EMPTY_ROM),
            (PROGRAM, &image.bytes),
            (START_INFO, &info.bytes),
            (CONFIGURATION, configuration.as_bytes()),
        ];
        for (name, bytes) in files {
            let path = directory.join(name);
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Bochs' configuration, see `bochsrc(5)`.
fn configuration(model: &str, image: &Piece, info: &Piece) -> String {
    let mebibytes = memory::BYTES >> 20;
    let block_kibibytes = memory::BLOCK >> 10;
    let (image, info) = (image.address, info.address);
    // The display that needs no other package: a server without clients, at the first free port from 5900 on.
    // The sound of the host is not looked for.
    format!(
        "config_interface: textconfig\n\
         display_library: rfb, options=\"timeout=0\"\n\
         sound: driver=dummy\n\
         speaker: enabled=0\n\
         cpu: model={model}, count=1, reset_on_triple_fault=0, ignore_bad_msrs=0\n\
         memory: guest={mebibytes}, host={mebibytes}, block_size={block_kibibytes}\n\
         romimage: file={ROM}\n\
         vgaromimage: file={VGA_ROM}\n\
         optramimage1: file={PROGRAM}, address={image:#x}\n\
         optramimage2: file={START_INFO}, address={info:#x}\n\
         port_e9_hack: enabled=1\n\
         com1: enabled=1, mode=file, dev={SERIAL}\n\
         log: {LOG}\n\
         panic: action=fatal\n\
         error: action=report\n\
         info: action=report\n\
         debug: action=ignore\n"
    )
}

/// The running process. Dropping it kills it.
struct Process(Child);

impl Process {
    fn start(mut command: Command, directory: &Path) -> Result<Self> {
        let file = |name: &str| {
            File::create(directory.join(name)).with_context(|| format!("cannot make {name}"))
        };
        command.stdin(Stdio::null()).stdout(file(DEBUGCON)?).stderr(file(ERRORS)?);
        Ok(Self(command.spawn().context("cannot start Bochs")?))
    }

    fn is_running(&mut self) -> Result<bool> {
        Ok(self.0.try_wait().context("cannot get the state of Bochs")?.is_none())
    }

    /// Waits until the UART has sent everything.
    fn wait_for_serial(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        while self.is_running()? {
            let text = text(log);
            let limit = if text.is_empty() { FIRST_BYTE_LIMIT } else { SERIAL_LIMIT };
            if text.ends_with('\n') || started.elapsed() > limit {
                break;
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if the process has ended and was waited for: that is the goal.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
