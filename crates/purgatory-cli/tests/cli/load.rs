//! Loads kernels on a fake machine.

use crate::kernel;
use crate::machine::Machine;
use crate::{native, sample};
use purgatory_abi::native::{Console, OnFailure, Policy, SegmentKind};
use purgatory_cli::kexec::KexecError;
use purgatory_cli::load::{self, Plan, Request};
use purgatory_loader::Options;
use purgatory_loader::system::syscall::{Flags, KexecType};
use std::fs;

/// Returns a request for a machine with the files `vmlinuz` and `initrd`.
pub(crate) fn request(machine: &Machine, kexec_type: KexecType) -> Request {
    machine.set("vmlinuz", kernel::bz_image());
    machine.set("initrd", [0x55; 100_000]);
    Request {
        kexec_type,
        kernel: machine.path("vmlinuz"),
        initrd: Some(machine.path("initrd")),
        command_line: Some("irqpoll".into()),
        reuse_command_line: true,
        options: Options::default(),
        dry_run: false,
    }
}

/// Loads with a test purgatory.
pub(crate) fn load(machine: &Machine, request: &Request) -> Result<Plan, KexecError> {
    load::load(request, &mut machine.host(), Some(&sample::native(0)), &mut |_, _| ())
}

#[test]
fn loads_a_capture_kernel_as_planned() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Crash);
    let plan = load(&machine, &request).unwrap();
    let [call] = &machine.calls()[..] else { panic!("one call") };
    assert_eq!(call.flags, Flags { kexec_type: KexecType::Crash, update_elfcorehdr: false });
    assert_eq!(call.entry, plan.entry);

    let mut loaded = call.segments.clone();
    loaded.sort_by_key(|(_, address, ..)| *address);
    let of_plan = plan.segments.iter().map(|segment| {
        (
            segment.kind,
            segment.range.start,
            segment.range.end - segment.range.start,
            segment.payload,
        )
    });
    let of_call =
        loaded.iter().map(|(kind, at, bytes, buf)| (*kind, *at, *bytes, buf.len() as u64));
    assert!(of_plan.eq(of_call), "{plan:#x?}");
    let region = 0x2a00_0000..0x3a00_0000;
    assert!(plan.segments.iter().all(|segment| {
        region.contains(&segment.range.start) && region.contains(&(segment.range.end - 1))
    }));

    let find = |kind| &loaded.iter().find(|(found, ..)| *found == kind).unwrap().3;
    let elfcorehdr = loaded.iter().find(|(kind, ..)| *kind == SegmentKind::Elfcorehdr).unwrap();
    assert!(elfcorehdr.3.starts_with(b"\x7fELF"));
    let line = format!("elfcorehdr={:#x} root=/dev/vda1 quiet irqpoll", elfcorehdr.1);
    assert_eq!(plan.command_line, line);
    assert_eq!(*find(SegmentKind::CommandLine), [line.as_bytes(), b"\0"].concat());
    assert_eq!(*find(SegmentKind::Initrd), [0x55; 100_000]);
}

#[test]
fn loads_command_lines_as_linux_splits_them() {
    let machine = Machine::new();
    machine.set("proc/cmdline", "quiet -- single\n");
    let mut request = request(&machine, KexecType::Crash);
    for (given, expected) in [
        (r#"x="a elfcorehdr=1""#, r#"quiet x="a elfcorehdr=1" -- single"#),
        ("irqpoll -- elfcorehdr=1", "quiet irqpoll -- single elfcorehdr=1"),
    ] {
        request.command_line = Some(given.into());
        let line = load(&machine, &request).unwrap().command_line;
        let (added, rest) = line.split_once(' ').unwrap();
        assert!(added.starts_with("elfcorehdr=0x"), "{line}");
        assert_eq!(rest, expected);
    }
}

#[test]
fn loads_a_normal_kernel_outside_the_crash_kernel_region() {
    let machine = Machine::new();
    let plan = load(&machine, &request(&machine, KexecType::Normal)).unwrap();
    let [call] = &machine.calls()[..] else { panic!("one call") };
    assert_eq!(call.flags, Flags { kexec_type: KexecType::Normal, update_elfcorehdr: false });
    assert_eq!(plan.command_line, "root=/dev/vda1 crashkernel=256M quiet irqpoll");
    let is_free = |at: u64| !(0x2a00_0000..0x3a00_0000).contains(&at);
    assert!(plan.segments.iter().all(|segment| is_free(segment.range.start)), "{plan:#x?}");
    assert!(plan.segments.iter().all(|segment| segment.kind != SegmentKind::Elfcorehdr));
}

#[test]
fn avoids_memory_missing_from_the_firmware_map() {
    let machine = Machine::new();
    let iomem = fs::read_to_string(machine.path("proc/iomem")).unwrap();
    let driver = "100000000-17fffffff : System RAM (virtio_mem)\n";
    machine.set("proc/iomem", iomem + driver);
    let plan = load(&machine, &request(&machine, KexecType::Normal)).unwrap();
    let known = 0x1000..0x3ffe_0000;
    assert!(plan.segments.iter().all(|segment| known.contains(&segment.range.start)), "{plan:#x?}");
    assert!(plan.memory.iter().all(|range| range.end <= known.end), "{plan:#x?}");
}

#[test]
fn avoids_memory_missing_from_iomem() {
    let machine = Machine::new();
    machine.set("proc/iomem", "00100000-0fffffff : System RAM\n");
    let plan = load(&machine, &request(&machine, KexecType::Normal)).unwrap();
    assert_eq!(plan.memory, std::slice::from_ref(&(0x10_0000..0x1000_0000)));
}

#[test]
fn dry_run_makes_the_same_plan_and_loads_nothing() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Crash);
    request.dry_run = true;
    let dry = load(&machine, &request).unwrap();
    assert_eq!(machine.calls().len(), 0);
    request.dry_run = false;
    let loaded = load(&machine, &request).unwrap();
    assert_eq!(dry.to_string(), loaded.to_string());
}

#[test]
fn loads_a_vmlinux_at_its_fixed_address() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Normal);
    machine.set("vmlinux", kernel::vmlinux());
    request.kernel = machine.path("vmlinux");
    let plan = load(&machine, &request).unwrap();
    let kernel = plan.segments.iter().find(|segment| segment.kind == SegmentKind::Kernel).unwrap();
    assert_eq!((plan.format, kernel.range.start), ("vmlinux", 0x100_0000));
}

#[test]
fn allows_the_kernel_to_rewrite_elfcorehdr() {
    let machine = Machine::new();
    machine.set("sys/kernel/crash_elfcorehdr_size", "20480\n");
    let plan = load(&machine, &request(&machine, KexecType::Crash)).unwrap();
    let flags = machine.calls()[0].flags;
    assert_eq!(flags, Flags { kexec_type: KexecType::Crash, update_elfcorehdr: true });
    let elfcorehdr = plan.segments.iter().find(|segment| segment.kind == SegmentKind::Elfcorehdr);
    let range = &elfcorehdr.unwrap().range;
    assert_eq!(range.end - range.start, 20_480);
    // A normal kexec has no elfcorehdr.
    load(&machine, &request(&machine, KexecType::Normal)).unwrap();
    assert!(!machine.calls()[1].flags.update_elfcorehdr);
}

#[test]
fn gives_the_digest_of_elfcorehdr_if_nothing_rewrites_it() {
    let final_elfcorehdr = |kexec_type, rewritten: bool| {
        let machine = Machine::new();
        if rewritten {
            machine.set("sys/kernel/crash_elfcorehdr_size", "20480\n");
        }
        let blob = native::with_copies().write();
        let request = request(&machine, kexec_type);
        load::load(&request, &mut machine.host(), Some(&blob), &mut |_, _| ()).unwrap();
        let segments = &machine.calls()[0].segments;
        let image = segments.iter().find(|(kind, ..)| *kind == SegmentKind::Purgatory).unwrap();
        image.3[56] & 2 != 0
    };
    assert!(final_elfcorehdr(KexecType::Crash, false));
    assert!(!final_elfcorehdr(KexecType::Crash, true));
    assert!(!final_elfcorehdr(KexecType::Normal, false));
}

#[test]
fn passes_options_to_the_purgatory() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Crash);
    let policy =
        Policy { on_failure: OnFailure::Reset.code(), verbose: 1, seconds: 9, ..Policy::default() };
    request.options.policy = policy;
    request.options.consoles[0] = Console::uart(0x2f8, 9600);
    load(&machine, &request).unwrap();
    let call = &machine.calls()[0];
    let (.., image) =
        call.segments.iter().find(|(kind, ..)| *kind == SegmentKind::Purgatory).unwrap();
    assert_eq!(image[280..288], [2, 1, 0, 0, 9, 0, 0, 0]);
    assert_eq!(image[288..304], [1, 0, 0, 0, 0x80, 0x25, 0, 0, 0xf8, 2, 0, 0, 0, 0, 0, 0]);
}
