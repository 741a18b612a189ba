//! The fault path: the first, the second and the third fault, and a fault of the target kernel.

use super::linux::{INITRD, LoadedImage};
use crate::hardware::fake::OwnedEnd;

/// Returns the end of a run for this command line, and the number of lines of its text. A read of one region faults,
/// and then `on_output` writes of the report fault too.
fn end(line: &str, on_output: u32) -> (OwnedEnd, usize) {
    let mut loaded = LoadedImage::with(line);
    loaded.machine.memory.poisoned = Some(INITRD.start);
    loaded.machine.wires.faults.set(on_output);
    let ran = loaded.run();
    (ran.end, ran.text[0].lines().count())
}

#[test]
fn reports_only_the_first_fault() {
    const RESET: &str = "purgatory.on_failure=reset,7";
    // Three lines, fifteen registers, and the verdict.
    assert_eq!(end(RESET, 0), (OwnedEnd::Reset(7), 19));
    assert_eq!(end(RESET, 1), (OwnedEnd::Reset(7), 0));
    for line in ["purgatory.on_failure=halt", "purgatory.on_failure=continue"] {
        assert_eq!(end(line, 0), (OwnedEnd::Halt, 19));
        assert_eq!(end(line, 1), (OwnedEnd::Halt, 0));
    }
    assert_eq!(end("", 0), (OwnedEnd::Reset(0), 19));
    assert_eq!(end("", 1), (OwnedEnd::Reset(0), 0));
}

#[test]
fn reports_a_fault_during_the_report_of_an_intact_image() {
    for (line, expected) in [
        ("purgatory.on_failure=reset,7 purgatory.verbose", OwnedEnd::Reset(7)),
        ("purgatory.verbose", OwnedEnd::Reset(0)),
        ("purgatory.on_failure=halt purgatory.verbose", OwnedEnd::Halt),
    ] {
        let loaded = LoadedImage::with(line);
        loaded.machine.wires.faults.set(1);
        let ran = loaded.run();
        assert_eq!((ran.end, ran.text[0].lines().count()), (expected, 19), "{line}");
    }
}

#[test]
fn a_fault_before_the_plan_is_reported_on_ttys0_and_resets() {
    let mut loaded = LoadedImage::with("purgatory.on_failure=reset,7 console=ttyS1");
    loaded.machine.memory.poisoned = Some(super::LINE);
    let ran = loaded.run();
    assert_eq!(ran.end, OwnedEnd::Reset(0));
    let verdict = "purgatory: verdict version=1 loader=none status=fault implementation=none regions=0 bytes=0 nmis=0 action=reset\r\n";
    assert!(ran.text[0].ends_with(verdict) && ran.text[1].is_empty(), "{:?}", ran.text);
}

#[test]
fn a_fault_of_the_target_kernel_resets_the_machine() {
    for (line, expected) in [
        ("", OwnedEnd::Reset(0)),
        ("purgatory.on_failure=continue", OwnedEnd::Reset(0)),
        ("purgatory.on_failure=reset,7", OwnedEnd::Reset(7)),
    ] {
        let mut loaded = LoadedImage::with(line);
        loaded.machine.target_faults = 1;
        let ran = loaded.run();
        assert_eq!(ran.end, expected, "{line}");
        assert!(ran.text[0].ends_with("bytes=0 nmis=0 action=reset\r\n"), "{}", ran.text[0]);
    }
}

#[test]
fn the_third_fault_ends_the_attempts_to_reset_by_ports() {
    for (line, second) in
        [("", OwnedEnd::Reset(0)), ("purgatory.on_failure=reset,7", OwnedEnd::Reset(7))]
    {
        for (faults, expected) in
            [(2, second), (3, OwnedEnd::TripleFault), (4, OwnedEnd::TripleFault)]
        {
            let mut loaded = LoadedImage::with(line);
            loaded.machine.target_faults = faults;
            let ran = loaded.run();
            assert_eq!(ran.end, expected, "{line}, {faults} faults");
            assert_eq!(ran.text[0].matches("verdict").count(), 1, "only the first is reported");
        }
    }
}
