//! One run of memory that was made elsewhere, in QEMU.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use boot_shim::order::{Memory, Order};

use super::ending::Ending;
use super::files::{SHIM, product};
use super::in_qemu::{ENTERED, halted};
use crate::qemu::{Ended, Qemu};
use crate::workspace::{self, text};

/// The machine has RAM up to here.
const MEMORY: &str = "640M";
const SHIM_LOG: &str = "shim.log";
const SERIAL_LOG: &str = "ttyS0.log";
/// Between two looks at the machine.
const POLL: Duration = Duration::from_millis(10);

/// How a run of memory ended.
#[derive(Debug)]
pub struct Entered {
    /// The ending; `None` if it did not end in time.
    pub ending: Option<Ending>,
    /// The output on ttyS0.
    pub printed: String,
}

/// Enters memory as a purgatory is entered. `bytes` are those of its pieces.
///
/// # Errors
/// The machine cannot be started, or the shim cannot carry out its order.
pub fn enter(memory: Memory, bytes: &[u8], directory: &Path, limit: Duration) -> Result<Entered> {
    workspace::make_empty(directory)?;
    let file = directory.join("module");
    fs::write(&file, Order::Memory(memory).with_module(bytes)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut vm = Qemu::new(directory, 2 * limit)
        .args(["-machine", "pc", "-cpu", super::Case::CPU, "-m", MEMORY])
        .args(["-kernel".into(), product(SHIM)?])
        .args([Path::new("-initrd"), &file])
        .debugcon_file(SHIM_LOG)
        .serial_file(SERIAL_LOG)
        .qmp()
        .start()?;
    let began = Instant::now();
    let ending = loop {
        if let Some(ended) = vm.try_wait()? {
            ensure!(ended == Ended::Exited(0), "{ended:?}: {}", text(&directory.join(SHIM_LOG)));
            break Some(Ending::Resets);
        }
        if text(&directory.join(SHIM_LOG)).contains(ENTERED) && halted(&mut vm) {
            break Some(Ending::Halts);
        }
        if began.elapsed() > limit {
            break None;
        }
        thread::sleep(POLL);
    };
    vm.kill();
    let says = text(&directory.join(SHIM_LOG));
    ensure!(says.contains(ENTERED), "the shim did not enter: {says}");
    Ok(Entered { ending, printed: text(&directory.join(SERIAL_LOG)) })
}
