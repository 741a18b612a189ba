//! The boot shim as a multiboot kernel, started by QEMU itself: what it says of a loader that keeps its promises, and of
//! a start that is none. It is then a kernel for other loaders to show themselves on.

#![cfg(feature = "qemu")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use object::read::elf::{ElfFile32, ElfFile64};
use object::{Object, ObjectSection};
use qemu_tests::qemu::{Ended, Qemu};
use qemu_tests::workspace;

/// More than a run needs, even on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_secs(60);
/// The debug console's and ttyS0's output.
const LOGS: [&str; 2] = ["debugcon.log", "ttyS0.log"];
/// Offset of the value in the PVH note: behind three numbers and "Xen".
const NOTE_VALUE: u64 = 16;

/// A product of `cargo xtask build`.
fn product(name: &str) -> Result<Vec<u8>> {
    let path = workspace::root().join("target/purgatory").join(name);
    fs::read(&path).with_context(|| format!("no {}: run `cargo xtask build`", path.display()))
}

fn multiboot_kernel() -> Result<Vec<u8>> {
    product("boot-shim-multiboot.elf")
}

/// What came of a start.
struct Outcome {
    ended: Ended,
    /// What the debug console and ttyS0 got.
    said: [String; 2],
    /// What QEMU itself printed.
    output: String,
}

/// Starts a kernel, and waits until the machine is reset.
fn start(name: &str, kernel: &[u8]) -> Result<Outcome> {
    let folder = workspace::runs().join("multiboot").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file: PathBuf = folder.join("kernel.elf");
    fs::write(&file, kernel).with_context(|| format!("cannot write {}", file.display()))?;
    for log in LOGS {
        fs::write(folder.join(log), "").context("cannot empty a log")?;
    }
    let vm = Qemu::new(&folder, LIMIT)
        .args(["-machine", "pc", "-cpu", "max", "-m", "256M"])
        .args([Path::new("-kernel"), &file])
        .args(["-append", "some words"])
        .debugcon_file(LOGS[0])
        .serial_file(LOGS[1])
        .start()?;
    let ended = vm.wait()?;
    let said = LOGS.map(|log| fs::read_to_string(folder.join(log)).unwrap_or_default());
    Ok(Outcome { ended, said, output: vm.output() })
}

#[test]
fn the_shim_says_what_qemu_hands_over() {
    let Outcome { ended, said, output } = start("direct", &multiboot_kernel().unwrap()).unwrap();
    assert_eq!(ended, Ended::Exited(0), "{said:?} {output}");
    for said in said {
        let lines: Vec<&str> = said.lines().collect();
        let [info, state, end] = lines[..] else { panic!("not three lines: {said}") };
        let rest = info.strip_prefix("shim: multiboot1 magic=0x2badb002 cmdline=\"").unwrap();
        let (line, rows) = rest.split_once("\" memory-map=").unwrap();
        assert!(line.ends_with("kernel.elf some words"), "{info}");
        assert!(rows.parse::<u32>().unwrap() > 1, "{info}");
        assert_eq!((state, end), ("shim: multiboot state ok", "shim: end passed"));
    }
}

#[test]
fn without_its_header_qemu_takes_it_for_nothing() {
    let mut kernel = multiboot_kernel().unwrap();
    let magic = 0x1bad_b002_u32.to_le_bytes();
    let at = kernel.windows(4).position(|bytes| bytes == magic).unwrap();
    kernel[at + 4] ^= 1;
    let outcome = start("broken-header", &kernel).unwrap();
    assert_eq!(outcome.ended, Ended::Exited(1), "{}", outcome.output);
    assert_eq!(outcome.said, ["", ""]);
    assert!(outcome.output.contains("PVH"), "{}", outcome.output);
}

#[test]
fn another_loader_is_told_from_a_multiboot_one() {
    let outcome = start("pvh", &entered_through_pvh().unwrap()).unwrap();
    assert_eq!(outcome.ended, Ended::Exited(0), "{}", outcome.output);
    for said in outcome.said {
        let lines: Vec<&str> = said.lines().collect();
        let [error, _, end] = lines[..] else { panic!("not three lines: {said}") };
        assert!(error.starts_with("shim: multiboot error: eax=0x"), "{said}");
        assert!(error.ends_with(" is the magic of no multiboot loader"), "{said}");
        assert_eq!(end, "shim: end failed");
    }
}

/// The shim for a PVH start, whose note leads to the multiboot entry.
fn entered_through_pvh() -> Result<Vec<u8>> {
    let mut shim = product("boot-shim.elf")?;
    let kernel = multiboot_kernel()?;
    let entry = ElfFile32::<object::Endianness>::parse(kernel.as_slice())?.entry();
    let elf = ElfFile64::<object::Endianness>::parse(shim.as_slice())?;
    let note = elf.section_by_name(".note.pvh").context("the shim has no PVH note")?;
    let (offset, bytes) = note.file_range().context("the PVH note is not in the file")?;
    ensure!(bytes == NOTE_VALUE + 8, "the PVH note has {bytes} bytes");
    let at = usize::try_from(offset + NOTE_VALUE)?;
    shim[at..at + 8].copy_from_slice(&entry.to_le_bytes());
    Ok(shim)
}
