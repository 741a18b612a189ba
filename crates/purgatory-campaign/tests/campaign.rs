//! A slice of the campaign: no fault starts a corrupted kernel with our purgatories, and the campaign finds that stock
//! purgatories do.

use purgatory_abi::Loader;
use purgatory_campaign::outcome::Outcome;
use purgatory_campaign::tally::Tally;
use qemu_tests::{kernels, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_purgatory-campaign");

/// Runs faults, and returns whether the program found no wrong start, and its numbers.
fn campaign(name: &str, purgatory: &Path, faults: u64) -> (bool, Tally) {
    let json = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--seed", "14", "--faults", &faults.to_string(), "--json"]).arg(&json);
    command.arg(format!("{name}={}", purgatory.display())).stdout(Stdio::null());
    let status = command.stderr(Stdio::null()).status().unwrap();
    let mut tallies: Vec<Tally> = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    (status.success(), tallies.remove(0))
}

fn ours(loader: Loader) -> PathBuf {
    workspace::root().join("target/purgatory").join(loader.file())
}

#[test]
fn no_fault_starts_a_corrupted_kernel() {
    for loader in Loader::ALL {
        let (_, tally) = campaign(loader.name(), &ours(loader), 400);
        assert_eq!(tally.faults, 400);
        assert_eq!(tally.count(Outcome::StartedCorrupted), 0, "{tally:?}");
        assert_eq!(tally.count(Outcome::FalseReport), 0, "{tally:?}");
        assert!(tally.count(Outcome::Reported) > 150, "{tally:?}");
        assert_eq!(tally.count(Outcome::StartedWrong), 0, "{tally:?}");
        assert_eq!(tally.count(Outcome::Hang) + tally.count(Outcome::SilentHang), 0, "{tally:?}");
    }
}

#[test]
fn finds_wrong_starts_of_a_stock_purgatory() {
    let kernels = kernels::all().unwrap();
    let stock = kernels[0].unpacked().unwrap().vmlinuz;
    let (no_wrong_start, tally) = campaign("stock", &stock, 200);
    assert!(!no_wrong_start);
    assert!(tally.wrong_starts() > 0, "{tally:?}");
    assert!(tally.count(Outcome::SilentRefusal) > 0, "{tally:?}");
    assert_eq!(tally.count(Outcome::Reported), 0, "{tally:?}");
}
