//! Every reason to reject a kernel: message, exit status, and no system call.

use crate::kernel;
use crate::load::{load, request};
use crate::machine::Machine;
use crate::sample;
use crate::statuses::listed;
use purgatory_cli::Exit;
use purgatory_cli::kexec::Host;
use purgatory_cli::load::{self as cli, Request};
use purgatory_loader::system::syscall::KexecType;
use std::fs;

/// Asserts that loading a capture kernel is rejected before the system call.
fn assert_rejected(
    change: impl FnOnce(&Machine, &mut Request, &mut Host),
    exit: Exit,
    message: &str,
) {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Crash);
    let mut host = machine.host();
    change(&machine, &mut request, &mut host);
    let blob = sample::native(0);
    let error = cli::load(&request, &mut host, Some(&blob), &mut |_, _| ()).unwrap_err();
    assert_eq!(listed("load", &error), exit, "{error}");
    let said = error.to_string().replace(&machine.path("").display().to_string(), "/");
    assert_eq!(said, message);
    assert_eq!(machine.calls().len(), 0, "the system call was made");
}

#[test]
fn rejects_a_missing_file() {
    let message = "cannot read /none: No such file or directory (os error 2)";
    assert_rejected(
        |machine, request, _| request.kernel = machine.path("none"),
        Exit::UsageOrIo,
        message,
    );
    assert_rejected(
        |machine, request, _| request.initrd = Some(machine.path("none")),
        Exit::UsageOrIo,
        message,
    );
}

#[test]
fn rejects_a_file_that_is_not_a_kernel() {
    assert_rejected(
        |machine, _, _| machine.set("vmlinuz", "#!/bin/sh\n"),
        Exit::UnsupportedKernel,
        "/vmlinuz: this is not a kernel: give a bzImage (vmlinuz) or an ELF vmlinux for x86_64",
    );
}

#[test]
fn rejects_a_truncated_kernel() {
    let kernel = kernel::bz_image();
    assert_rejected(
        |machine, _, _| machine.set("vmlinuz", &kernel[..kernel.len() - 1000]),
        Exit::TruncatedKernel,
        "/vmlinuz: the kernel image is truncated: the file has 4680 bytes, 1000 are missing: use a complete copy",
    );
}

#[test]
fn rejects_a_vmlinux_outside_the_crash_kernel_region() {
    assert_rejected(
        |machine, _, _| machine.set("vmlinuz", kernel::vmlinux()),
        Exit::UnsupportedKernel,
        "/vmlinuz: a vmlinux can only be loaded at the address that it was built for: 0x1000000-0x1002000 is not in loadable memory; give the bzImage (vmlinuz), which is relocatable",
    );
}

/// 64 MiB of RAM, a quarter of it reserved for a capture kernel.
fn small(machine: &Machine) {
    let iomem = "00100000-03ffffff : System RAM\n  02000000-02ffffff : Crash kernel\n";
    machine.set("proc/iomem", iomem);
}

#[test]
fn rejects_an_initrd_that_does_not_fit() {
    assert_rejected(
        |machine, _, _| {
            small(machine);
            machine.set("initrd", vec![0; 0x100_0000]);
        },
        Exit::TooLarge,
        "the initrd does not fit: no free range of 16777216 bytes at a multiple of 0x1000 in 0x1000000-0xffffffffffffffff: the largest free range there, at any alignment, has 13631488 bytes; reserve more with crashkernel=, or use a smaller initrd",
    );
}

/// The available memory of the machine.
const AVAILABLE: u64 = 700_000 * 1024;

/// A sparse file of 1 TiB.
fn huge(machine: &Machine, file: &str) {
    let file = fs::File::create(machine.path(file)).unwrap();
    file.set_len(1 << 40).unwrap();
}

/// The message for this file.
fn too_large(file: &str, size: u64, limit: u64) -> String {
    format!(
        "/{file} has at least {size} bytes, more than the {limit} bytes of available memory: use a smaller file, or for a capture kernel reserve more with crashkernel="
    )
}

#[test]
fn does_not_read_files_larger_than_available_memory() {
    let initrd = too_large("initrd", 1 << 40, 268_435_456);
    assert_rejected(|machine, _, _| huge(machine, "initrd"), Exit::TooLarge, &initrd);
    let kernel = too_large("vmlinuz", 1 << 40, AVAILABLE);
    assert_rejected(|machine, _, _| huge(machine, "vmlinuz"), Exit::TooLarge, &kernel);
    let machine = Machine::new();
    let request = request(&machine, KexecType::Normal);
    huge(&machine, "initrd");
    let error = load(&machine, &request).unwrap_err();
    assert_eq!(listed("load", &error), Exit::TooLarge);
    let free = AVAILABLE - kernel::bz_image().len() as u64;
    let initrd = too_large("initrd", 1 << 40, free);
    assert!(error.to_string().ends_with(&initrd), "{error}");
}

#[test]
fn counts_the_kernel_as_used_memory() {
    assert_rejected(
        |machine, _, _| {
            machine.set("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 6 kB\n");
            machine.set("initrd", vec![0; 1000]);
        },
        Exit::TooLarge,
        &too_large("initrd", 1000, 6 * 1024 - kernel::bz_image().len() as u64),
    );
}

#[test]
fn rejects_a_command_line_that_is_not_utf8() {
    assert_rejected(
        |machine, _, _| machine.set("proc/cmdline", b"root=LABEL=\xe4 quiet\n"),
        Exit::MissingFacts,
        "/proc/cmdline contains \"root=LABEL=\u{fffd} quiet\" instead of UTF-8: this kernel is not supported",
    );
}

#[test]
fn rejects_an_initrd_that_does_not_fit_for_a_normal_kexec() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Normal);
    small(&machine);
    machine.set("initrd", vec![0; 0x140_0000]);
    let error = load(&machine, &request).unwrap_err();
    assert_eq!(listed("load", &error), Exit::TooLarge);
    assert!(error.to_string().ends_with(" bytes; use a smaller initrd"), "{error}");
}

#[test]
fn rejects_no_room_for_purgatory_or_page_tables() {
    // In pages: the rest after the kernel, without elfcorehdr, boot_params and command line; and the purgatory with its
    // digests.
    const FREE: usize = 0xd00 - 4;
    const PURGATORY: usize = 2;
    let with = |left: usize| {
        let machine = Machine::new();
        let request = request(&machine, KexecType::Crash);
        small(&machine);
        machine.set("initrd", vec![0; (FREE - left) * 4096]);
        load(&machine, &request).map_err(|error| (listed("load", &error), error.to_string()))
    };
    let (exit, message) = with(PURGATORY - 1).unwrap_err();
    assert_eq!(exit, Exit::TooLarge);
    let expected = "the purgatory does not fit: no free range of 8192 bytes at a multiple of 0x40 in 0x0-0xffffffffffffffff: the largest free range there, at any alignment, has 4096 bytes; reserve more with crashkernel=, or use a smaller initrd";
    assert_eq!(message, expected);
    let (exit, message) = with(PURGATORY + 65).unwrap_err();
    assert_eq!(exit, Exit::TooLarge);
    let expected = "the image leaves 266240 bytes of loadable memory free, but the running kernel needs 270336 for page tables: use a smaller initrd, or reserve more";
    assert_eq!(message, expected);
    with(PURGATORY + 66).unwrap();
}

#[test]
fn rejects_an_image_of_more_than_half_of_memory() {
    assert_rejected(
        |machine, _, _| machine.set("proc/meminfo", "MemTotal: 4096 kB\nMemAvailable: 4096 kB\n"),
        Exit::TooLarge,
        "the image has 3268608 bytes, but the running kernel accepts at most half of its 4194304 bytes of memory: use a smaller initrd",
    );
}

#[test]
fn rejects_a_long_command_line() {
    assert_rejected(
        |_, request, _| request.command_line = Some("x".repeat(2048)),
        Exit::Rejected,
        "/vmlinuz: the command line has 2091 bytes, of which the loader adds 22, but the kernel reads only 2047: shorten it",
    );
}

#[test]
fn rejects_a_second_elfcorehdr_in_quotes() {
    // After `root=/dev/vda1 quiet ` of the running kernel, and `quiet `.
    assert_rejected(
        |_, request, _| request.command_line = Some(r#"quiet "elfcorehdr=0x1000""#.into()),
        Exit::Rejected,
        "/vmlinuz: the command line has `elfcorehdr=` at byte 27, but the loader adds its own: remove it",
    );
}

#[test]
fn rejects_a_missing_reservation() {
    let message = "Memory for crashkernel is not reserved: boot the running kernel with crashkernel=256M or more";
    assert_rejected(
        |machine, _, _| machine.set("sys/kernel/kexec_crash_size", "0\n"),
        Exit::NoReservation,
        message,
    );
    assert_rejected(
        |machine, _, _| machine.set("proc/iomem", "00100000-3ffdffff : System RAM\n"),
        Exit::NoReservation,
        message,
    );
}

#[test]
fn loads_a_normal_kernel_without_reservation() {
    let machine = Machine::new();
    machine.set("sys/kernel/kexec_crash_size", "0\n");
    machine.set("proc/iomem", "00100000-3ffdffff : System RAM\n");
    load(&machine, &request(&machine, KexecType::Normal)).unwrap();
}

#[test]
fn rejects_a_process_without_root() {
    assert_rejected(
        |_, _, host| host.may_boot = false,
        Exit::NotPermitted,
        "CAP_SYS_BOOT is missing: run it as root",
    );
    assert_rejected(
        |machine, _, _| machine.set("proc/iomem", "00000000-00000000 : System RAM\n"),
        Exit::NotPermitted,
        "/proc/iomem has no addresses: run this as root",
    );
}

#[test]
fn rejects_loading_under_lockdown() {
    for mode in ["integrity", "confidentiality"] {
        let text = "none integrity confidentiality\n".replace(mode, &format!("[{mode}]"));
        assert_rejected(
            |machine, _, _| machine.set("sys/kernel/security/lockdown", text),
            Exit::Lockdown,
            &format!(
                "lockdown ({mode}) forbids kexec_load(2): use kexec_file_load(2), as `kexec -s` does, on a kernel that was built with purgatory-linux.ro as its purgatory"
            ),
        );
    }
}

#[test]
fn loads_on_a_kernel_without_lockdown() {
    let machine = Machine::new();
    machine.remove("sys/kernel/security/lockdown");
    load(&machine, &request(&machine, KexecType::Crash)).unwrap();
}

#[test]
fn rejects_loading_if_disabled() {
    assert_rejected(
        |machine, _, _| machine.set("proc/sys/kernel/kexec_load_disabled", "1\n"),
        Exit::Disabled,
        "kexec_load(2) is disabled, because /proc/sys/kernel/kexec_load_disabled is 1: reboot to enable it",
    );
}

#[test]
fn rejects_loading_after_the_limit_of_calls() {
    let file = "proc/sys/kernel/kexec_load_limit_panic";
    assert_rejected(
        |machine, _, _| machine.set(file, "0\n"),
        Exit::Disabled,
        "kexec_load(2) has reached its limit of calls, because /proc/sys/kernel/kexec_load_limit_panic is 0: reboot to allow more",
    );
    let machine = Machine::new();
    machine.set(file, "1\n");
    load(&machine, &request(&machine, KexecType::Crash)).unwrap();
    machine.set(file, "0\n");
    load(&machine, &request(&machine, KexecType::Normal)).unwrap();
}

#[test]
fn rejects_a_kernel_without_kexec() {
    assert_rejected(
        |machine, _, _| machine.remove("sys/kernel/kexec_loaded"),
        Exit::NoKexec,
        "syscall kexec_load not available: /sys/kernel/kexec_loaded does not exist: mount sysfs, or use a kernel with CONFIG_KEXEC",
    );
}

#[test]
fn rejects_unexpected_contents() {
    assert_rejected(
        |machine, _, _| machine.set("sys/kernel/vmcoreinfo", "somewhere\n"),
        Exit::MissingFacts,
        "/sys/kernel/vmcoreinfo contains \"somewhere\" instead of an address and a size: this kernel is not supported",
    );
}

#[test]
fn rejects_inconsistent_facts() {
    assert_rejected(
        |machine, _, _| machine.set("sys/kernel/vmcoreinfo", "0x3f012000 0\n"),
        Exit::MissingFacts,
        "cannot describe the memory to be dumped: the vmcoreinfo note is empty: 0x3f012000..0x3f012000",
    );
    let iomem = "00100000-3ffdffff : System RAM\n  2a000000-20ffffff : Crash kernel\n";
    assert_rejected(
        |machine, _, _| machine.set("proc/iomem", iomem),
        Exit::MissingFacts,
        "/proc/iomem contains \"  2a000000-20ffffff : Crash kernel\" instead of `start-end : name`: this kernel is not supported",
    );
}

#[test]
fn rejects_a_kernel_without_five_level_paging() {
    // XLF_5LEVEL_ENABLED and XLF_5LEVEL are not set.
    let kernel = kernel::bz_image_with(kernel::XLOADFLAGS, 0x1fu16.to_le_bytes());
    assert_rejected(
        |machine, _, _| {
            machine.set("vmlinuz", kernel);
            machine.set("proc/cpuinfo", "flags\t: fpu la57\n");
        },
        Exit::UnsupportedKernel,
        "/vmlinuz: the kernel cannot be entered with the five-level page tables of the running kernel: use a kernel with CONFIG_X86_5LEVEL, or boot with no5lvl",
    );
}

#[test]
fn loads_a_kernel_with_five_level_paging() {
    let machine = Machine::new();
    machine.set("proc/cpuinfo", "flags\t: fpu la57\n");
    load(&machine, &request(&machine, KexecType::Crash)).unwrap();
}

#[test]
fn rejects_an_initrd_that_looks_like_elfcorehdr() {
    assert_rejected(
        |machine, _, _| machine.set("initrd", b"\x7fELF and more"),
        Exit::Rejected,
        "segment 1 (initrd, 0x39fff000-0x3a000000) looks like a second elfcorehdr, so on hotplug the running kernel could overwrite it instead of segment 2 (elfcorehdr, 0x39ffe000-0x39fff000): use another format, such as a compressed file",
    );
    // A normal kexec has no elfcorehdr, so nothing is overwritten.
    let machine = Machine::new();
    let request = request(&machine, KexecType::Normal);
    machine.set("initrd", b"\x7fELF and more");
    load(&machine, &request).unwrap();
}
