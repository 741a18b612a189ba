//! Fuzzes the files that `purgatory load` and `purgatory status` read, up to the system call: `/proc`, `/sys`, the
//! kernel and the initrd.

#![no_main]

#[path = "../../crates/purgatory-loader/tests/loader/kernel/sample.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod kernel;
#[path = "../../crates/purgatory-loader/tests/loader/kexec_tools.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod kexec_tools;
#[path = "../../crates/purgatory-cli/tests/cli/machine.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod machine;
#[path = "../../crates/purgatory-loader/tests/loader/native.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod native;
#[path = "../../crates/purgatory-loader/tests/loader/purgatory.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod purgatory;
#[path = "../../crates/purgatory-cli/tests/cli/sample.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod sample;

use ::purgatory::loader::native::{RawTables, plan};
use machine::Machine as FakeFiles;
use purgatory_abi::Region;
use purgatory_abi::native::{Header, SegmentKind};
use purgatory_abi::report::Report;
use purgatory_abi::status::Warning;
use purgatory_cli::kexec::{Host, Status};
use purgatory_cli::load::{Plan, Request, load};
use purgatory_fuzz::fields::Fields;
use purgatory_fuzz::machine::{End, Machine, Pieces};
use purgatory_fuzz::write_seeds;
use purgatory_loader::system::syscall::KexecType;
use purgatory_loader::{Loaded, Options, Segment};
use purgatory_sha256::Implementation;
use std::cell::RefCell;
use std::fs;
use std::ops::Range;
use std::rc::Rc;
use zerocopy::FromBytes;

/// The files that an input may change.
const FILES: [&str; 38] = [
    "vmlinuz",
    "initrd",
    "proc/cmdline",
    "proc/cpuinfo",
    "proc/iomem",
    "proc/kallsyms",
    "proc/kcore",
    "proc/meminfo",
    "proc/sys/kernel/kexec_load_disabled",
    "proc/sys/kernel/kexec_load_limit_panic",
    "sys/devices/system/cpu/cpu0/crash_notes",
    "sys/devices/system/cpu/cpu0/crash_notes_size",
    "sys/devices/system/cpu/cpu1/crash_notes",
    "sys/devices/system/cpu/crash_hotplug",
    "sys/devices/system/cpu/possible",
    "sys/firmware/efi/config_table",
    "sys/firmware/efi/fw_vendor",
    "sys/firmware/efi/runtime-map/0/attribute",
    "sys/firmware/efi/runtime-map/0/num_pages",
    "sys/firmware/efi/runtime-map/0/phys_addr",
    "sys/firmware/efi/runtime-map/0/type",
    "sys/firmware/efi/runtime-map/0/virt_addr",
    "sys/firmware/efi/systab",
    "sys/firmware/memmap/0/end",
    "sys/firmware/memmap/0/start",
    "sys/firmware/memmap/0/type",
    "sys/firmware/memmap/1/end",
    "sys/firmware/memmap/1/start",
    "sys/firmware/memmap/1/type",
    "sys/kernel/boot_params/data",
    "sys/kernel/crash_elfcorehdr_size",
    "sys/kernel/kexec/crash_cma_ranges",
    "sys/kernel/kexec_crash_loaded",
    "sys/kernel/kexec_crash_size",
    "sys/kernel/kexec_loaded",
    "sys/kernel/security/lockdown",
    "sys/kernel/vmcoreinfo",
    "sys/devices/system/memory/crash_hotplug",
];

/// The offset of the kernel's text in the machine's `/proc/kcore`. It starts with a pointer to the notes, and the
/// distances of the CPUs.
const KCORE_TEXT: usize = 0x1000;

/// The virtual address of the first CPU's note.
const NOTES: u64 = 0xffff_8880_3f40_a000;

/// The size of the file of [`sample::native`] in memory, without its variables.
const PURGATORY_FILE: usize = 0x240;

/// The largest image that a run verifies, in bytes. Larger ones take too long.
const MAX_VERIFIED: u64 = 8 << 20;

/// Bytes in a page.
const PAGE: u64 = 4096;

/// The machine, and its original files.
struct Original {
    machine: FakeFiles,
    files: [Option<Vec<u8>>; FILES.len()],
}

thread_local! {
    static ORIGINAL: Original = Original::new();
}

libfuzzer_sys::fuzz_target!(init: start(), |bytes: &[u8]| {
    ORIGINAL.with(|original| original.run(&mut Fields(bytes)));
});

impl Original {
    fn new() -> Self {
        let machine = FakeFiles::new();
        machine.set("vmlinuz", kernel::bz_image());
        machine.set("initrd", [0x55; 1000]);
        machine.set(
            "proc/kallsyms",
            "ffffffff81000000 D crash_notes\nffffffff81000008 D __per_cpu_offset\n",
        );
        for value in ["attribute", "num_pages", "phys_addr", "type", "virt_addr"] {
            machine.set(&format!("sys/firmware/efi/runtime-map/0/{value}"), "0x1000\n");
        }
        machine.set("sys/firmware/efi/fw_vendor", "0x3f000000\n");
        machine.set("sys/firmware/efi/config_table", "0x3f001000\n");
        machine.set("sys/firmware/efi/systab", "ACPI20=0x3f002000\nSMBIOS=0x3f003000\n");
        // The third possible CPU is not present, so its note is found with /proc/kallsyms and /proc/kcore.
        machine.set("sys/devices/system/cpu/possible", "0-2\n");
        let mut kcore = fs::read(machine.path("proc/kcore")).expect("the machine has it");
        kcore.resize(KCORE_TEXT, 0);
        for number in [0, NOTES, NOTES + 0x8_0000, NOTES + 0x10_0000] {
            kcore.extend(number.to_le_bytes());
        }
        machine.set("proc/kcore", kcore);
        let files = FILES.map(|file| fs::read(machine.path(file)).ok());
        Self { machine, files }
    }

    /// Changes files as the input says, reads everything, and restores the files.
    fn run(&self, fields: &mut Fields<'_>) {
        let kexec_type = if fields.value::<u8>().is_multiple_of(2) {
            KexecType::Crash
        } else {
            KexecType::Normal
        };
        let mut changed = Vec::new();
        while !fields.0.is_empty() {
            let file = usize::from(fields.value::<u8>()) % FILES.len();
            let len: u16 = fields.value();
            self.machine.set(FILES[file], fields.bytes(len.into()));
            changed.push(file);
        }
        self.read(kexec_type);
        for file in changed {
            match &self.files[file] {
                Some(bytes) => self.machine.set(FILES[file], bytes),
                // A second change of a new file.
                None => drop(fs::remove_file(self.machine.path(FILES[file]))),
            }
        }
    }

    /// Reads everything, and returns the plan if the kernel was loaded.
    fn read(&self, kexec_type: KexecType) -> Option<Plan> {
        let system = self.machine.system();
        match Status::of(&system) {
            Ok(status) => assert!(!status.to_string().is_empty() && status.json().is_object()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let request = Request {
            kexec_type,
            kernel: self.machine.path("vmlinuz"),
            initrd: Some(self.machine.path("initrd")),
            command_line: Some("irqpoll".into()),
            reuse_command_line: true,
            options: Options::default(),
            dry_run: false,
        };
        let calls = Rc::new(RefCell::new(Vec::new()));
        let recorded = Rc::clone(&calls);
        let mut host = Host {
            kexec_load: Box::new(move |_, segments, _| {
                check(segments);
                verify(segments);
                recorded.borrow_mut().push(segments.len());
                Ok(())
            }),
            ..self.machine.host()
        };
        let loaded = load(&request, &mut host, Some(&sample::native(0)), &mut |_, _| ());
        let calls = calls.take();
        match loaded {
            Ok(plan) => {
                assert!(!plan.to_string().is_empty() && plan.json(true).is_object());
                assert_eq!(calls, [plan.segments.len()]);
                Some(plan)
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(calls.is_empty(), "a call in spite of an error: {error}");
                None
            }
        }
    }
}

/// Checks segments by the rules of kexec_load(2), and that the purgatory has a complete header and list.
fn check(segments: &[Segment<'_>]) {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for segment in segments {
        let (start, len) = (segment.address, segment.memory_bytes());
        let end = start.checked_add(len).expect("a segment does not wrap");
        assert!(start % PAGE == 0 && len % PAGE == 0 && segment.payload.len() as u64 <= len);
        assert!(ranges.iter().all(|other| end <= other.start || other.end <= start), "overlap");
        ranges.push(start..end);
        if segment.kind == SegmentKind::Purgatory {
            let implementation = Implementation::detected().last().expect("one runs everywhere");
            let loaded = Loaded::decode(&segment.payload, start, implementation);
            assert_eq!(loaded.expect("it is sealed").segments.len(), segments.len());
        }
    }
}

/// Runs the purgatory of loaded segments, which must start the kernel, and accept elfcorehdr.
fn verify(segments: &[Segment<'_>]) {
    if segments.iter().map(Segment::memory_bytes).sum::<u64>() > MAX_VERIFIED {
        return;
    }
    let memory = |segment: &Segment<'_>| {
        let mut bytes = segment.payload.to_vec();
        bytes.resize(segment.memory_bytes() as usize, 0);
        (segment.address, bytes)
    };
    let own = segments.iter().find(|segment| segment.kind == SegmentKind::Purgatory);
    let own = own.expect("every image has a purgatory");
    let (header, _) = Header::read_from_prefix(&own.payload).expect("it is sealed");
    let region = Region { start: own.address, len: header.list.start - own.address };
    let machine = Machine::with(Pieces(segments.iter().map(memory).collect()), region);
    let code = &own.payload[size_of::<Header>()..PURGATORY_FILE];
    let plan = plan(
        &RawTables { header: &header, code, repaired: 0, sha_ni: None },
        region,
        &machine.memory,
    );
    let (end, text) = machine.run(plan, |_, _| {});
    let text = String::from_utf8(text).expect("a report is text");
    assert!(matches!(end, End::HandOff(_)), "{text}");
    let report = Report::parse(&text);
    // These files may contradict each other: notes or a kernel outside of RAM, or RAM that the firmware's map reserves. The
    // purgatory warns of that.
    let mut others = report.warnings().filter(|line| line.warning != Warning::ElfcorehdrRange);
    assert!(!others.any(|line| line.warning.name().starts_with("elfcorehdr-")), "{text}");
}

/// Writes the seeds. The original files must be complete.
fn start() {
    let original = Original::new();
    for kexec_type in [KexecType::Crash, KexecType::Normal] {
        let plan = original.read(kexec_type).expect("it can be loaded");
        assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    }
    write_seeds(&seeds(&original));
}

fn seeds(original: &Original) -> Vec<Vec<u8>> {
    let change = |file: usize, bytes: &[u8]| {
        [&[file as u8], &(bytes.len() as u16).to_le_bytes()[..], bytes].concat()
    };
    let files = original.files.iter().enumerate().filter_map(|(file, bytes)| {
        Some([&[file as u8 % 2][..], &change(file, bytes.as_ref()?)].concat())
    });
    let vmlinux = [&[1][..], &change(0, &kernel::vmlinux())].concat();
    files.chain([vmlinux, vec![0], vec![1]]).collect()
}
