//! The SHA-256 backends without an operating system, on processors of every kind: the boot shim checks them against
//! NIST's vectors and against another implementation, and counts their instructions. QEMU emulates all but AVX-512, and
//! Bochs that too.

#![cfg(feature = "qemu")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use boot_shim::end::End;
use qemu_tests::bochs::Bochs;
use qemu_tests::qemu::Qemu;
use qemu_tests::workspace;

/// More than a run needs, even on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_secs(120);
/// Between two looks at what the shim says.
const POLL: Duration = Duration::from_millis(20);
const LOG: &str = "shim.log";
/// NIST's files, in the crate that the backends are in.
const VECTORS: &str = "crates/purgatory-sha256/tests/nist-cavp";
const FILES: [&str; 3] = ["SHA256ShortMsg.rsp", "SHA256LongMsg.rsp", "SHA256Monte.rsp"];

/// The backends, those of better processors first.
const AVX512: [&str; 2] = ["avx512-short", "avx512"];
const SHA_NI: [&str; 3] = ["sha-ni-x3", "sha-ni-x2", "sha-ni"];
const AVX2: [&str; 1] = ["avx2"];
const SSSE3: [&str; 1] = ["ssse3"];
const ALL_HAVE: [&str; 2] = ["sse2", "scalar"];

/// Which emulator, and which of its processors.
#[derive(Clone, Copy)]
enum Machine {
    Qemu(&'static str),
    /// QEMU, whose time-stamp counter counts instructions.
    QemuCounting(&'static str),
    Bochs(&'static str),
}
use Machine::{Bochs as InBochs, Qemu as InQemu, QemuCounting};

/// What the shim said of the backends, and how it ended.
struct Said {
    lines: Vec<String>,
    end: End,
}

impl Said {
    /// What stands behind `key=` in the line of each backend, in order.
    fn values(&self, key: &str) -> Vec<(&str, &str)> {
        self.lines
            .iter()
            .filter_map(|line| {
                let mut words = line.split(' ');
                let name = words.next()?;
                let value = words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))?;
                Some((name, value))
            })
            .collect()
    }

    fn names(&self) -> Vec<&str> {
        self.values("messages").into_iter().map(|(name, _)| name).collect()
    }
}

/// Lets the shim do a task, with NIST's vectors as its module.
fn run(machine: Machine, task: &str) -> Said {
    try_run(machine, task, &vectors().unwrap()).unwrap()
}

fn try_run(machine: Machine, task: &str, module: &[u8]) -> Result<Said> {
    let (emulator, model) = match machine {
        InQemu(model) => ("qemu", model),
        QemuCounting(model) => ("qemu-counting", model),
        InBochs(model) => ("bochs", model),
    };
    let folder = workspace::runs().join("sha256").join(format!("{emulator}-{model}-{task}"));
    let command_line = format!("sha256={task}");
    let program = workspace::root().join("target/purgatory/boot-shim.elf");
    let text = if let InBochs(model) = machine {
        let bytes = fs::read(&program)
            .with_context(|| format!("no {}: run `cargo xtask build`", program.display()))?;
        let bochs = Bochs { model, program: &bytes, command_line: &command_line, module };
        bochs.run(&folder, LIMIT)?.debugcon
    } else {
        let counting = matches!(machine, QemuCounting(_));
        in_qemu(&folder, model, counting, &program, &command_line, module)?
    };
    let end = End::of(&text).with_context(|| format!("no end: {text}"))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("shim: "));
    let lines = lines.map(|line| line.strip_prefix("sha256: ").unwrap_or(line).to_owned());
    Ok(Said { lines: lines.collect(), end })
}

fn in_qemu(
    folder: &Path,
    model: &str,
    counting: bool,
    program: &Path,
    command_line: &str,
    module: &[u8],
) -> Result<String> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file: PathBuf = folder.join("module");
    fs::write(&file, module).with_context(|| format!("cannot write {}", file.display()))?;
    let log = folder.join(LOG);
    fs::write(&log, "").context("cannot empty a log")?;
    let icount: &[&str] = if counting { &["-icount", "shift=0,sleep=off"] } else { &[] };
    let vm = Qemu::new(folder, LIMIT)
        .args(["-machine", "pc", "-cpu", model, "-m", "256M", "-append", command_line])
        .args([Path::new("-kernel"), program, Path::new("-initrd"), &file])
        .args(icount)
        .debugcon_file(LOG)
        .start()?;
    loop {
        let ended = vm.try_wait()?;
        let text = fs::read_to_string(&log).context("cannot read what the shim says")?;
        if End::of(&text).is_some() {
            return Ok(text);
        }
        ensure!(ended.is_none(), "{ended:?}: {}\n{text}", vm.output());
        thread::sleep(POLL);
    }
}

/// NIST's vectors, as the shim wants them.
fn vectors() -> Result<Vec<u8>> {
    let folder = workspace::root().join(VECTORS);
    let read = |name| {
        let path = folder.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let files: Vec<Vec<u8>> = FILES.into_iter().map(read).collect::<Result<_>>()?;
    Ok(files.concat())
}

/// The machine has just these backends, and all of them give the right digests.
fn has(machine: Machine, backends: &[&[&str]]) {
    let said = run(machine, "check");
    assert_eq!(said.names(), backends.concat(), "{:#?}", said.lines);
    assert_eq!(said.end, End::Passed, "{:#?}", said.lines);
    assert!(said.values("wrong").iter().all(|(_, wrong)| *wrong == "0"), "{:#?}", said.lines);
}

#[test]
fn max() {
    has(InQemu("max"), &[&SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn epyc_rome() {
    has(InQemu("EPYC-Rome"), &[&SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn haswell_notsx() {
    has(InQemu("Haswell-noTSX"), &[&AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn nehalem() {
    has(InQemu("Nehalem"), &[&SSSE3, &ALL_HAVE]);
}

#[test]
fn qemu64() {
    has(InQemu("qemu64"), &[&ALL_HAVE]);
}

#[test]
fn skylake_x_in_bochs() {
    has(InBochs("corei7_skylake_x"), &[&AVX512, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn icelake_in_bochs() {
    has(InBochs("corei7_icelake_u"), &[&AVX512, &SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

/// A flipped bit in one of NIST's messages and in one of another shape is found with every backend.
fn finds_what_is_wrong(machine: Machine) {
    let said = run(machine, "broken");
    assert_eq!(said.end, End::Failed, "{:#?}", said.lines);
    let rows = said.values("wrong");
    assert!(rows.len() >= ALL_HAVE.len(), "{:#?}", said.lines);
    for (name, wrong) in rows {
        assert_eq!(wrong, "2", "{name}: {:#?}", said.lines);
        for message in ["nist: message 128 of 129, 6400 bytes", "shape: message 63 of 64, "] {
            let line = format!("wrong digest: {name} {message}");
            let found = said.lines.iter().filter(|said| said.starts_with(&line)).count();
            assert_eq!(found, 1, "{line}: {:#?}", said.lines);
        }
    }
}

#[test]
fn a_flipped_bit_is_found() {
    finds_what_is_wrong(InQemu("max"));
}

#[test]
fn a_flipped_bit_is_found_in_bochs() {
    finds_what_is_wrong(InBochs("corei7_icelake_u"));
}

#[test]
fn a_module_that_is_not_nist_s_is_an_error() {
    let said = try_run(InQemu("qemu64"), "check", b"Len = 8\nMsg = xy\n").unwrap();
    assert_eq!(said.end, End::Error);
    assert!(said.lines[0].starts_with("error: the vectors: \"xy\""), "{:#?}", said.lines);
}

#[test]
fn instructions_are_counted() {
    let said = run(QemuCounting("max"), "count");
    assert_eq!(said.end, End::Passed, "{:#?}", said.lines);
    let rows = said.values("instructions-per-byte");
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, [&SHA_NI[..], &AVX2, &SSSE3, &ALL_HAVE].concat());
    println!("{:#?}", said.lines);
    let again = run(QemuCounting("max"), "count");
    assert_eq!(again.values("instructions-per-byte"), rows);
}

#[test]
fn a_clock_that_does_not_count_instructions_is_refused() {
    let said = run(InQemu("qemu64"), "count");
    assert_eq!(said.end, End::Failed, "{:#?}", said.lines);
    assert!(said.lines[0].ends_with("start QEMU with -icount"), "{:#?}", said.lines);
    assert!(said.values("instructions-per-byte").is_empty());
}
