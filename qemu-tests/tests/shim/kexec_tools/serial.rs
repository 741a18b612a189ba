//! `--console-serial`, `--serial=` and `--serial-baud=`.

use anyhow::{Context, Result, ensure};
use boot_shim::setup::{KexecTools, Setup};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::{Case, Ending, Outcome, Uarts};

use crate::consoles::in_time;
use crate::{CORRUPTED, on_the_second_port, tools};

/// The default divisor of an emulated UART: 9600 bits per second.
const AS_IT_WAS: &str = "12";

fn verified(outcome: &Outcome, port: usize) -> Result<()> {
    let status = outcome.verdict(port)?.status;
    ensure!(status == Status::Verified, "another verdict on ttyS{port}");
    Ok(())
}

/// The shim finds this divisor in the UART.
fn divisor(case: Case, key: &'static str, expected: &'static str) -> Case {
    case.check(move |outcome| {
        let found = outcome.shim_value(key).context("no divisor")?;
        ensure!(found == expected, "{key} is {found} instead of {expected}");
        Ok(())
    })
}

/// `--console-serial`.
const SERIAL: KexecTools = KexecTools { console_serial: true, ..KexecTools::PLAIN };
/// The same with `--serial=ttyS1`.
const TTYS1: KexecTools = KexecTools { serial_base: 0x2f8, ..SERIAL };

pub(crate) fn cases() -> Vec<Case> {
    let ttys1_corrupted = Setup { kexec_tools: TTYS1, ..CORRUPTED };
    let off = |kexec_tools| tools(KexecTools { console_serial: false, ..kexec_tools });
    let base = |serial_base| KexecTools { serial_base, ..SERIAL };
    let baud = |serial_baud| KexecTools { serial_baud, ..SERIAL };
    let mut cases = vec![
        // Success is spoken of only where the switch is.
        Case::lands("off", off(TTYS1), "").uarts(Uarts::Two).silent(0).silent(1),
        Case::lands("on", tools(SERIAL), "").verdict(Status::Verified, Action::Boot),
        Case::lands("ttyS1", tools(TTYS1), "")
            .uarts(Uarts::Two)
            .silent(0)
            .check(|outcome| verified(outcome, 1)),
        Case::ends("ttyS1/corrupted", ttys1_corrupted, "", Ending::Halts)
            .uarts(Uarts::Two)
            .silent(0)
            .check(on_the_second_port),
        // In addition to the consoles on the command line, not instead of them.
        Case::lands("ttyS1/and-console", tools(TTYS1), "console=ttyS0")
            .uarts(Uarts::Two)
            .verdict(Status::Verified, Action::Boot)
            .check(|outcome| verified(outcome, 1)),
        // An unused port.
        Case::lands("absent", tools(TTYS1), "").silent(0).check(in_time),
        Case::ends("absent/corrupted", ttys1_corrupted, "", Ending::Halts).silent(0).check(in_time),
        Case::lands("absent/and-console", tools(TTYS1), "console=ttyS0")
            .verdict(Status::Verified, Action::Boot)
            .check(in_time),
        // The last port that is followed by seven more.
        Case::lands("base-0xfff8", tools(base(0xfff8)), "console=ttyS0")
            .does_not_warn(Warning::SerialBaseUnknown)
            .verdict(Status::Verified, Action::Boot),
    ];
    for port in [0, 7, 0xfff9, 0xffff] {
        let bad = Case::lands(&format!("base-{port:#x}"), tools(base(port)), "");
        cases.extend(
            bad.warns(Warning::SerialBaseUnknown)
                .verdict(Status::Verified, Action::Boot)
                .and_broken(),
        );
        // Without the switch it is ignored.
        cases.push(Case::lands(&format!("base-{port:#x}/off"), off(base(port)), "").silent(0));
    }
    for (speed, expected) in [(0, AS_IT_WAS), (9600, "12"), (1200, "96"), (115_200, "1")] {
        let good = Case::lands(&format!("baud-{speed}"), tools(baud(speed)), "")
            .does_not_warn(Warning::SerialBaudUnknown)
            .verdict(Status::Verified, Action::Boot);
        cases.extend(divisor(good, "ttyS0-divisor", expected).and_broken());
    }
    // The switch's speed counts where the command line names the same port, and the command line's where it has none.
    for (speed, expected) in [(1200, "96"), (0, "1")] {
        let name = format!("baud-{speed}/and-console");
        let both = Case::lands(&name, tools(baud(speed)), "console=ttyS0,115200");
        cases.push(divisor(both, "ttyS0-divisor", expected));
    }
    // The other port is left alone.
    let other = tools(KexecTools { serial_baud: 115_200, ..TTYS1 });
    let other = Case::lands("baud-115200/ttyS1", other, "").uarts(Uarts::Two);
    cases.push(divisor(divisor(other, "ttyS1-divisor", "1"), "ttyS0-divisor", AS_IT_WAS));
    for speed in [1, 115_201, u32::MAX] {
        let bad = Case::lands(&format!("baud-{speed}"), tools(baud(speed)), "")
            .warns(Warning::SerialBaudUnknown)
            .verdict(Status::Verified, Action::Boot);
        cases.extend(divisor(bad, "ttyS0-divisor", AS_IT_WAS).and_broken());
    }
    cases
}
