//! The lines of shell that load a target kernel and start it.

use purgatory_abi::Loader;

use super::case::{Case, Image, Purgatory, Start};
use super::faults::MARKER;
use super::files::{IMAGE, kexec};
use super::kexec_tools::LOW;
use crate::guest::initramfs::{INITRD, KERNEL};

/// The name of the disk in the guest that a dump is written to. All kernels have NVMe built in.
const DISK: &str = "/dev/nvme0n1";

/// The line of shell that loads the case's image.
#[must_use]
pub(super) fn load(case: &Case, purgatory: Purgatory) -> String {
    let loader = match (case.loader, case.start) {
        (Loader::Linux, Start::Panic) => "kexec -s -p".to_owned(),
        (Loader::Linux, Start::Exec) => "kexec -s -l".to_owned(),
        (Loader::KexecTools, Start::Panic) => format!("{} -c -p", kexec(purgatory)),
        (Loader::KexecTools, Start::Exec) => format!("{} -c -l", kexec(purgatory)),
        (Loader::Native, Start::Panic) => "purgatory load --panic".to_owned(),
        (Loader::Native, Start::Exec) => "purgatory load".to_owned(),
    };
    command(&loader, case)
}

/// The same with any loader. Its output is shown only when it fails, because our tool's lines begin like a purgatory's.
pub(super) fn command(loader: &str, case: &Case) -> String {
    let image = match case.image {
        Image::BzImage => format!("{KERNEL} --initrd={INITRD}"),
        Image::Vmlinux => format!("{IMAGE} --initrd={INITRD}"),
        Image::Multiboot2 => format!("--type=multiboot2-x86 {IMAGE}"),
    };
    let mut line =
        format!("console={} {} nr_cpus=1 reset_devices", case.console, case.machine.parameters());
    line += &format!(" {MARKER} {}", case.parameters);
    if saves_low_memory(case) {
        line += &format!(" low={LOW}");
    }
    if case.read {
        line += &format!(" disk={DISK}");
    }
    let (line, switches) = (line.trim_end(), case.switches);
    let load = format!("{loader} {image} {switches} --command-line='{line}'");
    let load = format!("{load} >/loader.log 2>&1 || {{ s=$?; cat /loader.log; (exit $s); }}");
    // Half of the dump, in half the time.
    if case.read { format!("{load} && rm /boot/*") } else { load }
}

/// The line of shell that starts it.
pub(super) fn start(case: &Case, purgatory: Purgatory) -> String {
    match (case.start, case.loader) {
        (Start::Panic, _) => "echo c > /proc/sysrq-trigger".to_owned(),
        (Start::Exec, Loader::Linux) => "kexec -e".to_owned(),
        (Start::Exec, Loader::KexecTools) => format!("{} -e", kexec(purgatory)),
        (Start::Exec, Loader::Native) => "purgatory exec".to_owned(),
    }
}

/// Whether the run is to show that the purgatory of kexec-tools saves low memory: wherever a dump is taken, but under
/// UEFI, whose own memory may be there.
pub(super) fn saves_low_memory(case: &Case) -> bool {
    case.loader == Loader::KexecTools && case.start == Start::Panic && !case.machine.uefi
}
