//! Loads that fail because of the purgatory, or in the system call.

use crate::load::request;
use crate::machine::Machine;
use crate::sample;
use crate::statuses::listed;
use purgatory_cli::Exit;
use purgatory_cli::kexec::KexecError;
use purgatory_cli::load as cli;
use purgatory_loader::system::syscall::KexecType;

#[test]
fn rejects_a_build_without_purgatories() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Crash);
    let error = cli::load(&request, &mut machine.host(), None, &mut |_, _| ()).unwrap_err();
    assert_eq!(listed("load", &error), Exit::NoPurgatory);
    let expected = "this build of the program has no purgatories inside: use the program that `cargo xtask build` makes";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn rejects_a_corrupted_purgatory() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Crash);
    let error = cli::load(&request, &mut machine.host(), Some(b"ELF"), &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, KexecError::Blob(_)), "{error}");
    assert!(error.to_string().starts_with("the purgatory inside this program is corrupted: "));
    assert_eq!((listed("load", &error), machine.calls().len()), (Exit::Rejected, 0));
}

#[test]
fn rejects_a_purgatory_for_another_loader() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Crash);
    let blob = sample::linux(0);
    let error = cli::load(&request, &mut machine.host(), Some(&blob), &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, KexecError::Build(_)), "{error}");
    assert_eq!(listed("load", &error), Exit::Rejected);
    assert_eq!(machine.calls().len(), 0);
}

/// Loads with a failing system call.
fn failed(errno: i32, loaded: &str, exit: Exit, message: &str) {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Crash);
    machine.set("sys/kernel/kexec_crash_loaded", loaded);
    let blob = sample::native(0);
    let mut host = machine.failing(errno);
    let error = cli::load(&request, &mut host, Some(&blob), &mut |_, _| ()).unwrap_err();
    assert_eq!((listed("load", &error), error.to_string().as_str()), (exit, message));
    assert_eq!(machine.calls().len(), 1);
}

#[test]
fn reports_errors_of_the_system_call() {
    failed(
        1,
        "1\n",
        Exit::NotPermitted,
        "kexec_load failed: Operation not permitted (os error 1): lockdown or a security module forbids it, and under lockdown use kexec_file_load(2) on a kernel that was built with purgatory-linux.ro; the previous capture kernel is still loaded",
    );
    failed(
        16,
        "1\n",
        Exit::SystemCallFailed,
        "kexec_load failed: Device or resource busy (os error 16): another process is loading a kernel, so try again; the previous capture kernel is still loaded",
    );
    failed(
        99,
        "0\n",
        Exit::SystemCallFailed,
        "kexec_load failed: Cannot assign requested address (os error 99): the running kernel rejects memory that /proc/iomem lists, so reserve more with crashkernel= or use another kernel; no capture kernel is loaded now",
    );
    failed(
        12,
        "0\n",
        Exit::SystemCallFailed,
        "kexec_load failed: Cannot allocate memory (os error 12): the running kernel has too little free memory for a copy of the image; no capture kernel is loaded now",
    );
    failed(
        38,
        "0\n",
        Exit::NoKexec,
        "kexec_load failed: Function not implemented (os error 38): the running kernel must be built with CONFIG_KEXEC; no capture kernel is loaded now",
    );
    failed(
        22,
        "0\n",
        Exit::SystemCallFailed,
        "kexec_load failed: Invalid argument (os error 22): dmesg may give the reason; no capture kernel is loaded now",
    );
}
