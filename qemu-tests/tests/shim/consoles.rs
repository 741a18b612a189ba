//! Where the report goes, and UARTs that are not there or never get ready.

use std::time::Duration;

use anyhow::ensure;
use purgatory_abi::Loader;
use purgatory_abi::status::Status;
use qemu_tests::shim::{Case, Ending, Outcome, Uarts};

use crate::{CORRUPTED, PLAIN, enough, on_the_second_port};

/// A port at the line status register of a UART at 0x2e8 that reads 0 for ever: never ready.
const BUSY_UART: &str = "isa-debugcon,iobase=0x2ed,readback=0,chardev=nothing";
/// Far more than any number of bounded waits takes, far less than one without a bound.
const GRACE: Duration = Duration::from_secs(20);

/// No wait is without a bound.
pub(crate) fn in_time(outcome: &Outcome) -> anyhow::Result<()> {
    ensure!(outcome.took < GRACE, "it took {} ms", outcome.took.as_millis());
    Ok(())
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    let wordings = [
        "purgatory.console=ttyS1",
        "purgatory.console=ttyS1,115200",
        "purgatory.console=io,0x2f8",
        "purgatory.console=ttyS1 console=ttyS0",
        "console=ttyS1,115200",
        "console=tty0 console=ttyS1,115200n8",
        "console=uart8250,io,0x2f8,115200n8",
        "earlycon=uart8250,io,0x2f8,115200n8",
        "earlyprintk=ttyS1,115200",
        "earlyprintk=serial,ttyS1,115200,keep",
        "earlyprintk=serial,1,115200",
    ];
    let named = enough(blob, &wordings).iter().map(|words| (*words, *words));
    for (name, words) in named.chain([("quoted", r#"quiet "console=ttyS1""#)]) {
        cases.push(
            Case::ends(name, CORRUPTED, words, Ending::Halts)
                .uarts(Uarts::Two)
                .silent(0)
                .check(on_the_second_port),
        );
    }
    cases.push(
        Case::fails("two", CORRUPTED, "console=ttyS0 console=ttyS1", Status::Mismatch)
            .uarts(Uarts::Two)
            .check(on_the_second_port),
    );
    for (name, words, uarts, device) in [
        ("none-wanted", "purgatory.verbose purgatory.console=none", Uarts::One, None),
        ("none-there", "purgatory.verbose", Uarts::None, None),
        ("none-there-and-a-speed", "purgatory.verbose console=ttyS0,115200", Uarts::None, None),
        ("never-ready", "purgatory.verbose purgatory.console=ttyS3", Uarts::One, Some(BUSY_UART)),
    ] {
        let mut case = Case::lands(name, PLAIN, words).uarts(uarts);
        if let Some(device) = device {
            case = case.device(device);
        }
        let cases_of_it = case.and_broken_silently(Ending::Halts);
        cases.extend(cases_of_it.map(|case| case.silent(0).check(in_time)));
    }
    cases
}
