//! Who reads a dump, on the host: makedumpfile, drgn and crash, each of the newest suite and run by its own libraries.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::kernels::{self, Kernel};
use crate::{bounded, packages};

/// drgn, with the Python that it is a module of.
const DRGN: [&str; 2] = ["python3-drgn", "python3-minimal"];

/// The script for drgn.
const SCRIPT: &str = include_str!("drgn.py");

/// How long one reader may take: seconds, and with debugging information, of which there is a gigabyte, a minute.
const LIMIT: Duration = Duration::from_secs(240);

/// The line about the panic in the crashed kernel's log (`drivers/tty/sysrq.c`, `sysrq_handle_crash`).
const PANIC: &str = "Kernel panic - not syncing: sysrq triggered crash";

/// The length of a dump that is cut short, in bytes: its headers.
const SHORT_BYTES: u64 = 1 << 20;

/// The function in which the crashed kernel panicked.
const CRASHED_IN: &str = "sysrq_handle_crash";

/// Has makedumpfile and drgn read the dump of a kernel of this release.
///
/// # Errors
/// A reader is missing, or does not find the expected data; the error holds its output.
pub fn check(dump: &Path, release: &str) -> Result<()> {
    let log = log(dump)?;
    ensure!(log.contains(PANIC), "makedumpfile finds no panic in the log:\n{log}");
    let said = drgn(dump, None)?;
    for fact in ["vmcoreinfo", "memory"] {
        let line = format!("{fact} {release}");
        ensure!(said.lines().any(|said| said == line), "drgn does not print \"{line}\":\n{said}");
    }
    Ok(())
}

/// Has crash and drgn read the dump of this kernel with its debugging information, which is fetched: 283 MB.
///
/// # Errors
/// As of [`check`].
pub fn check_with_debug_info(dump: &Path, kernel: &Kernel, release: &str) -> Result<()> {
    let vmlinux = debug_info(kernel, release)?;
    let said = crash(dump, &vmlinux)?;
    ensure!(said.contains(CRASHED_IN), "crash shows no {CRASHED_IN}:\n{said}");
    let said = drgn(dump, Some(&vmlinux))?;
    for line in [format!("type {release}"), format!("frame {CRASHED_IN}")] {
        ensure!(said.lines().any(|said| said == line), "drgn does not print \"{line}\":\n{said}");
    }
    Ok(())
}

/// Cuts a dump short: then no reader may find the data in it.
///
/// # Errors
/// The file cannot be changed.
pub fn cut_short(dump: &Path) -> Result<()> {
    let file = File::options().write(true).open(dump).context("cannot open the dump")?;
    file.set_len(SHORT_BYTES).context("cannot cut the dump")
}

/// The crashed kernel's log.
fn log(dump: &Path) -> Result<String> {
    let root = newest()?.unpacked()?.root;
    let directory = tempfile::tempdir().context("cannot make a directory")?;
    let log = directory.path().join("log");
    let mut command = program(&root, "usr/bin/makedumpfile");
    bounded::output(command.arg("--dump-dmesg").arg(dump).arg(&log), LIMIT)?;
    let log = fs::read(&log).context("cannot read the output file of makedumpfile")?;
    Ok(String::from_utf8_lossy(&log).into_owned())
}

fn drgn(dump: &Path, vmlinux: Option<&Path>) -> Result<String> {
    let root = packages::unpacked("drgn", &newest()?.suite, &DRGN)?;
    let mut command = program(&root, "usr/bin/python3");
    command.env("PYTHONHOME", root.join("usr"));
    command.env("PYTHONPATH", root.join("usr/lib/python3/dist-packages"));
    command.args(["-c", SCRIPT]).arg(dump).args(vmlinux);
    bounded::output(&mut command, LIMIT).context("drgn")
}

fn crash(dump: &Path, vmlinux: &Path) -> Result<String> {
    let root = packages::unpacked("crash", &newest()?.suite, &["crash"])?;
    let directory = tempfile::tempdir().context("cannot make a directory")?;
    let commands = directory.path().join("commands");
    fs::write(&commands, "bt\nquit\n").context("cannot write the commands for crash")?;
    let mut command = program(&root, "usr/bin/crash");
    // Neither the user's file of commands nor one of this directory.
    command.env("HOME", directory.path()).current_dir(directory.path());
    command.args(["-s", "-i"]).arg(&commands).args([vmlinux, dump]);
    bounded::output(&mut command, LIMIT)
}

/// The kernel's ELF file with its debugging information.
fn debug_info(kernel: &Kernel, release: &str) -> Result<PathBuf> {
    let (name, package) = (format!("{}-dbg", kernel.suite), format!("linux-image-{release}-dbg"));
    let root = packages::unpacked(&name, &kernel.suite, &[&package])?;
    let vmlinux = root.join(format!("usr/lib/debug/boot/vmlinux-{release}"));
    ensure!(vmlinux.is_file(), "the package {package} has no {}", vmlinux.display());
    Ok(vmlinux)
}

fn newest() -> Result<Kernel> {
    kernels::all()?.pop().context("no kernel is known for this machine")
}

fn program(root: &Path, program: &str) -> Command {
    let (linker, args) = packages::linked(root, program);
    let mut command = Command::new(linker);
    command.args(args);
    command
}
