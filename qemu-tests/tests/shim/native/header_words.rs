//! Consoles and policy of the header, which come before those of the command line.

use std::time::Duration;

use anyhow::{Result, ensure};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::{Case, Ending, Outcome, Uarts};

const BROKEN: &str = "flip=kernel/middle";
/// Less than the three seconds of the shim's `header=reset`: the RTC counts whole ones, and the first may have begun.
const LEAST: Duration = Duration::from_secs(2);

fn on_the_second_port(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.serial[1].contains("status=mismatch"), "no verdict on ttyS1");
    Ok(())
}

fn not_at_once(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.took >= LEAST, "reset after {} ms", outcome.took.as_millis());
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = consoles();
    cases.extend(policies());
    let verbose = Case::lands("verbose", "header=verbose", "");
    cases.push(verbose.verdict(Status::Verified, Action::Boot));
    cases.push(Case::lands("verbose/not", "header=halt", "").silent(0));
    cases
}

fn consoles() -> Vec<Case> {
    let settings = |words: &str| format!("{BROKEN} {words}");
    let halts = |name: &str, words: &str, line: &str| {
        Case::ends(name, &settings(words), line, Ending::Halts).uarts(Uarts::Two)
    };
    vec![
        halts("console", "header=ttyS1", "").silent(0).check(on_the_second_port),
        halts("console/before-ours", "header=ttyS1", "purgatory.console=ttyS0")
            .silent(0)
            .check(on_the_second_port),
        halts("console/before-linux", "header=ttyS1", "console=ttyS0,115200")
            .silent(0)
            .check(on_the_second_port),
        halts("console/two", "header=ttyS0 header=ttyS1", "")
            .verdict(Status::Mismatch, Action::Halt)
            .check(on_the_second_port),
        halts("console/none", "header=silent", "purgatory.console=ttyS1").silent(0).silent(1),
        halts("console/none-but", "header=silent header=ttyS1", "purgatory.console=ttyS0")
            .silent(0)
            .check(on_the_second_port),
        // One that no UART has leaves it to the command line.
        halts("console/bad-port", "header=bad-port", "")
            .warns(Warning::SerialBaseUnknown)
            .verdict(Status::Mismatch, Action::Halt)
            .silent(1),
        // Nor are those of a header that is damaged spoken on: its ports may be any.
        Case::ends("console/damaged", "header=ttyS1 flip=header/middle", "", Ending::Halts)
            .uarts(Uarts::Two)
            .verdict(Status::HeaderDamaged, Action::Halt)
            .silent(1),
    ]
}

fn policies() -> Vec<Case> {
    let settings = |word: &str| format!("{BROKEN} header={word}");
    let at_once = "purgatory.on_failure=reset";
    vec![
        Case::halts("halt", &settings("halt"), at_once, Status::Mismatch),
        Case::ends("reset", &settings("reset"), at_once, Ending::Resets)
            .verdict(Status::Mismatch, Action::Reset)
            .check(not_at_once),
        Case::lands("continue", &settings("continue"), at_once)
            .verdict(Status::Mismatch, Action::Continue),
        // A header whose digest is wrong is not what the loader wrote.
        Case::halts("damaged", "header=continue flip=header/middle", "", Status::HeaderDamaged),
    ]
}
