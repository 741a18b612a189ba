//! One run in a child process: it cannot damage this one, and it ends in bounded time.

#![allow(unsafe_code, reason = "system calls: fork, and a filter of the child's own system calls")]

use crate::classify::{classify, is_corrupted};
use crate::expect::{Required, required};
use crate::fault::Fault;
use crate::image::Image;
use crate::outcome::Outcome;
use anyhow::{Context, Result, ensure};
use purgatory_runner::machine::{self, Finished};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::offset_of;
use std::os::fd::{AsRawFd, FromRawFd};
use std::time::Duration;

/// The maximum time of a run. An intact image takes some milliseconds.
const LIMIT: Duration = Duration::from_secs(1);

/// The maximum time of a child whose purgatory has destroyed the runner, in milliseconds.
const PATIENCE: libc::c_int = 10_000;

/// The result of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Its class.
    pub outcome: Outcome,
    /// The end, the required report and the output, for people.
    pub details: String,
}

/// Applies the fault and runs the purgatory, in a child process. The memory of this process does not change.
///
/// # Errors
///
/// Returns an error if the child cannot be started, or if the run fails for a reason other than the fault.
pub fn run(image: &mut Image, fault: Option<&Fault>) -> Result<Run> {
    let mut ends = [0; 2];
    // SAFETY: the call writes two numbers.
    ensure!(unsafe { libc::pipe(ends.as_mut_ptr()) } == 0, io::Error::last_os_error());
    // SAFETY: both descriptors are new, and only these values own them.
    let [mut output, mut input] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    // SAFETY: this process has one thread.
    let child = unsafe { libc::fork() };
    ensure!(child >= 0, io::Error::last_os_error());
    if child == 0 {
        let result = in_child(image, fault).map_err(|error| format!("{error:#}"));
        let written = serde_json::to_writer(&mut input, &result).is_ok() && input.flush().is_ok();
        // SAFETY: ends the process.
        unsafe { libc::_exit(i32::from(!written)) };
    }
    drop(input);
    let text = read(&mut output, child);
    // SAFETY: the child is this process's own, and the status is not requested.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    match serde_json::from_str::<Result<Run, String>>(&text?) {
        Ok(result) => result.map_err(anyhow::Error::msg),
        // The purgatory has destroyed the runner.
        Err(_) => Ok(Run { outcome: Outcome::WildJump, details: "the process was lost".into() }),
    }
}

/// Reads the child's output. Kills the child if it does not end.
fn read(output: &mut File, child: libc::pid_t) -> Result<String> {
    let mut poll = libc::pollfd { fd: output.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: the structure is a local variable.
    if unsafe { libc::poll(&mut poll, 1, PATIENCE) } != 1 {
        // SAFETY: the child is this process's own, and was not waited for.
        unsafe { libc::kill(child, libc::SIGKILL) };
    }
    let mut text = Vec::new();
    output.read_to_end(&mut text).context("cannot read the result of a run")?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Applies the fault and runs the purgatory in this process.
fn in_child(image: &mut Image, fault: Option<&Fault>) -> Result<Run> {
    if let Some(fault) = fault {
        fault.apply(&mut image.ram)?;
    }
    let required = required(image)?;
    let corrupted = is_corrupted(image, &required)?;
    forbid_system_calls_of_the_blob()?;
    let start = image.start();
    let finished = machine::run(&mut image.ram.mappings, start, LIMIT)?;
    let outcome = classify(image, &required, corrupted, &finished)?;
    Ok(Run { outcome, details: details(&required, &finished) })
}

fn details(required: &Required, finished: &Finished) -> String {
    let Finished { end, printed, printed_on_ttys1, registers, .. } = finished;
    format!(
        "required: {required:x?}\nend: {end:x?}\nregisters: {registers:x?}\n{printed}{printed_on_ttys1}"
    )
}

/// Makes system calls from addresses below 4 GiB raise SIGSYS: there is only the machine's memory.
fn forbid_system_calls_of_the_blob() -> Result<()> {
    let arch = offset_of!(libc::seccomp_data, arch) as u32;
    let rip_high = offset_of!(libc::seccomp_data, instruction_pointer) as u32 + 4;
    let load = |at| statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, at, 0, 0);
    // Skips `no` instructions if the loaded word differs.
    let equal = |value, no| statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, 0, no);
    let answer = |value| statement(libc::BPF_RET | libc::BPF_K, value, 0, 0);
    let mut filter = [
        load(arch),
        // AUDIT_ARCH_X86_64 of include/uapi/linux/audit.h.
        equal(0xc000_003e, 3),
        load(rip_high),
        equal(0, 2),
        answer(libc::SECCOMP_RET_TRAP),
        answer(libc::SECCOMP_RET_TRAP),
        answer(libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the call only restricts this process.
    let allowed = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } == 0;
    let mode = libc::SECCOMP_MODE_FILTER;
    // SAFETY: as above. The program is a local variable, which the kernel copies.
    let installed = unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &program) } == 0;
    ensure!(allowed && installed, "cannot filter system calls: {}", io::Error::last_os_error());
    Ok(())
}

fn statement(code: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}
