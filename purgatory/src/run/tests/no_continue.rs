//! Purgatories without the failure action `continue`: no setting starts a corrupted image.

use super::linux;
#[cfg(feature = "native")]
use super::native;
use crate::hardware::fake::{OwnedEnd, RunResult};

/// Checks that the run ended, and that it reported this warning and the mismatch.
fn assert_refused(ran: &RunResult, end: OwnedEnd, warning: &str) {
    let text = &ran.text[0];
    assert_eq!(ran.end, end, "{text}");
    let warning = format!("purgatory: warning: on-failure-unknown at 0x{warning}\r\n");
    let [start, end] = warning.split_once("ADDRESS").map_or(["", &warning], |(a, b)| [a, b]);
    assert!(text.starts_with(start) && text.contains(end), "{text}");
    assert!(text.contains("purgatory: mismatch\r\n"), "{text}");
}

#[test]
fn the_command_line_cannot_start_a_corrupted_image() {
    let line = "purgatory.on_failure=continue";
    let warning = format!("ADDRESS {line}");
    assert_refused(&linux::run("mismatch", line), OwnedEnd::Halt, &warning);
    let reset = format!("panic=5 {line}");
    assert_refused(&linux::run("mismatch", &reset), OwnedEnd::Reset(5), &warning);
}

#[cfg(feature = "native")]
#[test]
fn the_header_cannot_start_a_corrupted_image() {
    for (line, end) in [("", OwnedEnd::Halt), ("panic=5", OwnedEnd::Reset(5))] {
        // 3 continues.
        let ran = native::run_with_policy([3, 0, 0, 0, 0, 0, 0, 0], line);
        assert_refused(&ran, end, "0000000000000003 ");
    }
}
