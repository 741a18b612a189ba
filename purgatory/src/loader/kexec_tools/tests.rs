//! The plan and the tasks for various tables.

use super::*;
use crate::config::Consoles;
use crate::config::Settings;
use crate::memory::fake::Pieces;
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::boot::{BOOT_PARAMS_BYTES, BootParams, HEADER_MAGIC};
use purgatory_abi::kexec_tools::JUMP_BACK_PARAMETER;
use purgatory_abi::kexec_tools::{EntryRegs, EntryRegs16, EntryRegs32};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::status::{Status, Warning};
use zerocopy::{FromZeros, IntoBytes};

const OWN: Region = Region { start: 0x8_0000, len: 0x1_0000 };
const WAYS: ModeEntries = ModeEntries { entry32: 0x8_0100, entry16: 0x8_0200 };
const BOOT_PARAMS: u64 = 0x10_0000;
const LINE: u64 = BOOT_PARAMS + BOOT_PARAMS_BYTES as u64;
const BACKUP: Region = Region { start: 0x20_0000, len: 0xa_0000 };

/// The tables of a loader; a test can change each part.
struct Left {
    entry64: EntryRegs,
    entry32: EntryRegs32,
    entry16: EntryRegs16,
    regions: [Region; REGION_SLOTS],
    digest: [u8; DIGEST_BYTES],
    skip_checks: u32,
    switches: Switches,
    backup: Option<Backup>,
    jump_back: JumpBack,
    line: &'static str,
    own: Region,
}

impl Default for Left {
    fn default() -> Self {
        let mut regions = [Region::default(); REGION_SLOTS];
        regions[0] = Region { start: BOOT_PARAMS, len: 0x2000 };
        regions[1] = BACKUP;
        Self {
            entry64: EntryRegs { rip: 0x100_0200, rsi: BOOT_PARAMS, ..EntryRegs::default() },
            entry32: EntryRegs32::default(),
            entry16: EntryRegs16::default(),
            regions,
            digest: [7; DIGEST_BYTES],
            skip_checks: 0,
            switches: Switches { serial_base: 0x3f8, ..Switches::default() },
            backup: None,
            jump_back: JumpBack::default(),
            line: "",
            own: OWN,
        }
    }
}

/// The parts of a plan that the tests compare.
#[derive(Debug)]
struct PlanSummary {
    target: u64,
    defect: Option<Status>,
    verifies: bool,
    settings: Settings,
    boot_params: u64,
    warnings: Vec<(Warning, u64)>,
    tasks: HandOffTasks,
}

impl Left {
    fn plan(&self) -> PlanSummary {
        let mut params = BootParams::new_zeroed();
        params.hdr.header.set(HEADER_MAGIC);
        params.set_command_line(LINE);
        let mut page = params.as_bytes().to_vec();
        page.extend(self.line.bytes());
        page.resize(0x2000, 0);
        let memory = Pieces::default().with(BOOT_PARAMS, page);
        let tables = RawTables {
            entry64: &self.entry64,
            entry32: self.entry32,
            entry16: &self.entry16,
            mode_entries: WAYS,
            regions: &self.regions,
            digest: &self.digest,
            stack_end: 0,
            skip_checks: self.skip_checks,
            switches: self.switches,
            backup: self.backup,
            jump_back: self.jump_back,
        };
        let (plan, tasks) = plan(&tables, self.own, &memory);
        PlanSummary {
            target: plan.attempts[0].target,
            defect: plan.attempts[0].check.regions.err().map(|defect| defect.status),
            verifies: !plan.attempts[0].check.is_skipped(),
            settings: plan.settings,
            boot_params: plan.attempts[0].image.boot_params,
            warnings: plan.warnings.iter().map(|noted| (noted.warning, noted.address)).collect(),
            tasks,
        }
    }

    /// Returns the tables for `--no-checks`.
    fn without_checks() -> Self {
        let (regions, digest) = Default::default();
        Self { regions, digest, skip_checks: 1, ..Self::default() }
    }

    /// Returns the same tables, entered through the 32-bit table.
    fn in_32_bit(mut self, eip: u32) -> Self {
        self.entry64 = EntryRegs { rip: WAYS.entry32, ..EntryRegs::default() };
        self.entry32 = EntryRegs32 { eip, esi: BOOT_PARAMS as u32, ..self.entry32 };
        self
    }
}

fn ports(consoles: &Consoles) -> Vec<(u16, Option<u32>)> {
    consoles.iter().map(|serial| (serial.port, serial.baud.map(|baud| baud.get()))).collect()
}

#[test]
fn a_64_bit_image_starts_at_rip() {
    let made = Left::default().plan();
    assert_eq!((made.target, made.boot_params, made.defect), (0x100_0200, BOOT_PARAMS, None));
    assert!(made.verifies && !made.settings.verbose);
    assert_eq!((made.warnings, made.tasks), (vec![], HandOffTasks::default()));
}

#[test]
fn a_32_bit_image_starts_at_eip() {
    let made = Left::default().in_32_bit(0x200_0000).plan();
    assert_eq!((made.target, made.boot_params, made.defect), (0x200_0000, BOOT_PARAMS, None));
}

#[test]
fn a_real_mode_image_starts_at_cs_ip_if_eip_is_entry16_or_0() {
    for eip in [0, WAYS.entry16 as u32] {
        let mut left = Left::default().in_32_bit(eip);
        left.entry16 = EntryRegs16 { cs: 0x9020, ip: 4, ..EntryRegs16::default() };
        let made = left.plan();
        assert_eq!((made.target, made.boot_params, made.defect), (0x9_0204, BOOT_PARAMS, None));
    }
}

#[test]
fn rejects_a_purgatory_above_the_limit_of_the_mode() {
    let at = |start, left: Left| {
        let entry16 = EntryRegs16 { cs: 0x9020, ..EntryRegs16::default() };
        let left = Left { own: Region { start, len: 0x1000 }, entry16, ..left };
        left.plan().defect
    };
    let too_high = Some(Status::EntryTooHigh);
    assert_eq!(at(0xf_f000, Left::default().in_32_bit(0)), None);
    assert_eq!(at(0xf_f001, Left::default().in_32_bit(0)), too_high);
    assert_eq!(at(0xffff_f000, Left::default().in_32_bit(1)), None);
    assert_eq!(at(0xffff_f001, Left::default().in_32_bit(1)), too_high);
    assert_eq!(at(u64::MAX, Left::default().in_32_bit(1)), too_high);
    assert_eq!(at(1 << 40, Left::default()), None);
}

#[test]
fn empty_tables_start_no_image() {
    let unmapped = Some(Status::EntryUnmapped);
    assert_eq!(Left::default().in_32_bit(0).plan().defect, unmapped);
    let mut left = Left::default();
    left.entry64.rip = 0;
    assert_eq!(left.plan().defect, unmapped);
    left.entry64.rip = 1;
    assert_eq!(left.plan().defect, None);
}

#[test]
fn an_image_without_boot_params_gives_no_warning() {
    let mut left = Left::default();
    left.entry64.rsi = 0;
    assert_eq!(left.plan().warnings, []);
    left.entry64.rsi = 0x7000;
    assert_eq!(left.plan().warnings, [(Warning::BootParamsUnmapped, 0x7000)]);
}

#[test]
fn an_invalid_region_is_a_defect_and_skipped_checks_need_no_digest() {
    let mut left = Left::default();
    left.regions[2] = Region { start: OWN.start, len: 1 };
    assert_eq!(left.plan().defect, Some(Status::RegionCoversPurgatory));
    assert!(!Left::without_checks().plan().verifies);
    // Only as kexec-tools leaves the tables.
    for skip_checks in (1..32).map(|bit| 1 << bit) {
        assert!(Left { skip_checks, ..Left::without_checks() }.plan().verifies);
    }
    assert!(Left { skip_checks: 1, ..Left::default() }.plan().verifies);
    assert!(Left { digest: [7; DIGEST_BYTES], ..Left::without_checks() }.plan().verifies);
    let mut left = Left::without_checks();
    left.regions[15].start = 1;
    assert!(left.plan().verifies);
}

#[test]
fn a_console_switch_adds_its_console_and_sets_verbose() {
    let serial = Switches {
        console_serial: true,
        serial_base: 0x2f8,
        serial_baud: 9600,
        ..Switches::default()
    };
    let settings = |switches, line| Left { switches, line, ..Left::default() }.plan().settings;

    let alone = settings(serial, "");
    assert_eq!(ports(&alone.consoles), [(0x2f8, Some(9600))]);
    assert!(alone.verbose && !alone.consoles.vga);

    let beside = settings(serial, "console=ttyS0");
    assert_eq!(ports(&beside.consoles), [(0x2f8, Some(9600)), (0x3f8, None)]);

    // The speed is that of the switch, otherwise that of the command line.
    let named = settings(serial, "console=ttyS1,115200 console=ttyS0");
    assert_eq!(ports(&named.consoles), [(0x2f8, Some(9600)), (0x3f8, None)]);
    let as_named = Switches { serial_baud: 0, ..serial };
    let as_named = settings(as_named, "console=ttyS1,115200");
    assert_eq!(ports(&as_named.consoles), [(0x2f8, Some(115_200))]);

    let screen = settings(Switches { console_vga: true, ..Switches::default() }, "");
    assert_eq!(ports(&screen.consoles), [(0x3f8, None)]);
    assert!(screen.verbose && screen.consoles.vga);

    let silent = settings(Switches { serial_base: 0x2f8, ..Switches::default() }, "console=ttyS2");
    assert_eq!(ports(&silent.consoles), [(0x3e8, None)]);
    assert!(!silent.verbose);
}

#[test]
fn an_invalid_port_or_speed_gives_a_warning_and_is_ignored() {
    for base in [0, 7, 0xfff9] {
        let switches = Switches { console_serial: true, serial_base: base, ..Switches::default() };
        let made = Left { switches, ..Left::default() }.plan();
        assert_eq!(made.warnings, [(Warning::SerialBaseUnknown, base.into())]);
        assert_eq!(ports(&made.settings.consoles), [(0x3f8, None)]);
    }
    for baud in [1, 1199, 115_201, u32::MAX] {
        let switches = Switches {
            console_serial: true,
            serial_base: 0x2f8,
            serial_baud: baud,
            ..Switches::default()
        };
        let made = Left { switches, ..Left::default() }.plan();
        assert_eq!(made.warnings, [(Warning::SerialBaudUnknown, baud.into())]);
        assert_eq!(ports(&made.settings.consoles), [(0x2f8, None)]);
    }
    let switches = Switches { console_serial: true, serial_base: 0x2f8, ..Switches::default() };
    assert_eq!(Left { switches, ..Left::default() }.plan().warnings, []);
}

#[test]
fn accepts_a_backup_only_inside_a_region_of_the_image() {
    let good = Backup { from: 0, len: BACKUP.len, to: BACKUP.start };
    let tasks = |backup, skip_checks| {
        let left = if skip_checks == 0 { Left::default() } else { Left::without_checks() };
        let made = Left { backup: Some(backup), ..left }.plan();
        assert_eq!(made.tasks.backup.is_none(), !made.warnings.is_empty());
        made.tasks.backup
    };
    assert_eq!(tasks(good, 0), Some(good));
    for bad in [
        Backup { to: BACKUP.start + 1, len: 0x1000, ..good },
        Backup { to: BOOT_PARAMS, len: 0x1000, ..good },
        Backup { to: BACKUP.start - 1, ..good },
        Backup { to: 0x4000_0000, ..good },
        Backup { to: u64::MAX, ..good },
        Backup { len: 0, ..good },
        Backup { len: LONGEST + 1, ..good },
        Backup { len: u64::MAX, ..good },
    ] {
        assert_eq!(tasks(bad, 0), None, "{bad:x?}");
    }
    let mut left = Left { backup: Some(good), ..Left::default() };
    left.entry64.rip = BACKUP.start + 0x200;
    assert_eq!(left.plan().tasks.backup, None, "over the kernel");

    // Without verification it is only compared with the purgatory.
    let elsewhere = Backup { to: 0x4000_0000, ..good };
    assert_eq!(tasks(elsewhere, 1), Some(elsewhere));
    for to in [OWN.start - 0xfff, OWN.start, OWN.start + OWN.len - 1] {
        assert_eq!(tasks(Backup { to, len: 0x1000, ..good }, 1), None, "{to:x}");
    }
    let all_around = Backup { to: OWN.start - 1, ..good };
    assert_eq!(tasks(all_around, 1), None);
}

const LONGEST: u64 = 1 << 20;

#[test]
fn accepts_the_address_to_call_back_only_at_the_end_of_the_command_line() {
    let end = LINE + 13;
    let made = |jump_back| {
        let left = Left { jump_back, line: "console=ttyS0", ..Left::default() };
        let made = left.plan();
        (made.tasks.jump_back, made.warnings)
    };
    let wanted = JumpBack { entry: 0x1234, cmdline_end: end };
    assert_eq!(made(wanted), (Some(wanted), vec![]));
    assert_eq!(made(JumpBack { entry: 0, ..wanted }), (None, vec![]));
    assert_eq!(made(JumpBack { cmdline_end: 0, ..wanted }), (None, vec![]));
    // Within the line, too near the end of the region, outside of it, nowhere.
    for cmdline_end in [end - 1, BOOT_PARAMS + 0x2000 - 8, BACKUP.start, 1 << 40] {
        let expected = vec![(Warning::CommandLineEndUnusable, cmdline_end)];
        assert_eq!(made(JumpBack { cmdline_end, ..wanted }), (None, expected.clone()));
        assert_eq!(made(JumpBack { entry: 0, cmdline_end }), (None, expected));
    }
}

#[test]
fn the_appended_parameter_ends_the_command_line() {
    let text = jump_back_text(0x1f_89ab_cdef);
    assert_eq!(text.strip_prefix(JUMP_BACK_PARAMETER.as_bytes()), Some(&b"0000001f89abcdef\0"[..]));
}

/// Records the targets of writes.
#[cfg(feature = "kexec-tools")]
#[derive(Default)]
struct Recorder(std::cell::RefCell<Vec<u64>>);

#[cfg(feature = "kexec-tools")]
impl crate::hardware::MemoryWriter for Recorder {
    fn write(&self, to: u64, _bytes: &[u8]) -> Option<()> {
        self.copy(to, 0, 0)
    }

    fn copy(&self, to: u64, _from: u64, _len: u64) -> Option<()> {
        self.0.borrow_mut().push(to);
        Some(())
    }
}

#[test]
#[cfg(feature = "kexec-tools")]
fn no_task_overwrites_the_text_of_a_warning() {
    let line = b"purgatory.x=1";
    let start = line.as_ptr() as u64;
    let performed = |to, cmdline_end| {
        let backup = Some(Backup { from: 0, len: 4, to });
        let tasks =
            HandOffTasks { backup, jump_back: Some(JumpBack { entry: 0x1000, cmdline_end }) };
        let mut warnings = crate::warnings::Warnings::default();
        warnings.about(Warning::ParameterUnknown, line);
        let recorder = Recorder::default();
        tasks.perform(&recorder, &mut warnings);
        let added = warnings.iter().skip(1).map(|line| (line.warning, line.address)).collect();
        (recorder.0.take(), added)
    };
    let end = start + line.len() as u64;
    assert_eq!(performed(start - 4, end), (vec![start - 4, end], vec![]));
    let (backup, line_end) = (Warning::BackupUnusable, Warning::CommandLineEndUnusable);
    assert_eq!(performed(start - 3, end), (vec![end], vec![(backup, start - 3)]));
    assert_eq!(performed(end, end - 1), (vec![end], vec![(line_end, end - 1)]));
}
