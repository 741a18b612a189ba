//! One run: starts the machine, acts on it, and waits for its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use boot_shim::end::End;
use serde_json::json;

use super::case::{Case, Ending, Uarts};
use super::outcome::Outcome;
use crate::qemu::{Ended, Qemu, Vm};

/// More than any case needs, even on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks at the machine.
const POLL: Duration = Duration::from_millis(10);
/// How long a serial port may take to deliver what was sent before the end.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// What the shim says just before it enters the blob.
const ENTERED: &str = "shim: enter";
/// A serial port that sent nothing for this many looks has sent everything.
const QUIET_LOOKS: u32 = 5;
/// How the emulator shows that the processor executed HLT and waits.
const HALTED: &str = "HLT=1";
/// The status that QEMU ends with when the machine is reset.
const RESET: i32 = 0;

/// Where `cargo xtask build` leaves a product.
fn product(name: &str) -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/purgatory").join(name);
    ensure!(path.is_file(), "there is no {}: run `cargo xtask build`", path.display());
    Ok(path)
}

pub(super) fn run(case: &Case, folder: &Path) -> Result<Outcome> {
    let mut vm = start(case, folder)?;
    let mut entered = None;
    let ending = loop {
        let says = shim_says(folder);
        if let Some(end) = End::of(&says) {
            break ending(end, &says)?;
        }
        if let Some(ended) = vm.try_wait()? {
            ensure!(
                ended == Ended::Exited(RESET),
                "{ended:?} within {} s:\n{says}",
                LIMIT.as_secs()
            );
            break Ending::Resets;
        }
        if entered.is_none() && says.contains(ENTERED) {
            entered = Some(Instant::now());
            if let Some(act) = case.act {
                act(vm.qmp()?)?;
            }
        }
        if entered.is_some() && is_halted(&mut vm) {
            break Ending::Halts;
        }
        thread::sleep(POLL);
    };
    let took = entered.map_or(Duration::ZERO, |entered| entered.elapsed());
    let ports = match case.uarts {
        Uarts::None => 0,
        Uarts::One => 1,
        Uarts::Two => 2,
    };
    drain(&vm, ports);
    vm.kill();
    let mut serial = [String::new(), String::new()];
    for (port, text) in serial.iter_mut().enumerate().take(ports) {
        // Waiting for what never comes ends when the port has delivered everything.
        let _ = vm.serial(port).wait_for(0, DRAIN_LIMIT, "its end", |_| false);
        *text = vm.serial(port).lines().iter().map(|line| line.text.clone() + "\n").collect();
    }
    Ok(Outcome { ending, shim: shim_says(folder), serial, took })
}

fn start(case: &Case, folder: &Path) -> Result<Vm> {
    let mut qemu = Qemu::new(folder, LIMIT)
        .args(["-machine", "pc", "-cpu", &case.cpu, "-m", case.memory])
        .args(["-append", &format!("{} -- {}", case.settings, case.command_line)])
        .args(["-kernel".into(), product("boot-shim.elf")?])
        .args(["-initrd".into(), product("purgatory-linux.ro")?])
        .args(["-chardev", "null,id=nothing"])
        .debugcon_file(SHIM_LOG)
        .qmp();
    for device in &case.devices {
        qemu = qemu.args(["-device", device]);
    }
    if case.uarts != Uarts::None {
        qemu = qemu.serial_host("ttyS0.log");
    }
    if case.uarts == Uarts::Two {
        qemu = qemu.serial_host("ttyS1.log");
    }
    qemu.start()
}

/// The debug console's file.
const SHIM_LOG: &str = "shim.log";

/// What the shim said so far; nothing if it has not started yet.
fn shim_says(folder: &Path) -> String {
    let bytes = fs::read(folder.join(SHIM_LOG)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The ending that the shim says, if it is one that a case can have.
fn ending(end: End, says: &str) -> Result<Ending> {
    match end {
        End::Passed => Ok(Ending::Lands),
        End::GuestHalted => Ok(Ending::GuestHalts),
        End::GuestShutDown => Ok(Ending::GuestShutsDown),
        End::Failed => bail!("it landed, and the processor is not as it has to be:\n{says}"),
        End::Error => bail!("the shim could not do what it was told:\n{says}"),
    }
}

/// Waits until the serial ports have sent what the guest gave them: QEMU sends it in its own time.
fn drain(vm: &Vm, ports: usize) {
    let sent = || (0..ports).map(|port| vm.serial(port).tail()).collect::<Vec<_>>();
    let (mut last, mut quiet) = (sent(), 0);
    while quiet < QUIET_LOOKS {
        thread::sleep(POLL);
        let now = sent();
        quiet = if now == last { quiet + 1 } else { 0 };
        last = now;
    }
}

/// Whether the processor waits in HLT. One that ends meanwhile does not.
fn is_halted(vm: &mut Vm) -> bool {
    let registers = vm.qmp().and_then(|qmp| {
        qmp.command("human-monitor-command", json!({"command-line": "info registers"}))
    });
    registers.is_ok_and(|text| text.as_str().is_some_and(|text| text.contains(HALTED)))
}
