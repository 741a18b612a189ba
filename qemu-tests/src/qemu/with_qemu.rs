//! Processes of QEMU.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{Ended, Qemu, Vm};

/// A machine without memory or processor: it runs until QMP ends it.
pub(super) fn idle(directory: &Path, limit: Duration) -> Qemu {
    crate::emulator::get().unwrap();
    Qemu::new(directory, limit).args(["-machine", "none"])
}

/// How the process ends, at its deadline at the latest.
fn wait(vm: &Vm) -> Ended {
    loop {
        if let Some(ended) = vm.try_wait().unwrap() {
            return ended;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_process_is_killed_at_its_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let (started, limit) = (Instant::now(), Duration::from_secs(1));
    let vm = idle(directory.path(), limit).start().unwrap();
    assert_eq!(wait(&vm), Ended::Signalled);
    assert!(started.elapsed() >= limit);
}

#[test]
fn a_process_that_receives_quit_ends_before_its_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let (started, limit) = (Instant::now(), Duration::from_secs(60));
    let mut vm = idle(directory.path(), limit).qmp().start().unwrap();
    vm.qmp().unwrap().command("quit", serde_json::json!({})).unwrap();
    assert_eq!(wait(&vm), Ended::Exited(0));
    assert!(started.elapsed() < limit);
}

#[test]
fn reports_an_unknown_qmp_command() {
    let directory = tempfile::tempdir().unwrap();
    let mut vm = idle(directory.path(), Duration::from_secs(60)).qmp().start().unwrap();
    let error = vm.qmp().unwrap().command("no-such-thing", serde_json::json!({}));
    assert!(error.unwrap_err().to_string().contains("QEMU rejects no-such-thing"));
}

#[test]
fn reports_the_output_of_qemu_for_an_invalid_argument() {
    let directory = tempfile::tempdir().unwrap();
    let qemu = idle(directory.path(), Duration::from_secs(60)).args(["-no-such-argument"]);
    let error = qemu.qmp().start().err().unwrap().to_string();
    assert!(error.contains("no-such-argument"), "{error}");
}

#[test]
fn restores_a_saved_machine_and_rejects_the_start_of_one() {
    let directory = tempfile::tempdir().unwrap();
    let machine = || idle(directory.path(), Duration::from_secs(60)).qmp();
    let file = tempfile::NamedTempFile::new().unwrap();
    machine().start().unwrap().qmp().unwrap().save(file.path()).unwrap();
    let restore = || machine().incoming().start().unwrap().qmp().unwrap().restore(file.path());
    restore().unwrap();
    file.as_file().set_len(4).unwrap();
    assert!(restore().is_err());
}
