//! Fuzzes complete runs of the purgatory: the tables of each loader, `boot_params`, the command line and elfcorehdr.
//! Digests match, or one does not.

#![no_main]

#[path = "../../crates/purgatory-loader/tests/loader/loaded.rs"]
#[allow(dead_code, reason = "only the target `image` uses all of it")]
mod loaded;
#[path = "../../crates/purgatory-loader/tests/loader/native.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod native;
#[path = "../../crates/purgatory-loader/tests/loader/purgatory.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod purgatory;

use ::purgatory::loader::kexec_tools::{Backup, JumpBack, ModeEntries, Switches};
use ::purgatory::loader::{kexec_tools, linux, native as native_loader};
use purgatory_abi::kexec_tools::{EntryRegs as KexecToolsRegs, EntryRegs16, EntryRegs32};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::native::{Header, SegmentKind};
use purgatory_abi::report::Report;
use purgatory_abi::status::{Action, Status};
use purgatory_abi::{EntryRegs, Region};
use purgatory_fuzz::fields::Fields;
use purgatory_fuzz::machine::{End, Machine, Pieces};
use purgatory_fuzz::write_seeds;
use purgatory_loader::{Blob, Image, Options, Segment};
use purgatory_sha256::{Implementation, Instructions, Stream, StreamImplementation};
use std::mem::offset_of;
use std::sync::LazyLock;
use zerocopy::{FromBytes, IntoBytes};

/// The memory of a drop-in.
const OWN: Region = Region { start: 0x9000, len: 0x4000 };
/// The memory of the native purgatory, without its list.
const NATIVE: Region = Region { start: 0x10_0000, len: 0x340 };
/// The size of the native purgatory's file.
const NATIVE_FILE: usize = 0x240;
const BOOT_PARAMS: u64 = 0x8_0000;
const LINE: u64 = BOOT_PARAMS + 0x1000;
const KERNEL: u64 = 0x100_0000;
const KERNEL_BYTES: usize = 0x1000;
const ELFCOREHDR: u64 = 0x300_0000;
const ELFCOREHDR_BYTES: usize = 0x1000;

/// The bytes of `boot_params` that the purgatory may read.
const PARAMS: usize = 0x300;

/// Flags of an input.
const WRONG_DIGEST: u8 = 1;
const SKIP_CHECKS: u8 = 2;
const BACKUP: u8 = 4;
const CONSOLE_SERIAL: u8 = 8;
const CONSOLE_VGA: u8 = 16;
const UNMAPPED: u8 = 32;

libfuzzer_sys::fuzz_target!(init: start(), |bytes: &[u8]| {
    run(bytes);
});

/// Writes the seeds. They must start the image if the digest matches.
fn start() {
    let seeds = seeds();
    for seed in &seeds {
        let end = run(seed);
        assert_eq!(matches!(end, End::HandOff(_)), seed[1] & WRONG_DIGEST == 0, "{seed:02x?}");
    }
    write_seeds(&seeds);
}

/// Runs a purgatory on an input.
fn run(bytes: &[u8]) -> End {
    let mut fields = Fields(bytes);
    let loader: u8 = fields.value();
    let flags: u8 = fields.value();
    match loader % 3 {
        0 => run_linux(flags, &mut fields),
        1 => run_kexec_tools(flags, &mut fields),
        _ => run_native(flags, &mut fields),
    }
}

/// Returns the memory of the kernel, and `boot_params` and the command line from the input.
fn memory(fields: &mut Fields<'_>) -> Pieces {
    let mut params = fields.bytes(PARAMS).to_vec();
    params.resize(0x1000, 0);
    let line_bytes: u16 = fields.value();
    let line = fields.bytes(line_bytes.into()).to_vec();
    let kernel = vec![0x11; KERNEL_BYTES];
    Pieces(vec![(KERNEL, kernel), (BOOT_PARAMS, params), (LINE, line)])
}

/// Returns sixteen regions, of which the input gives some.
fn regions(fields: &mut Fields<'_>) -> [Region; REGION_SLOTS] {
    let mut regions = [Region::default(); REGION_SLOTS];
    let count: u8 = fields.value();
    regions.iter_mut().take(usize::from(count) % (REGION_SLOTS + 1)).for_each(|region| {
        *region = fields.value();
    });
    regions
}

/// Returns the digest of the regions, as a loader computes it; `None` if one is not in memory.
fn digest(regions: &[Region], memory: &Pieces) -> Option<[u8; 32]> {
    use ::purgatory::memory::Memory as _;
    let mut stream = Stream::new(StreamImplementation::scalar());
    for region in regions {
        stream.update(memory.whole(region.start, region.len).ok()?);
    }
    Some(stream.finish())
}

fn run_linux(flags: u8, fields: &mut Fields<'_>) -> End {
    let entry: EntryRegs = fields.value();
    let regions = regions(fields);
    let memory = memory(fields);
    let matching = digest(&regions, &memory).filter(|_| flags & WRONG_DIGEST == 0);
    let machine = Machine::with(memory, OWN);
    let digest = matching.unwrap_or_default();
    let tables = linux::RawTables {
        entry: &entry,
        regions: &regions,
        digest: &digest,
        stack_end: entry.rsp,
    };
    let mut plan = linux::plan(&tables, OWN);
    linux::complete(&mut plan, &tables, &machine.memory);
    let ran = machine.run(plan, |_, _| {});
    check(ran, entry, matching.is_some(), false)
}

fn run_kexec_tools(flags: u8, fields: &mut Fields<'_>) -> End {
    let entry64: KexecToolsRegs = fields.value();
    let entry32: EntryRegs32 = fields.value();
    let entry16: EntryRegs16 = fields.value();
    let [entry, cmdline_end, from, len, to]: [u64; 5] = fields.value();
    let [serial_baud, skip]: [u32; 2] = fields.value();
    let serial_base: u16 = fields.value();
    let regions = regions(fields);
    let memory = memory(fields);
    let matching = digest(&regions, &memory).filter(|_| flags & WRONG_DIGEST == 0);
    let machine = Machine::with(memory, OWN);
    let skip_checks = if flags & SKIP_CHECKS != 0 { skip } else { 0 };
    let tables = kexec_tools::RawTables {
        entry64: &entry64,
        entry32,
        entry16: &entry16,
        mode_entries: ModeEntries { entry32: OWN.start + 0x100, entry16: OWN.start + 0x200 },
        regions: &regions,
        digest: &matching.unwrap_or_default(),
        stack_end: entry64.rsp,
        skip_checks,
        switches: Switches {
            console_serial: flags & CONSOLE_SERIAL != 0,
            console_vga: flags & CONSOLE_VGA != 0,
            serial_base,
            serial_baud,
        },
        backup: (flags & BACKUP != 0).then_some(Backup { from, len, to }),
        jump_back: JumpBack { entry, cmdline_end },
    };
    let (plan, tasks) = kexec_tools::plan(&tables, OWN, &machine.memory);
    let ran = machine.run(plan, |machine, warnings| tasks.perform(machine, warnings));
    check(ran, entry64.into(), matching.is_some(), skip_checks == 1)
}

/// The purgatory of an image that the loader sealed. The input changes consoles, failure action and registers.
fn run_native(flags: u8, fields: &mut Fields<'_>) -> End {
    let settings = offset_of!(Header, policy)..offset_of!(Header, consoles) + 64;
    let mut own = SEALED.clone();
    let entry: EntryRegs = fields.value();
    own[offset_of!(Header, entry)..][..size_of::<EntryRegs>()].copy_from_slice(entry.as_bytes());
    let given = fields.bytes(settings.len());
    own[settings][..given.len()].copy_from_slice(given);
    loaded::reseal(&mut own, NATIVE.start);
    let mut memory = memory(fields);
    if flags & WRONG_DIGEST != 0 {
        memory.0[0].1[KERNEL_BYTES / 2] ^= 1;
    }
    let mut elfcorehdr = fields.0.to_vec();
    if flags & UNMAPPED == 0 {
        elfcorehdr.resize(ELFCOREHDR_BYTES, 0);
    }
    memory.0.push((ELFCOREHDR, elfcorehdr));
    memory.0.push((NATIVE.start, own.clone()));

    let machine = Machine::with(memory, NATIVE);
    let (header, _) = Header::read_from_prefix(&own).expect("a header");
    let code = &own[size_of::<Header>()..NATIVE_FILE];
    let tables = native_loader::RawTables { header: &header, code, repaired: 0, sha_ni: None };
    let plan = native_loader::plan(&tables, NATIVE, &machine.memory);
    let ran = machine.run(plan, |_, _| {});
    check(ran, entry, flags & WRONG_DIGEST == 0, false)
}

/// Checks that a run starts an image only for a reason, and that its report is well-formed. Returns its last action.
fn check((end, text): (End, Vec<u8>), entry: EntryRegs, matches: bool, skips: bool) -> End {
    let text = String::from_utf8(text).expect("a report is text");
    let report = Report::parse(&text);
    assert!(report.others.is_empty(), "{text}");
    let verdict = report.verdict();
    assert_eq!(text.is_empty(), verdict.is_none(), "{text}");
    match end {
        End::HandOff(registers) => {
            assert_eq!(registers, entry);
            let continues = verdict.is_some_and(|verdict| {
                (verdict.status, verdict.action) == (Status::Mismatch, Action::Continue)
            });
            assert!(matches || skips || continues, "started without a reason: {text}");
        }
        End::Halt | End::Reset(_) | End::TripleFault => {
            let action = if end == End::Halt { Action::Halt } else { Action::Reset };
            assert!(verdict.is_none_or(|verdict| verdict.action == action), "{text}");
        }
    }
    end
}

/// A purgatory, sealed with a kernel and an elfcorehdr.
static SEALED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let object = native::purgatory().write();
    let blob = Blob::parse(&object).expect("a valid object");
    let mut image = Image::place(&blob, NATIVE.start).expect("a free address");
    let of = |kind, address, payload: Vec<u8>| Segment {
        kind,
        address,
        payload: payload.into(),
        zeros: 0,
    };
    let segments = [
        of(SegmentKind::Kernel, KERNEL, vec![0x11; KERNEL_BYTES]),
        of(SegmentKind::Elfcorehdr, ELFCOREHDR, vec![0; ELFCOREHDR_BYTES]),
    ];
    let implementation = Implementation::ranked(Instructions::default()).last().expect("one");
    let entry = EntryRegs::default();
    image
        .seal(entry, &segments, &Options::default(), implementation, |_, _| {})
        .expect("valid segments");
    image.bytes().to_vec()
});

/// `boot_params` and this command line, as [`memory`] reads them.
fn image_data(line: &str) -> Vec<u8> {
    let mut bytes = vec![0; PARAMS];
    // The boot protocol's magic, init_size and cmd_line_ptr.
    bytes[0x202..0x206].copy_from_slice(b"HdrS");
    bytes[0x260..0x264].copy_from_slice(&(KERNEL_BYTES as u32).to_le_bytes());
    bytes[0x228..0x22c].copy_from_slice(&(LINE as u32).to_le_bytes());
    bytes.extend((line.len() as u16 + 1).to_le_bytes());
    bytes.extend(line.bytes());
    bytes.push(0);
    bytes
}

/// An elfcorehdr with notes, the kernel and a range of RAM.
fn elfcorehdr() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend([4, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend([0_u64, 64, 0].iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend([0, 0, 0, 0, 64, 0, 56, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    for (kind, start, len) in
        [(4, 0x20_0000, 0x100), (1, 0x30_0000, 0x1000), (1, 0x20_0000, 0x20_0000)]
    {
        let fields = [kind, start, start, start, len, len, 0_u64];
        bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
    }
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let region = |start: u64, len: u64| [start.to_le_bytes(), len.to_le_bytes()].concat();
    let regions = [vec![2], region(KERNEL, KERNEL_BYTES as u64), region(BOOT_PARAMS, 0x1000)];
    let entry =
        EntryRegs { rip: KERNEL + 0x200, rsi: BOOT_PARAMS, rsp: OWN.start, ..EntryRegs::default() };
    let own = KexecToolsRegs { rip: KERNEL + 0x200, rsi: BOOT_PARAMS, ..KexecToolsRegs::default() };
    let line =
        "root=/dev/vda1 console=ttyS1,115200n8 panic=10 elfcorehdr=0x3000000 purgatory.verbose";
    let settings = "earlyprintk=serial,0x3f8 purgatory.console=io,0x2f8,9600 purgatory.on_failure=reset,7 -- x";
    // The tables between the registers and the regions, as `run_kexec_tools` reads them: all zero.
    let other = size_of::<(EntryRegs32, EntryRegs16)>() + size_of::<([u64; 5], [u32; 2])>() + 2;
    let mut seeds = Vec::new();
    for (line, flags) in [(line, 0), (settings, 0), (line, WRONG_DIGEST), (settings, WRONG_DIGEST)]
    {
        let linux = [&[0, flags], entry.as_bytes(), &regions.concat(), &image_data(line)].concat();
        let flags_of_switches = flags | CONSOLE_SERIAL | CONSOLE_VGA | BACKUP;
        let kexec_tools = [
            &[1, flags_of_switches],
            own.as_bytes(),
            &vec![0; other],
            &regions.concat(),
            &image_data(line),
        ];
        let native = [&[2, flags], entry.as_bytes(), &[0; 72], &image_data(line), &elfcorehdr()];
        seeds.extend([linux, kexec_tools.concat(), native.concat()]);
    }
    seeds
}
