//! A sample of faults, repeated in QEMU: it must end there as in a process.

use purgatory_abi::Loader;
use purgatory_abi::report::{Line, Report};
use purgatory_abi::status::Action;
use purgatory_campaign::outcome::Outcome;
use purgatory_campaign::snapshot::Snapshot;
use qemu_tests::shim::{Ending, Memory, Piece, enter};
use qemu_tests::workspace;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_purgatory-campaign");

/// The number of faults for each purgatory. A run takes half a second.
const FAULTS: u64 = 16;

/// Much more than a run takes, and all that a hang gets.
const LIMIT: Duration = Duration::from_secs(20);

/// A page of the identity map.
const LARGE_PAGE: u64 = 2 << 20;

/// Runs a fault in a process, and then the same memory in QEMU; if `differs`, with another byte at the kernel's entry.
/// Returns the class in the process, and both ends if they are not the same.
fn compare(loader: Loader, index: u64, differs: bool) -> (Outcome, Result<(), String>) {
    let directory =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("qemu-{loader:?}-{differs}"));
    fs::create_dir_all(&directory).unwrap();
    let memory = directory.join("memory");
    let object = workspace::root().join("target/purgatory").join(loader.file());
    let mut command = Command::new(PROGRAM);
    command.arg("snapshot").arg(object).args(["14", &index.to_string()]).arg(&memory);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let snapshot: Snapshot = serde_json::from_slice(&output.stdout).unwrap();
    let mut bytes = fs::read(memory).unwrap();
    let mut pieces = [Piece::default(); 3];
    let mut before = 0;
    for (piece, (address, len)) in pieces.iter_mut().zip(&snapshot.pieces) {
        *piece = Piece { address: *address, bytes: *len };
        if let Some(offset) = snapshot.kernel.checked_sub(*address)
            && offset < *len
            && differs
        {
            bytes[before + offset as usize] ^= 1;
        }
        before += *len as usize;
    }
    let no_execute = snapshot.kernel & !(LARGE_PAGE - 1);
    let order = Memory { pieces, start: snapshot.start, no_execute };
    let entered = enter(order, &bytes, &directory.join("run"), LIMIT).unwrap();

    let report = Report::parse(&entered.printed);
    // The first instruction of the kernel cannot be executed.
    let starts = report
        .lines
        .iter()
        .any(|line| matches!(line, Line::Pointers(pointers) if pointers.rip == snapshot.kernel));
    let verdict = report.verdict().map(|verdict| (verdict.status, verdict.action));
    let in_process = Report::parse(&snapshot.details);
    let expected = in_process.verdict().map(|verdict| (verdict.status, verdict.action));
    let same = match snapshot.outcome {
        Outcome::Started | Outcome::StartedWrong | Outcome::StartedCorrupted => starts,
        Outcome::Reported | Outcome::ReportedInexactly | Outcome::FalseReport => {
            let ending = match expected {
                Some((_, Action::Halt)) => Ending::Halts,
                _ => Ending::Resets,
            };
            !starts && verdict == expected && entered.ending == Some(ending)
        }
        Outcome::SilentEnd | Outcome::TripleFault => {
            !starts && verdict.is_none() && entered.ending.is_some()
        }
        Outcome::Hang | Outcome::SilentHang | Outcome::SilentRefusal => entered.ending.is_none(),
        Outcome::WildJump => !starts,
    };
    let text = || format!("{loader:?} {index}: {snapshot:?}\nin QEMU: {entered:?}");
    (snapshot.outcome, if same { Ok(()) } else { Err(text()) })
}

#[test]
fn a_sample_ends_in_qemu_as_in_a_process() {
    let mut different = Vec::new();
    for loader in Loader::ALL {
        different.extend((0..FAULTS).filter_map(|index| compare(loader, index, false).1.err()));
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

#[test]
fn another_end_in_qemu_is_noticed() {
    let mut ends = (0..FAULTS).map(|index| compare(Loader::Linux, index, true));
    let (_, noticed) = ends.find(|(outcome, _)| *outcome == Outcome::Started).expect("a start");
    assert!(noticed.unwrap_err().contains("status=mismatch"));
}
