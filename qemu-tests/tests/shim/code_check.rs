//! Code and constants of the drop-ins: a corrupted byte is reported on ttyS0, and the machine is reset.

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Fault, Part, What};
use boot_shim::setup::Setup;
use purgatory_abi::Loader;
use purgatory_abi::status::Status;
use qemu_tests::shim::{Case, Ending, Outcome, Uarts};

use crate::consoles::in_time;
use crate::{HALT, PLAIN, flip};

/// A port at the line status register of ttyS0 that reads 0 for ever: never ready.
const BUSY_UART: &str = "isa-debugcon,iobase=0x3fd,readback=0,chardev=nothing";
/// The middle of code and constants.
const FLIP: Setup<'static> = flip(Part::Code, Byte::Middle);

/// Nothing but the verdict, and it names no loader.
fn is_one_line(outcome: &Outcome) -> Result<()> {
    let text = &outcome.serial[0];
    ensure!(text.lines().count() == 1, "more than one line: {text:?}");
    ensure!(outcome.verdict(0)?.loader.is_none(), "the verdict names a loader");
    Ok(())
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    if blob == Loader::Native {
        // It repairs them.
        return Vec::new();
    }
    let page = Fault {
        what: What::Fill { byte: 0, count: 4096 },
        ..Fault::flip(Part::Code, Byte::FromEnd(4096 + 8))
    };
    let mut cases = Vec::new();
    for (name, setup) in [
        ("middle", FLIP),
        ("last", flip(Part::Code, Byte::FromEnd(9))),
        ("check", flip(Part::Code, Byte::Last)),
        ("page", PLAIN.with(page)),
    ] {
        // No parameter is read: not even a request to halt.
        for words in ["", HALT] {
            let case =
                Case::resets(&format!("{name}/{words}"), setup, words, Status::CodeCorrupted);
            cases.push(case.check(is_one_line).check(in_time));
        }
    }
    let resets = |name, setup| Case::ends(name, setup, "", Ending::Resets).check(in_time);
    // The report itself is corrupted: no reader takes it for a verdict, and the image does not start.
    cases.push(resets("report", flip(Part::Code, Byte::Guest)).check(|outcome| {
        ensure!(outcome.verdict(0).is_err(), "a verdict");
        Ok(())
    }));
    cases.push(resets("no-uart", FLIP).uarts(Uarts::None).silent(0));
    cases.push(resets("never-ready", FLIP).uarts(Uarts::None).device(BUSY_UART).silent(0));
    cases
}
