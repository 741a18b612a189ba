//! The plan, for people and for programs.

use crate::load::{load, request};
use crate::machine::Machine;
use purgatory_abi::native::{Console, OnFailure, Policy};
use purgatory_cli::load::{Plan, Request};
use purgatory_loader::system::syscall::KexecType;
use serde_json::json;

/// Returns the plan of a machine, with its files in `/m`.
fn plan(machine: &Machine, request: &Request) -> Plan {
    let mut plan = load(machine, request).unwrap();
    // Paths and processor features differ between machines.
    plan.kernel.path = "/m/vmlinuz".into();
    plan.initrd.as_mut().unwrap().path = "/m/initrd".into();
    plan.implementation = "scalar";
    plan
}

const TABLE: &str = "\
capture kernel  /m/vmlinuz, bzImage, 5680 bytes
initrd          /m/initrd, 100000 bytes
command line    elfcorehdr=0x39fe6000 root=/dev/vda1 quiet irqpoll
memory          0x000000002a000000-0x0000000039ffffff       268435456 bytes
entry           0x0000000039fe21a0
on failure      as given on the command line
prints to       the consoles given on the command line
digests         5 chunks of 65536 bytes, implementation scalar
hotplug         load again after CPU or memory hotplug

 segment  physical range                                payload          zeros   chunks  kind
       0  0x000000002a000000-0x000000002a2fffff           4656        3141072        1  kernel
       1  0x0000000039fe2000-0x0000000039fe2fff           1248           2848        0  purgatory
       2  0x0000000039fe3000-0x0000000039fe3fff             51           4045        1  command-line
       3  0x0000000039fe4000-0x0000000039fe5fff           4144           4048        1  boot_params
       4  0x0000000039fe6000-0x0000000039fe6fff            400           3696        0  elfcorehdr
       5  0x0000000039fe7000-0x0000000039ffffff         100000           2400        2  initrd

memory map      3 ranges, 2 of RAM, in /sys/firmware/memmap
boot_params     unknown: the target kernel gets no information about screen and disks
ACPI            RSDP unknown: the target kernel searches for it below 1 MiB
EFI runtime     none
memory          Crash kernel in /proc/iomem
CPUs            2 in /sys/devices/system/cpu
vmcoreinfo      0x3f012000 in /sys/kernel/vmcoreinfo
running kernel  0x1000000-0x2ffffff in /proc/kcore
elfcorehdr      400 bytes, made from these and 2 ranges of RAM
";

#[test]
fn prints_a_table() {
    let machine = Machine::new();
    let plan = plan(&machine, &request(&machine, KexecType::Crash));
    assert_eq!(plan.to_string(), TABLE);
    let summary = "loaded capture kernel /m/vmlinuz: 6 segments, 3268608 bytes, 5 chunks\n";
    assert_eq!(plan.summary(), summary);
}

#[test]
fn table_has_the_options_of_the_purgatory() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Normal);
    let (on_failure, none) = (OnFailure::Reset.code(), Policy::default());
    request.options.policy = Policy { on_failure, seconds: 30, verbose: 1, ..none };
    request.options.consoles[0] = Console::uart(0x2f8, 115_200);
    request.options.consoles[1] = Console::uart(0x3000, 0);
    let text = plan(&machine, &request).to_string();
    assert!(text.starts_with("kernel          /m/vmlinuz, bzImage, 5680 bytes\n"), "{text}");
    assert!(text.contains("\non failure      reset after 30 seconds\n"), "{text}");
    let prints_to = "\nprints to       ttyS1 at 115200, I/O port 0x3000, also on success\n";
    assert!(text.contains(prints_to), "{text}");
    assert!(!text.contains("hotplug") && !text.contains("vmcoreinfo"), "{text}");
    // All RAM except the crash kernel region and partial pages.
    let memory = "
memory          0x0000000000001000-0x000000000009fbff          650240 bytes
                0x0000000000100000-0x0000000029ffffff       703594496 bytes
                0x000000003a000000-0x000000003ffdffff       100532224 bytes
";
    assert!(text.contains(memory), "{text}");
}

#[test]
fn table_has_no_console_hotplug_and_warnings() {
    let machine = Machine::new();
    machine.set("sys/kernel/crash_elfcorehdr_size", "20480\n");
    machine.set("sys/devices/system/cpu/possible", "0-2\n");
    let mut request = request(&machine, KexecType::Crash);
    request.options.consoles[0] = Console::SILENT;
    let plan = plan(&machine, &request);
    let text = plan.to_string();
    assert!(text.contains("\nprints to       no console\n"), "{text}");
    assert!(text.contains("\nhotplug         the kernel rewrites elfcorehdr on"), "{text}");
    let warning = "the dump will have no registers of CPUs that are added later: ";
    assert!(text.contains(&format!("\nwarning: {warning}")), "{text}");
    assert!(plan.json(true)["warnings"][0].as_str().unwrap().starts_with(warning));
    // A load prints the warning too, not only a dry run.
    assert!(plan.summary().contains(&format!("\nwarning: {warning}")), "{}", plan.summary());
}

#[test]
fn escapes_line_feeds_in_the_command_line() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Normal);
    request.command_line = Some("quiet\nmemory  all of it".into());
    request.reuse_command_line = false;
    let plan = plan(&machine, &request);
    assert_eq!(plan.command_line, "quiet\nmemory  all of it");
    let text = plan.to_string();
    assert!(text.contains("\ncommand line    quiet\\nmemory  all of it\n"), "{text}");
}

#[test]
fn warns_about_an_empty_initrd() {
    let machine = Machine::new();
    let request = request(&machine, KexecType::Crash);
    assert!(plan(&machine, &request).warnings.is_empty());
    machine.set("initrd", "");
    let plan = plan(&machine, &request);
    let initrd = machine.path("initrd");
    let warning = format!("{} is empty: the kernel is loaded without an initrd", initrd.display());
    assert_eq!(plan.warnings, [warning]);
    assert_eq!(plan.segments.len(), 5);
}

#[test]
fn prints_json() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Crash);
    request.options.policy = Policy { on_failure: OnFailure::Halt.code(), ..Policy::default() };
    request.options.consoles[0] = Console::uart(0x3f8, 9600);
    let json = plan(&machine, &request).json(true);
    let kernel = &json["segments"][0];
    let expected = json!({
        "kind": "kernel", "start": 0x2a00_0000, "end": 0x2a30_0000,
        "payload": 4656, "zeros": 3_141_072, "chunks": 1,
    });
    assert_eq!(*kernel, expected);
    assert_eq!(json["segments"].as_array().unwrap().len(), 6);
    let sources = json["sources"].as_array().unwrap();
    assert_eq!(
        sources[2],
        json!({
            "what": "ACPI", "found": "RSDP unknown: the target kernel searches for it below 1 MiB",
        })
    );

    let mut rest = json.clone();
    let object = rest.as_object_mut().unwrap();
    object.retain(|name, _| name != "segments" && name != "sources");
    assert_eq!(
        rest,
        json!({
            "loaded": true,
            "kexec_type": "crash",
            "kernel": {"path": "/m/vmlinuz", "bytes": 5680, "format": "bzImage"},
            "initrd": {"path": "/m/initrd", "bytes": 100_000},
            "command_line": "elfcorehdr=0x39fe6000 root=/dev/vda1 quiet irqpoll",
            "memory": [{"start": 0x2a00_0000, "end": 0x3a00_0000}],
            "entry": 0x39fe_21a0,
            "on_failure": "halt",
            "seconds": 0,
            "verbose": false,
            "consoles": [{"kind": "16550", "port": 0x3f8, "baud": 9600}],
            "chunk_bytes": 65_536,
            "implementation": "scalar",
            "update_elfcorehdr": false,
            "warnings": [],
        })
    );
}

#[test]
fn prints_json_of_a_dry_run_without_initrd() {
    let machine = Machine::new();
    let mut request = request(&machine, KexecType::Normal);
    request.initrd = None;
    request.dry_run = true;
    let json = load(&machine, &request).unwrap().json(false);
    assert_eq!((&json["loaded"], &json["initrd"]), (&json!(false), &json!(null)));
    assert_eq!(json["kexec_type"], json!("normal"));
}
