//! Complete purgatories on a fake machine. For each loader, status, failure action and verbosity they compare the
//! registers at the jump, the text on the consoles, and the last action.

mod consoles;
mod faults;
#[cfg(feature = "kexec-tools")]
mod kexec_tools;
mod linux;
#[cfg(feature = "native")]
mod native;
#[cfg(feature = "no-continue")]
mod no_continue;

use crate::hardware::fake::{OwnedEnd, RunResult};
use purgatory_abi::EntryRegs;

/// The address of `boot_params`, and that of the command line.
const BOOT_PARAMS: u64 = 0x8_0000;
const LINE: u64 = BOOT_PARAMS + 0x1000;

/// The registers of the image's entry, in the order of the kernel's table.
const REGISTERS: EntryRegs = EntryRegs {
    rax: 1,
    rcx: 2,
    rdx: 3,
    rbx: 4,
    rsp: 5,
    rbp: 6,
    rsi: BOOT_PARAMS,
    rdi: 8,
    r8: 9,
    r9: 10,
    r10: 11,
    r11: 12,
    r12: 13,
    r13: 14,
    r14: 15,
    r15: 16,
    rip: 0x100_0200,
};

/// The parameter of each failure action, in the order of the columns of a table.
const ACTIONS: [&str; 3] =
    ["purgatory.on_failure=halt", "purgatory.on_failure=reset,7", "purgatory.on_failure=continue"];

/// The action in the verdict, for each of [`ACTIONS`].
type Row = (&'static str, [&'static str; 3]);

/// `boot_params` with this command line.
fn boot_params(line: &str) -> Vec<u8> {
    let mut bytes = vec![0; 0x1000];
    // The boot protocol's magic, cmd_line_ptr and init_size: the kernel has one page.
    bytes[0x202..0x206].copy_from_slice(b"HdrS");
    bytes[0x260..0x264].copy_from_slice(&0xfff_u32.to_le_bytes());
    bytes[0x228..0x22c].copy_from_slice(&(LINE as u32).to_le_bytes());
    bytes.extend(line.bytes());
    bytes.push(0);
    bytes
}

/// Calls `run` with the name of each row and each command line, and compares the results.
fn compare(texts: &str, rows: &[Row], registers: EntryRegs, run: impl Fn(&str, &str) -> RunResult) {
    for (name, actions) in rows {
        for (action, parameter) in actions.iter().zip(ACTIONS) {
            let end = match *action {
                "boot" | "continue" => OwnedEnd::HandOff(registers),
                "halt" => OwnedEnd::Halt,
                "reset" => OwnedEnd::Reset(7),
                other => panic!("{other} is not an action"),
            };
            let quiet = run(name, parameter);
            let verbose = run(name, &format!("{parameter} purgatory.verbose"));
            let full = text(texts, &[&format!("{name}, {action}"), name]).replace("ACTION", action);
            let on_success = text(texts, &[&format!("{name}, quiet"), "quiet"]);
            let expected = if *action == "boot" { on_success } else { full.clone() };
            let [quiet, verbose] = [quiet, verbose].map(without_address);
            assert!(quiet.text[1].is_empty() && verbose.text[1].is_empty(), "only on ttyS0");
            assert_eq!((quiet.end, &quiet.text[0]), (end, &expected), "{name}, {parameter}");
            assert_eq!(
                (verbose.end, &verbose.text[0]),
                (end, &full),
                "{name}, {parameter}, verbose"
            );
        }
    }
}

/// Replaces the address of an implementation's name, which depends on the host.
fn without_address(mut ran: RunResult) -> RunResult {
    const BEFORE: &str = "implementation-broken at ";
    let text = &mut ran.text[0];
    if let Some(at) = text.find(BEFORE) {
        let at = at + BEFORE.len();
        text.replace_range(at..at + "0x0123456789abcdef".len(), "ADDRESS");
    }
    ran
}

/// Returns the first existing section of these, with the line ends of the consoles.
fn text(texts: &str, names: &[&str]) -> String {
    let find = |name: &&str| {
        texts.split("# ").find_map(|section| section.strip_prefix(&format!("{name}\n")[..]))
    };
    let found = names.iter().find_map(find).unwrap_or_else(|| panic!("no text for {names:?}"));
    found.trim_end().lines().map(|line| format!("{line}\r\n")).collect()
}
