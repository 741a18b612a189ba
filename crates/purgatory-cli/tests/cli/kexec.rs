//! `status`, `unload` and `exec` on a fake machine.

use crate::machine::Machine;
use crate::statuses::listed;
use purgatory_cli::Exit;
use purgatory_cli::kexec::{Status, exec, unload};
use purgatory_loader::system::SystemError;
use purgatory_loader::system::syscall::{Flags, KexecType};
use serde_json::json;

const LOADED: &str = "sys/kernel/kexec_loaded";
const CRASH_LOADED: &str = "sys/kernel/kexec_crash_loaded";

fn status(machine: &Machine) -> Status {
    Status::of(&machine.system()).unwrap()
}

#[test]
fn status_without_loaded_kernels() {
    let status = status(&Machine::new());
    assert_eq!(
        status.to_string(),
        "kernel          not loaded
capture kernel  not loaded
reservation     0x000000002a000000-0x0000000039ffffff  268435456 bytes
kexec_load      allowed with CAP_SYS_BOOT
"
    );
    assert_eq!(
        status.json(),
        json!({
            "kexec": true, "loaded": false, "crash_loaded": false, "crash_bytes": 268_435_456,
            "crash_ranges": [{"start": 0x2a00_0000, "end": 0x3a00_0000}],
            "hotplug": {"cpu": false, "memory": false, "elfcorehdr_bytes": null},
            "kexec_load_disabled": false, "kexec_load_limits": {"normal": null, "crash": null},
            "lockdown": "none",
        })
    );
}

#[test]
fn status_with_both_kernels_under_lockdown() {
    let machine = Machine::new();
    machine.set(LOADED, "1\n");
    machine.set(CRASH_LOADED, "1\n");
    machine.set("sys/devices/system/cpu/crash_hotplug", "1\n");
    machine.set("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    let status = status(&machine);
    assert_eq!(
        status.to_string(),
        "kernel          loaded
capture kernel  loaded
reservation     0x000000002a000000-0x0000000039ffffff  268435456 bytes
hotplug         the kernel rewrites elfcorehdr on CPU hotplug
kexec_load      forbidden by lockdown (integrity)
"
    );
    let json = status.json();
    assert_eq!((&json["loaded"], &json["crash_loaded"]), (&json!(true), &json!(true)));
    assert_eq!((&json["hotplug"]["cpu"], &json["lockdown"]), (&json!(true), &json!("integrity")));
}

#[test]
fn status_without_reservation_and_disabled() {
    let machine = Machine::new();
    machine.set("proc/iomem", "00100000-3ffdffff : System RAM\n");
    machine.set("proc/sys/kernel/kexec_load_disabled", "1\n");
    let text = status(&machine).to_string();
    assert!(text.contains("reservation     none: boot with crashkernel=256M or more\n"), "{text}");
    assert!(text.contains("kexec_load      disabled until the next boot"), "{text}");
}

#[test]
fn status_prints_the_load_limit() {
    let machine = Machine::new();
    machine.set("proc/sys/kernel/kexec_load_limit_reboot", "-1\n");
    machine.set("proc/sys/kernel/kexec_load_limit_panic", "0\n");
    let status = status(&machine);
    let text = status.to_string();
    let limit_line = "
load limit      0 more calls for the capture kernel (/proc/sys/kernel/kexec_load_limit_panic)
";
    assert!(text.ends_with(limit_line), "{text}");
    assert!(!text.contains("for the kernel"), "{text}");
    assert_eq!(status.json()["kexec_load_limits"], json!({"normal": null, "crash": 0}));
}

#[test]
fn status_without_root_omits_addresses() {
    let machine = Machine::new();
    machine.set("proc/iomem", "00000000-00000000 : System RAM\n");
    let status = status(&machine);
    let text = status.to_string();
    assert!(
        text.contains("reservation     268435456 bytes; run as root to see the address\n"),
        "{text}"
    );
    assert_eq!(status.json()["crash_ranges"], json!(null));
}

#[test]
fn all_commands_report_a_kernel_without_kexec() {
    let machine = Machine::new();
    machine.remove(LOADED);
    let status = status(&machine);
    assert_eq!(
        status.to_string(),
        "kexec is not available: mount sysfs, or use a kernel with CONFIG_KEXEC\n"
    );
    assert_eq!(status.json()["kexec"], json!(false));
    assert_eq!(listed("exec", &exec(&mut machine.host()).unwrap_err()), Exit::NoKexec);
    assert_eq!(
        listed("unload", &unload(&mut machine.host(), KexecType::Crash).unwrap_err()),
        Exit::NoKexec
    );
}

#[test]
fn status_rejects_unexpected_contents() {
    let machine = Machine::new();
    machine.set(LOADED, "yes\n");
    let error = Status::of(&machine.system()).unwrap_err();
    assert_eq!(listed("status", &error), Exit::MissingFacts);
}

#[test]
fn status_reports_unreadable_files() {
    let error = SystemError::Denied { path: LOADED.into() };
    assert_eq!(listed("status", &error.into()), Exit::NotPermitted);
}

#[test]
fn unload_releases_one_kernel_and_names_it() {
    let machine = Machine::new();
    machine.set(CRASH_LOADED, "1\n");
    assert_eq!(
        unload(&mut machine.host(), KexecType::Crash).unwrap(),
        "unloaded the capture kernel\n"
    );
    assert_eq!(unload(&mut machine.host(), KexecType::Normal).unwrap(), "no kernel was loaded\n");
    machine.set(CRASH_LOADED, "0\n");
    machine.set(LOADED, "1\n");
    assert_eq!(
        unload(&mut machine.host(), KexecType::Crash).unwrap(),
        "no capture kernel was loaded\n"
    );
    assert_eq!(unload(&mut machine.host(), KexecType::Normal).unwrap(), "unloaded the kernel\n");
    let calls = machine.calls();
    let flags = |kexec_type| Flags { kexec_type, update_elfcorehdr: false };
    assert!(calls.iter().all(|call| call.entry == 0 && call.segments.is_empty()));
    let slots =
        [KexecType::Crash, KexecType::Normal, KexecType::Crash, KexecType::Normal].map(flags);
    assert!(calls.iter().map(|call| call.flags).eq(slots));
}

#[test]
fn unload_checks_permission_before_the_system_call() {
    let machine = Machine::new();
    let mut host = machine.host();
    host.may_boot = false;
    assert_eq!(
        listed("unload", &unload(&mut host, KexecType::Crash).unwrap_err()),
        Exit::NotPermitted
    );
    machine.set("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    assert_eq!(
        listed("unload", &unload(&mut machine.host(), KexecType::Crash).unwrap_err()),
        Exit::Lockdown
    );
    machine.set("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
    machine.set("proc/sys/kernel/kexec_load_disabled", "1\n");
    assert_eq!(
        listed("unload", &unload(&mut machine.host(), KexecType::Crash).unwrap_err()),
        Exit::Disabled
    );
    assert_eq!(machine.calls().len(), 0);
}

#[test]
fn failed_unload_reports_the_remaining_kernel() {
    let machine = Machine::new();
    machine.set(LOADED, "1\n");
    let error = unload(&mut machine.failing(16), KexecType::Normal).unwrap_err();
    assert_eq!(listed("unload", &error), Exit::SystemCallFailed);
    assert_eq!(
        error.to_string(),
        "kexec unload failed: Device or resource busy (os error 16): another process is loading a kernel, so try again; the previously loaded kernel is still loaded"
    );
}

#[test]
fn exec_starts_the_loaded_kernel() {
    let machine = Machine::new();
    machine.set(LOADED, "1\n");
    let error = exec(&mut machine.failing(22)).unwrap_err();
    assert_eq!(machine.executed(), 1);
    assert_eq!(listed("exec", &error), Exit::SystemCallFailed);
    assert_eq!(
        error.to_string(),
        "reboot(LINUX_REBOOT_CMD_KEXEC) failed: Invalid argument (os error 22): the kernel is still loaded, and dmesg may give the reason"
    );
}

#[test]
fn exec_without_loaded_kernel_is_rejected() {
    let machine = Machine::new();
    // A capture kernel is only for a panic.
    machine.set(CRASH_LOADED, "1\n");
    let error = exec(&mut machine.host()).unwrap_err();
    assert_eq!(listed("exec", &error), Exit::NothingToDo);
    assert_eq!(
        error.to_string(),
        "Nothing has been loaded! Load a kernel with `purgatory load` first"
    );
    machine.set(LOADED, "1\n");
    let mut host = machine.host();
    host.may_boot = false;
    assert_eq!(listed("exec", &exec(&mut host).unwrap_err()), Exit::NotPermitted);
    assert_eq!(machine.executed(), 0);
}
