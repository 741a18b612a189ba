//! One run in QEMU: starts the machine, acts on it, and waits for its end.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use boot_shim::end::End;

use super::case::{Case, Uarts};
use super::ending::Ending;
use super::files::{LIMIT, SHIM, module, product};
use super::memory::{self, Read, Size};
use super::outcome::Outcome;
use crate::qemu::{Ended, Qemu, Vm};
use crate::workspace::{self, text};

/// The debug console's file, and those of the serial ports: a file, unlike a socket, has every byte at once.
const SHIM_LOG: &str = "shim.log";
const SERIAL_LOGS: [&str; 2] = ["ttyS0.log", "ttyS1.log"];
/// The blob with the order.
const MODULE: &str = "module";
/// Between two looks at the machine.
const POLL: Duration = Duration::from_millis(10);
/// The shim's line just before it enters the blob.
pub(super) const ENTERED: &str = "shim: enter";
/// How the emulator shows that the processor executed HLT and waits.
const HALTED: &str = "HLT=1";
/// The status that QEMU ends with when the machine is reset.
const RESET: i32 = 0;

pub(super) fn run(case: &Case, directory: &Path) -> Result<Outcome> {
    workspace::make_empty(directory)?;
    let shim_log = directory.join(SHIM_LOG);
    let mut vm = start(case, directory)?;
    let mut entered = None;
    let mut is_halted = false;
    let ending = loop {
        let says = text(&shim_log);
        if let Some(end) = End::of(&says) {
            break end.into();
        }
        if is_halted {
            break Ending::Halts;
        }
        if let Some(ended) = vm.try_wait()? {
            ensure!(
                ended == Ended::Exited(RESET),
                "{ended:?} within {} s:\n{says}ttyS0:\n{}",
                LIMIT.as_secs(),
                text(&directory.join(SERIAL_LOGS[0]))
            );
            break Ending::Resets;
        }
        if entered.is_none() && says.contains(ENTERED) {
            entered = Some(Instant::now());
            if let Some(act) = case.act {
                act(vm.qmp()?)?;
            }
        }
        // The shim's last line is written before it halts, so search for it again.
        is_halted = entered.is_some() && halted(&mut vm);
        thread::sleep(POLL);
    };
    let took = entered.map_or(Duration::ZERO, |entered| entered.elapsed());
    let shim = text(&shim_log);
    let (memory, picture) = read(case, &mut vm, &shim, directory)?;
    vm.kill();
    let serial = SERIAL_LOGS.map(|log| text(&directory.join(log)));
    Ok(Outcome { ending, shim, serial, took, memory, picture })
}

/// Reads the parts of the machine that the case asks for. The machine waits in HLT.
fn read(case: &Case, vm: &mut Vm, shim: &str, directory: &Path) -> Result<(Vec<u8>, Option<Size>)> {
    let Some(what) = case.read else { return Ok((Vec::new(), None)) };
    let qmp = vm.qmp()?;
    let bytes = what.from(qmp, shim, directory)?;
    let picture = if what == Read::Screen { Some(memory::picture(qmp, directory)?) } else { None };
    Ok((bytes, picture))
}

fn start(case: &Case, directory: &Path) -> Result<Vm> {
    let file = directory.join(MODULE);
    fs::write(&file, module(case)?).with_context(|| format!("cannot write {}", file.display()))?;
    let mut qemu = Qemu::new(directory, LIMIT)
        .args(["-machine", "pc", "-cpu", &case.cpu, "-m", case.memory])
        .args(["-kernel".into(), product(SHIM)?])
        .args([Path::new("-initrd"), &file])
        .args(["-chardev", "null,id=nothing"])
        .debugcon_file(SHIM_LOG)
        .qmp();
    if case.counting {
        qemu = qemu.counting();
    }
    for device in &case.devices {
        qemu = qemu.args(["-device", device]);
    }
    if case.uarts != Uarts::None {
        qemu = qemu.serial_file(SERIAL_LOGS[0]);
    }
    if case.uarts == Uarts::Two {
        qemu = qemu.serial_file(SERIAL_LOGS[1]);
    }
    qemu.start()
}

/// Whether the processor waits in HLT. One that ends meanwhile does not.
pub(super) fn halted(vm: &mut Vm) -> bool {
    let registers = vm.qmp().and_then(|qmp| qmp.monitor("info registers"));
    registers.is_ok_and(|text| text.contains(HALTED))
}
