//! Every reason not to load a kernel: message, exit status, and no system call.

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

/// Loads a capture kernel, which is refused before the system call.
fn refused(change: impl FnOnce(&Machine, &mut Request, &mut Host), exit: Exit, message: &str) {
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
fn a_file_that_is_not_there() {
    let message = "cannot read /none: No such file or directory (os error 2)";
    refused(|machine, request, _| request.kernel = machine.path("none"), Exit::UsageOrIo, message);
    refused(
        |machine, request, _| request.initrd = Some(machine.path("none")),
        Exit::UsageOrIo,
        message,
    );
}

#[test]
fn not_a_kernel() {
    refused(
        |machine, _, _| machine.set("vmlinuz", "#!/bin/sh\n"),
        Exit::UnsupportedKernel,
        "/vmlinuz: this is not a kernel: give a bzImage (vmlinuz) or an ELF vmlinux for x86_64",
    );
}

#[test]
fn a_truncated_kernel() {
    let kernel = kernel::bz_image();
    refused(
        |machine, _, _| machine.set("vmlinuz", &kernel[..kernel.len() - 1000]),
        Exit::TruncatedKernel,
        "/vmlinuz: the kernel image is truncated: the file has 4680 bytes, 1000 are missing: use a complete copy",
    );
}

#[test]
fn a_vmlinux_that_cannot_be_in_the_crash_kernels_memory() {
    refused(
        |machine, _, _| machine.set("vmlinuz", kernel::vmlinux()),
        Exit::UnsupportedKernel,
        "/vmlinuz: a vmlinux can only be loaded at the address that it was built for: 0x1000000-0x1002000 is not in loadable memory; give the bzImage (vmlinuz), which is relocatable",
    );
}

/// 64 MiB of RAM, a quarter of it a capture kernel's.
fn small(machine: &Machine) {
    let iomem = "00100000-03ffffff : System RAM\n  02000000-02ffffff : Crash kernel\n";
    machine.set("proc/iomem", iomem);
}

#[test]
fn an_initrd_that_does_not_fit() {
    refused(
        |machine, _, _| {
            small(machine);
            machine.set("initrd", vec![0; 0x100_0000]);
        },
        Exit::TooLarge,
        "the initrd does not fit: no free range of 16777216 bytes at a multiple of 0x1000 in 0x1000000-0xffffffffffffffff: the largest one has 13631488 bytes; reserve more with crashkernel=, or use a smaller initrd",
    );
}

/// A file that takes no disk, and would take more memory than most machines have.
fn huge(machine: &Machine, file: &str) {
    let file = fs::File::create(machine.path(file)).unwrap();
    file.set_len(1 << 40).unwrap();
}

#[test]
fn files_that_would_fill_the_memory_are_not_read() {
    let message = |file, most| {
        format!(
            "/{file} has more than the {most} bytes of available memory: use a smaller file, or for a capture kernel reserve more with crashkernel="
        )
    };
    let initrd = message("initrd", 268_435_456);
    refused(|machine, _, _| huge(machine, "initrd"), Exit::TooLarge, &initrd);
    let kernel = message("vmlinuz", 748_544 * 1024);
    refused(|machine, _, _| huge(machine, "vmlinuz"), Exit::TooLarge, &kernel);
    let machine = Machine::new();
    let request = request(&machine, KexecType::Normal);
    huge(&machine, "initrd");
    assert_eq!(listed("load", &load(&machine, &request).unwrap_err()), Exit::TooLarge);
}

#[test]
fn a_command_line_that_is_no_text() {
    refused(
        |machine, _, _| machine.set("proc/cmdline", b"root=LABEL=\xe4 quiet\n"),
        Exit::MissingFacts,
        "/proc/cmdline contains \"root=LABEL=\u{fffd} quiet\" instead of UTF-8: this kernel is not supported",
    );
}

#[test]
fn a_plain_kernels_initrd_that_does_not_fit() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Normal);
    small(&machine);
    machine.set("initrd", vec![0; 0x140_0000]);
    let error = load(&machine, &request).unwrap_err();
    assert_eq!(listed("load", &error), Exit::TooLarge);
    assert!(error.to_string().ends_with(" bytes; use a smaller initrd"), "{error}");
}

#[test]
fn nothing_left_for_the_purgatory_or_for_the_kernels_page_tables() {
    // Pages: what the kernel leaves, less elfcorehdr, boot_params and command line; and the purgatory's, with its digests.
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
    let expected = "the purgatory does not fit: no free range of 8192 bytes at a multiple of 0x40 in 0x0-0xffffffffffffffff: the largest one has 4096 bytes; reserve more with crashkernel=, or use a smaller initrd";
    assert_eq!(message, expected);
    let (exit, message) = with(PURGATORY + 65).unwrap_err();
    assert_eq!(exit, Exit::TooLarge);
    let expected = "the image leaves 266240 bytes of loadable memory free, but the running kernel needs 270336 for page tables: use a smaller initrd, or reserve more";
    assert_eq!(message, expected);
    with(PURGATORY + 66).unwrap();
}

#[test]
fn more_than_half_of_the_kernels_memory() {
    refused(
        |machine, _, _| machine.set("proc/meminfo", "MemTotal: 4096 kB\n"),
        Exit::TooLarge,
        "the image has 3268608 bytes, but the running kernel accepts at most half of its 4194304 bytes of memory: use a smaller initrd",
    );
}

#[test]
fn a_command_line_that_is_too_long() {
    refused(
        |_, request, _| request.command_line = Some("x".repeat(2048)),
        Exit::Rejected,
        "/vmlinuz: the command line has 2091 bytes, of which the loader adds 22, but the kernel reads only 2047: shorten it",
    );
}

#[test]
fn rejects_a_second_elfcorehdr_in_quotes() {
    // After `root=/dev/vda1 quiet ` of the running kernel, and `quiet `.
    refused(
        |_, request, _| request.command_line = Some(r#"quiet "elfcorehdr=0x1000""#.into()),
        Exit::Rejected,
        "/vmlinuz: the command line has `elfcorehdr=` at byte 27, but the loader adds its own: remove it",
    );
}

#[test]
fn no_reservation() {
    let message = "Memory for crashkernel is not reserved: boot the running kernel with crashkernel=256M or more";
    refused(
        |machine, _, _| machine.set("sys/kernel/kexec_crash_size", "0\n"),
        Exit::NoReservation,
        message,
    );
    refused(
        |machine, _, _| machine.set("proc/iomem", "00100000-3ffdffff : System RAM\n"),
        Exit::NoReservation,
        message,
    );
}

#[test]
fn a_plain_kernel_needs_no_reservation() {
    let machine = Machine::new();
    machine.set("sys/kernel/kexec_crash_size", "0\n");
    machine.set("proc/iomem", "00100000-3ffdffff : System RAM\n");
    load(&machine, &request(&machine, KexecType::Normal)).unwrap();
}

#[test]
fn not_root() {
    refused(
        |_, _, host| host.may_boot = false,
        Exit::NotPermitted,
        "CAP_SYS_BOOT is missing: run it as root",
    );
    refused(
        |machine, _, _| machine.set("proc/iomem", "00000000-00000000 : System RAM\n"),
        Exit::NotPermitted,
        "/proc/iomem has no addresses: run this as root",
    );
}

#[test]
fn lockdown() {
    for mode in ["integrity", "confidentiality"] {
        let text = "none integrity confidentiality\n".replace(mode, &format!("[{mode}]"));
        refused(
            |machine, _, _| machine.set("sys/kernel/security/lockdown", text),
            Exit::Lockdown,
            &format!(
                "lockdown ({mode}) forbids kexec_load(2): use kexec_file_load(2), as `kexec -s` does, on a kernel that was built with purgatory-linux.ro as its purgatory"
            ),
        );
    }
}

#[test]
fn a_kernel_that_has_no_lockdown_loads() {
    let machine = Machine::new();
    machine.remove("sys/kernel/security/lockdown");
    load(&machine, &request(&machine, KexecType::Crash)).unwrap();
}

#[test]
fn switched_off() {
    refused(
        |machine, _, _| machine.set("proc/sys/kernel/kexec_load_disabled", "1\n"),
        Exit::Disabled,
        "kexec_load(2) is disabled, because /proc/sys/kernel/kexec_load_disabled is 1: reboot to enable it",
    );
}

#[test]
fn called_as_often_as_it_may_be() {
    let file = "proc/sys/kernel/kexec_load_limit_panic";
    refused(
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
fn a_kernel_without_kexec() {
    refused(
        |machine, _, _| machine.remove("sys/kernel/kexec_loaded"),
        Exit::NoKexec,
        "syscall kexec_load not available: /sys/kernel/kexec_loaded does not exist: mount sysfs, or use a kernel with CONFIG_KEXEC",
    );
}

#[test]
fn a_machine_that_is_not_understood() {
    refused(
        |machine, _, _| machine.set("sys/kernel/vmcoreinfo", "somewhere\n"),
        Exit::MissingFacts,
        "/sys/kernel/vmcoreinfo contains \"somewhere\" instead of an address and a size: this kernel is not supported",
    );
}

#[test]
fn a_machine_that_makes_no_sense() {
    refused(
        |machine, _, _| machine.set("sys/kernel/vmcoreinfo", "0x3f012000 0\n"),
        Exit::MissingFacts,
        "cannot describe the memory to be dumped: the vmcoreinfo note is empty: 0x3f012000..0x3f012000",
    );
    let iomem = "00100000-3ffdffff : System RAM\n  2a000000-20ffffff : Crash kernel\n";
    refused(
        |machine, _, _| machine.set("proc/iomem", iomem),
        Exit::MissingFacts,
        "/proc/iomem contains \"  2a000000-20ffffff : Crash kernel\" instead of `start-end : name`: this kernel is not supported",
    );
}

#[test]
fn a_kernel_that_cannot_be_entered_with_the_page_tables_of_this_one() {
    // XLF_5LEVEL_ENABLED and XLF_5LEVEL are not set.
    let kernel = kernel::bz_image_with(kernel::XLOADFLAGS, 0x1fu16.to_le_bytes());
    refused(
        |machine, _, _| {
            machine.set("vmlinuz", kernel);
            machine.set("proc/cpuinfo", "flags\t: fpu la57\n");
        },
        Exit::UnsupportedKernel,
        "/vmlinuz: the kernel cannot be entered with the five-level page tables of the running kernel: use a kernel with CONFIG_X86_5LEVEL, or boot with no5lvl",
    );
}

#[test]
fn a_kernel_for_five_level_page_tables_loads_where_they_are() {
    let machine = Machine::new();
    machine.set("proc/cpuinfo", "flags\t: fpu la57\n");
    load(&machine, &request(&machine, KexecType::Crash)).unwrap();
}

#[test]
fn an_initrd_that_would_be_taken_for_elfcorehdr() {
    refused(
        |machine, _, _| machine.set("initrd", b"\x7fELF and more"),
        Exit::Rejected,
        "segment 1 (initrd, 0x39fff000-0x3a000000) starts with the ELF magic, so on hotplug the running kernel would overwrite it instead of segment 2 (elfcorehdr, 0x39ffe000-0x39fff000): use another format, such as a compressed file",
    );
    // A kernel that is started by reboot has no elfcorehdr, so nothing is overwritten.
    let machine = Machine::new();
    let request = request(&machine, KexecType::Normal);
    machine.set("initrd", b"\x7fELF and more");
    load(&machine, &request).unwrap();
}
