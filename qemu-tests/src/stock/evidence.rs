//! The output of a run: its end, and the lines on its serial ports and its screen.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use purgatory_abi::Loader;
use purgatory_abi::report::{Content, Line as ReportLine, Report};
use purgatory_abi::status::Status;

use super::case::{Case, Image, Start};
use super::corruption;
use super::faults::{Change, MARKER};
use super::seen::{End, Place, Seen, printed_lines};
use crate::qemu::Line;

/// How much earlier than configured a wait may end: the RTC, which counts it, has whole seconds, and the verdict may
/// come just before one ends.
pub(super) const RTC_TICK: Duration = Duration::from_secs(1);

/// How much later than configured a reset may come, and how long a verdict may take: both are seconds on a machine with
/// nothing else to do.
const GRACE: Duration = Duration::from_secs(30);

/// The contents that a report of one digest must name.
const CONTENTS: [Content; 4] =
    [Content::Kernel, Content::Initrd, Content::BootParams, Content::CommandLine];

/// Xen's line about a first module that is a script.
const NO_ELF_MODULE: &str = "ELF: not an ELF binary";

/// The output of a run.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// How the machine ended.
    pub(super) end: End,
    /// When the start was commanded.
    pub(super) started: Instant,
    /// When the end was seen.
    pub(super) ended: Instant,
    /// The lines of each serial port.
    pub(super) ports: Vec<Vec<Line>>,
    /// The lines on the screen.
    pub(super) screen: Vec<String>,
}

impl Evidence {
    /// The text after `start` in the first line on ttyS0 that has it.
    pub(super) fn after(&self, start: &str) -> Option<&str> {
        self.ports[0].iter().find_map(|line| line.text.strip_prefix(start))
    }

    /// The length of the dump.
    pub(super) fn dumped_bytes(&self) -> Option<u64> {
        self.after("guest: makedumpfile ")?.rsplit_once("bytes=")?.1.parse().ok()
    }

    /// Returns the result of a run on a kernel of this release.
    ///
    /// # Errors
    /// A report or a time contradicts the rest.
    pub(super) fn seen(&self, case: &Case, release: &str, changes: &[Change]) -> Result<Seen> {
        let end = self.ending(case, release)?;
        let mut lines = Vec::new();
        for (port, place) in self.ports.iter().zip([Place::TtyS0, Place::TtyS1]) {
            let texts = || port.iter().map(|line| line.text.as_str());
            let printed = printed_lines(case.loader, place, texts())?;
            let report: Report<'_> = texts().collect();
            ensure!(
                !printed.is_empty() || report.lines.is_empty(),
                "lines without a verdict on {place}"
            );
            if !printed.is_empty() {
                report_of(case, &report, changes)?;
            }
            lines.extend(printed);
        }
        lines.extend(printed_lines(
            case.loader,
            Place::Vga,
            self.screen.iter().map(String::as_str),
        )?);
        self.times(case, end)?;
        Ok(Seen { end, lines })
    }

    fn ending(&self, case: &Case, release: &str) -> Result<End> {
        if self.end != End::Resets {
            return Ok(self.end);
        }
        let kernel =
            self.after("guest: capture kernel ").or_else(|| self.after("guest: new kernel "));
        ensure!(kernel.is_none_or(|kernel| kernel == release), "another kernel booted: {kernel:?}");
        let up = match case.image {
            Image::BzImage | Image::Vmlinux => kernel.is_some(),
            Image::Multiboot2 => self.xen_started(case.machine.ram),
        };
        let told = || self.after("guest: command line ").is_some_and(|line| line.contains(MARKER));
        let dump = self.after("guest: makedumpfile ");
        let dumped = dump.is_some_and(|dump| dump.starts_with("status=0 bytes="));
        Ok(match (case.start, case.image) {
            _ if !up => End::Resets,
            (Start::Panic, _) if !dumped => End::NoDump,
            (Start::Exec, Image::BzImage | Image::Vmlinux) if !told() => End::BootsWithoutLine,
            _ => End::Boots,
        })
    }

    /// Whether Xen started, and read its command line, its memory map and its module from the loader's information.
    fn xen_started(&self, ram: u64) -> bool {
        let line = self.after("(XEN) Command line: ");
        let kib = self
            .after("(XEN) System RAM: ")
            .and_then(|text| text.rsplit_once('(')?.1.strip_suffix("kB)")?.parse::<u64>().ok());
        // The firmware keeps the rest for itself.
        let usable = kib.is_some_and(|kib| (ram - (1 << 20)..ram).contains(&(kib << 10)));
        let printed =
            ["Xen version ", "Bootloader: kexec", "Multiboot-e820 RAM map:", NO_ELF_MODULE];
        let printed = printed.iter().all(|start| self.after(&format!("(XEN) {start}")).is_some());
        printed && usable && line.is_some_and(|line| line.contains(MARKER))
    }

    /// Checks when the verdict came, and when the end did.
    fn times(&self, case: &Case, end: End) -> Result<()> {
        let all = || self.ports.iter().flatten();
        let verdict =
            |line: &&Line| matches!(ReportLine::parse(&line.text), Some(ReportLine::Verdict(_)));
        let panicked = |line: &&Line| line.text.contains("Kernel panic - not syncing");
        let from = match case.start {
            Start::Exec => self.started,
            Start::Panic => all().find(panicked).context("the kernel did not panic")?.at,
        };
        let Some(verdict) = all().find(verdict).map(|line| line.at) else { return Ok(()) };
        ensure!(verdict.saturating_duration_since(from) <= GRACE, "a late verdict");
        let waited = self.ended.saturating_duration_since(verdict);
        ensure!(waited + RTC_TICK >= case.wait, "a short wait before the end: {waited:?}");
        let boots = matches!(end, End::Boots | End::BootsWithoutLine | End::NoDump);
        ensure!(boots || waited <= case.wait + GRACE, "a long wait before the end: {waited:?}");
        Ok(())
    }
}

/// Checks the rest of a report.
fn report_of(case: &Case, report: &Report<'_>, changes: &[Change]) -> Result<()> {
    ensure!(report.others.is_empty(), "unknown lines: {:?}", report.others);
    let Some(verdict) = report.verdict() else { return Ok(()) };
    let digested = matches!(verdict.status, Status::Verified | Status::Mismatch);
    ensure!((verdict.bytes > 0) == digested, "{} bytes were digested", verdict.bytes);
    if case.loader == Loader::Native {
        return corruption::check(changes, report);
    }
    let named = |content: &Content| {
        let names = |line: &ReportLine<'_>| matches!(line, ReportLine::Region(region) if region.contents.contains(*content));
        report.lines.iter().any(names)
    };
    // Without a loader's name it is the report of corrupted code.
    let complete = case.image.is_linux()
        && verdict.loader.is_some()
        && (case.loader == Loader::Linux || verdict.status == Status::Mismatch);
    let missing = CONTENTS.iter().find(|content| complete && !named(content));
    ensure!(missing.is_none(), "no region has the {missing:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stock::cases::all;
    use crate::stock::seen::Expected;

    const RELEASE: &str = "6.1";
    const PANIC: &str = "[ 1.0] Kernel panic - not syncing: sysrq triggered crash";
    const BOOTS: [&str; 3] =
        [PANIC, "guest: capture kernel 6.1", "guest: makedumpfile status=0 bytes="];
    const REGIONS: [&str; 3] = [
        "purgatory: region  0  0x0000000000100000-0x0000000000100fff          4096 bytes  kernel",
        "purgatory: region  1  0x0000000000200000-0x0000000000200fff          4096 bytes  initrd",
        "purgatory: region  2  0x0000000000300000-0x0000000000301fff          8192 bytes  boot_params  command line",
    ];

    fn case(loader: Loader, name: &str) -> &'static Case {
        all().find(|case| (case.loader, case.name) == (loader, name)).unwrap()
    }

    fn verdict(loader: &str, status: &str, bytes: u64, action: &str) -> String {
        format!(
            "purgatory: verdict version=1 loader={loader} status={status} implementation=sha-ni regions=3 bytes={bytes} nmis=0 \
             action={action}"
        )
    }

    /// Returns the output of a run with this end: all lines one second after the start, and the end after `seconds`.
    fn evidence(end: End, seconds: u64, ports: [&[&str]; 2]) -> Evidence {
        let started = Instant::now();
        let line =
            |text: &&str| Line { at: started + Duration::from_secs(1), text: (*text).into() };
        let ports = ports.map(|lines| lines.iter().map(line).collect()).to_vec();
        let ended = started + Duration::from_secs(seconds);
        Evidence { end, started, ended, ports, screen: Vec::new() }
    }

    fn passes(evidence: &Evidence, case: &Case) -> bool {
        let expected: Expected = case.ours.expected;
        evidence.seen(case, RELEASE, &[]).is_ok_and(|seen| seen.check(&expected).is_ok())
    }

    fn linux(name: &str, end: End, seconds: u64, ports: [&[&str]; 2]) -> bool {
        passes(&evidence(end, seconds, ports), case(Loader::Linux, name))
    }

    #[test]
    fn a_boot_needs_the_kernel_and_its_dump() {
        let clean = |end, lines: &[&str]| linux("clean", end, 6, [lines, &[]]);
        assert!(clean(End::Resets, &BOOTS));
        for without in BOOTS {
            let lines: Vec<&str> = BOOTS.into_iter().filter(|line| *line != without).collect();
            assert!(!clean(End::Resets, &lines), "{without}");
        }
        assert!(!clean(End::Resets, &[BOOTS[0], "guest: capture kernel 6.2", BOOTS[2]]));
        assert!(!clean(End::Resets, &[BOOTS[0], BOOTS[1], "guest: makedumpfile status=1 bytes="]));
        assert!(!clean(End::Halts, &BOOTS));
        assert!(!linux("kernel-changed", End::Resets, 6, [&BOOTS, &[]]));
        let stray =
            ["purgatory: one digest covers all regions: which of them has changed cannot be told"];
        assert!(!linux("clean", End::Resets, 6, [&BOOTS, &stray]));
        assert!(!linux("clean", End::Resets, 6, [&BOOTS, &["purgatory: odd"]]));
        let exec = ["guest: new kernel 6.1", "guest: command line marker=jkzqxvwy"];
        let started = |lines: &[&str]| {
            passes(&evidence(End::Resets, 6, [lines, &[]]), case(Loader::KexecTools, "exec-64bit"))
        };
        assert!(started(&exec) && !started(&exec[..1]) && !started(&exec[1..]));
    }

    #[test]
    fn xen_starts_with_its_multiboot_information() {
        let lines = [
            "(XEN) Xen version 4.17.7 (Debian)",
            "(XEN) Bootloader: kexec 2.0.25",
            "(XEN) Command line: console=com1 marker=jkzqxvwy",
            "(XEN) Multiboot-e820 RAM map:",
            "(XEN) System RAM: 1023MB (1048060kB)",
            "(XEN) ELF: not an ELF binary",
        ];
        let case = case(Loader::KexecTools, "exec-multiboot2");
        let started = |lines: &[&str]| passes(&evidence(End::Resets, 6, [lines, &[]]), case);
        assert!(started(&lines));
        for without in lines {
            let rest: Vec<&str> = lines.into_iter().filter(|line| *line != without).collect();
            assert!(!started(&rest), "{without}");
        }
        for kib in ["1047551", "1048576", "104806O"] {
            let other = lines.map(|line| line.replace("1048060", kib));
            assert!(!started(&other.each_ref().map(String::as_str)), "{kib}");
        }
    }

    #[test]
    fn a_mismatch_needs_its_report_on_the_right_port() {
        let good = verdict("linux", "mismatch", 9, "halt");
        let report = [PANIC, REGIONS[0], REGIONS[1], REGIONS[2], &good];
        let changed = |lines: &[&str]| linux("kernel-changed", End::Halts, 2, [lines, &[]]);
        assert!(changed(&report));
        for without in &report[1..] {
            let lines: Vec<&str> = report.into_iter().filter(|line| line != without).collect();
            assert!(!changed(&lines), "{without}");
        }
        assert!(!changed(&[report.as_slice(), &[&good]].concat()));
        assert!(!changed(&[report.as_slice(), &["purgatory: odd"]].concat()));
        for (status, bytes, action, loader) in [
            ("verified", 9, "halt", "linux"),
            ("mismatch", 0, "halt", "linux"),
            ("mismatch", 9, "reset", "linux"),
            ("mismatch", 9, "halt", "native"),
        ] {
            let other = verdict(loader, status, bytes, action);
            let mut lines = report.to_vec();
            lines[4] = &other;
            assert!(!changed(&lines), "{other}");
        }
        assert!(!linux("kernel-changed", End::Resets, 2, [&report, &[]]));
        assert!(!linux("console-ttyS1", End::Halts, 2, [&report, &[]]));
        assert!(linux("console-ttyS1", End::Halts, 2, [&[PANIC], &report[1..]]));
        assert!(!linux("kernel-changed", End::Halts, 2, [&[PANIC], &report[1..]]));
    }

    #[test]
    fn a_reset_comes_when_it_is_configured() {
        let reset = verdict("linux", "mismatch", 9, "reset");
        let report = [PANIC, REGIONS[0], REGIONS[1], REGIONS[2], &reset];
        // panic=3, and the verdict after one second.
        let after = |seconds| linux("panic-seconds", End::Resets, seconds, [&report, &[]]);
        assert!(after(4));
        assert!(!after(2));
        assert!(!after(60));
        let mut late = evidence(End::Resets, 80, [&report, &[]]);
        late.ports[0][4].at += Duration::from_secs(75);
        assert!(!passes(&late, case(Loader::Linux, "panic-seconds")));
    }

    #[test]
    fn a_native_purgatory_digests_nothing_before_its_own_parts_are_verified() {
        let end = |bytes| {
            let verdict = verdict("native", "code-corrupted", bytes, "halt");
            let evidence = evidence(End::Halts, 2, [&[PANIC, &verdict], &[]]);
            passes(&evidence, case(Loader::Native, "code-changed"))
        };
        assert!(end(0) && !end(9));
    }
}
