//! The action for an image that must not be started.

use std::time::Duration;

use anyhow::ensure;
use boot_shim::setup::Setup;
use purgatory_abi::Loader;
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::{Case, Ending};

use crate::faults::INJECT;
use crate::{CORRUPTED, HALT, PLAIN, enough};

/// A fault in the middle of the verification.
const FAULTS: Setup<'static> = Setup { inject: 13, ..INJECT };

/// A reset with this status, not before so many seconds.
fn resets(name: &str, setup: Setup<'static>, words: &str, status: Status, seconds: u64) -> Case {
    Case::resets(name, setup, words, status).check(move |outcome| {
        // The RTC counts whole seconds, and the first one may have begun.
        let least = Duration::from_secs(seconds.saturating_sub(1));
        ensure!(outcome.took >= least, "reset after {} ms", outcome.took.as_millis());
        Ok(())
    })
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    let halting = [
        "",
        HALT,
        "panic=0",
        "panic=1 purgatory.on_failure=halt",
        "purgatory.on_failure=halt panic=1",
    ];
    for words in enough(blob, &halting) {
        let name = format!("halt/{words}");
        cases.push(Case::halts(&name, CORRUPTED, words, Status::Mismatch));
    }
    let resetting = [
        ("purgatory.on_failure=reset", 0),
        ("purgatory.on_failure=reset,3", 3),
        ("panic=3", 3),
        ("panic=-1", 0),
    ];
    for &(words, seconds) in enough(blob, &resetting) {
        let name = format!("reset/{words}");
        cases.push(resets(&name, CORRUPTED, words, Status::Mismatch, seconds));
        // The same parameters with an intact image.
        cases.push(Case::lands(&format!("{name}/good"), PLAIN, words).silent(0));
    }
    cases.push(
        resets("reset/of-a-fault", FAULTS, "purgatory.on_failure=reset", Status::Fault, 0)
            .counting(),
    );

    let continue_ = "purgatory.on_failure=continue";
    cases.push(
        Case::lands("continue", CORRUPTED, continue_).verdict(Status::Mismatch, Action::Continue),
    );
    for (name, words) in [("halt/of-a-fault", HALT), ("continue/not-after-a-fault", continue_)] {
        cases.push(
            Case::ends(name, FAULTS, words, Ending::GuestHalts)
                .verdict(Status::Fault, Action::Halt)
                .counting(),
        );
    }
    cases
}
