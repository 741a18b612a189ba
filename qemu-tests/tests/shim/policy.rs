//! What is done with an image that must not be started.

use std::time::Duration;

use anyhow::ensure;
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::{Case, Ending};

const BROKEN: &str = "flip=kernel/middle";

/// A reset with this status, not before so many seconds.
fn resets(name: &str, settings: &str, words: &str, status: Status, seconds: u64) -> Case {
    Case::ends(name, settings, words, Ending::Resets).verdict(status, Action::Reset).check(
        move |outcome| {
            // The RTC counts whole seconds, and the first one may have begun.
            let least = Duration::from_secs(seconds.saturating_sub(1));
            ensure!(outcome.took >= least, "reset after {} ms", outcome.took.as_millis());
            Ok(())
        },
    )
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for words in [
        "",
        "purgatory.on_failure=halt",
        "panic=0",
        "panic=1 purgatory.on_failure=halt",
        "purgatory.on_failure=halt panic=1",
    ] {
        let name = format!("halt/{words}");
        cases.push(Case::halts(&name, BROKEN, words, Status::Mismatch));
    }
    for (words, seconds) in [
        ("purgatory.on_failure=reset", 0),
        ("purgatory.on_failure=reset,3", 3),
        ("panic=3", 3),
        ("panic=-1", 0),
    ] {
        let name = format!("reset/{words}");
        cases.push(resets(&name, BROKEN, words, Status::Mismatch, seconds));
        // The same words with a good image.
        cases.push(Case::lands(&format!("{name}/good"), "", words).silent(0));
    }
    cases.push(resets(
        "reset/of-a-fault",
        "guest=inject inject=13 kernel-bytes=0x2000000",
        "purgatory.on_failure=reset",
        Status::Fault,
        0,
    ));

    let continue_ = "purgatory.on_failure=continue";
    cases.push(
        Case::lands("continue", BROKEN, continue_).verdict(Status::Mismatch, Action::Continue),
    );
    cases.push(
        Case::ends(
            "continue/not-after-a-fault",
            "guest=inject inject=13 kernel-bytes=0x2000000",
            continue_,
            Ending::GuestHalts,
        )
        .verdict(Status::Fault, Action::Halt),
    );
    cases
}
