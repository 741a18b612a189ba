//! Loads that must fail, each with its message and exit status, and the image loaded before them, which must stay
//! loaded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::case::Purgatory;
use super::cases::native::PANIC;
use super::load;
use super::seen::End;
use super::site::Site;
use super::state::{COMMAND_LIMIT, State};
use super::watch;
use crate::guest::initramfs::{INITRD, KERNEL};
use crate::guest::running::Guest;
use crate::workspace;

/// From the panic to the end.
const END_LIMIT: Duration = Duration::from_secs(120);

/// A load that must fail.
struct Refusal {
    /// A line of shell that makes it so; empty if there is nothing to do.
    before: &'static str,
    /// The arguments of `purgatory`.
    arguments: &'static str,
    /// Who runs it.
    user: User,
    /// Its exit status, as docs/loading.md lists them.
    status: u8,
    /// A part of its message.
    message: &'static str,
}

enum User {
    Root,
    Nobody,
}

const fn rejected(arguments: &'static str, status: u8, message: &'static str) -> Refusal {
    Refusal { before: "", arguments, user: User::Root, status, message }
}

/// Loads that fail while a crash image is loaded. The last one leaves the machine locked down.
const REFUSALS: &[Refusal] = &[
    rejected("exec", 3, "Nothing has been loaded"),
    rejected("load --panic /boot/no-such-file", 2, "/boot/no-such-file"),
    rejected("load --panic /boot/initrd", 4, "not a kernel"),
    Refusal {
        before: "head -c 1000000 /boot/vmlinuz >/tmp/short",
        ..rejected("load --panic /tmp/short", 5, "is truncated")
    },
    Refusal {
        before: "truncate -s 260M /tmp/large",
        ..rejected("load --panic /boot/vmlinuz --initrd=/tmp/large", 6, "/tmp/large has at least")
    },
    Refusal {
        before: "truncate -s 220M /tmp/large",
        ..rejected("load --panic /boot/vmlinuz --initrd=/tmp/large", 6, "initrd")
    },
    Refusal {
        before: "rm /tmp/large; mkdir -p /etc; echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd",
        user: User::Nobody,
        ..rejected("load --panic /boot/vmlinuz", 8, "run it as root")
    },
    Refusal {
        before: "mount -t securityfs securityfs /sys/kernel/security; \
                 echo confidentiality >/sys/kernel/security/lockdown",
        ..rejected("load --panic /boot/vmlinuz", 9, "kexec_file_load")
    },
    rejected("unload --panic", 9, "lockdown"),
];

/// Loads that fail without memory for a capture kernel, or after kexec_load was disabled.
const WITHOUT_MEMORY: Refusal = Refusal {
    before: "echo 0 >/sys/kernel/kexec_crash_size",
    ..rejected("load --panic /boot/vmlinuz", 7, "crashkernel=")
};
const SWITCHED_OFF: Refusal = Refusal {
    before: "echo 1 >/proc/sys/kernel/kexec_load_disabled",
    ..rejected("load /boot/vmlinuz", 10, "reboot")
};

/// Loads a crash image, tries every load that must fail, and lets the kernel panic: the first image must boot.
///
/// # Errors
/// A load succeeds, fails otherwise than documented, or unloads the first image.
pub fn loaded_stays(state: &Arc<State>) -> Result<()> {
    let mut guest = start(state, "loaded-stays")?;
    loaded(&guest, "0")?;
    guest.run(&load::load(&PANIC, Purgatory::Ours), COMMAND_LIMIT)?;
    for refusal in REFUSALS {
        refused(&guest, refusal)?;
        loaded(&guest, "1").with_context(|| format!("after `purgatory {}`", refusal.arguments))?;
    }

    let (started, site) = (Instant::now(), Site::native(&guest)?);
    guest.vm.serial(0).send("echo c > /proc/sysrq-trigger")?;
    let end = watch::end(&mut guest, Some(&site), started + END_LIMIT)?;
    let tails = watch::tails(&guest.vm);
    ensure!(end == End::Resets, "the end: {end:?}; the last lines were:\n{tails}");
    let up = format!("guest: capture kernel {}", state.setup().files()?.release);
    let lines = guest.vm.serial(0).finish()?;
    ensure!(lines.iter().any(|line| line.text == up), "the loaded image does not boot:\n{tails}");
    Ok(())
}

/// Unloads a crash image and gives its memory back: then no other can be loaded, but a kernel for `purgatory exec` can,
/// until that is switched off.
///
/// # Errors
/// As of [`loaded_stays`].
pub fn without_memory(state: &Arc<State>) -> Result<()> {
    let guest = start(state, "without-memory")?;
    guest.run(&load::load(&PANIC, Purgatory::Ours), COMMAND_LIMIT)?;
    loaded(&guest, "1")?;
    guest.run("purgatory unload --panic", COMMAND_LIMIT)?;
    loaded(&guest, "0")?;
    refused(&guest, &WITHOUT_MEMORY)?;
    let load = format!("purgatory load {KERNEL} --initrd={INITRD}");
    guest.run(&load, COMMAND_LIMIT)?;
    guest.run("[ $(cat /sys/kernel/kexec_loaded) = 1 ]", COMMAND_LIMIT)?;
    refused(&guest, &SWITCHED_OFF)?;
    guest.run("[ $(cat /sys/kernel/kexec_loaded) = 1 ]", COMMAND_LIMIT)
}

fn start(state: &Arc<State>, name: &str) -> Result<Guest> {
    let directory = format!("native-{}-{name}", state.setup().kernel.name);
    state.start(&workspace::runs().join(directory), None)
}

fn refused(guest: &Guest, refusal: &Refusal) -> Result<()> {
    if !refusal.before.is_empty() {
        guest.run(refusal.before, COMMAND_LIMIT)?;
    }
    let command = format!("purgatory {}", refusal.arguments);
    let line = match refusal.user {
        User::Root => command.clone(),
        User::Nobody => format!("su nobody -c '{command}'"),
    };
    let answer = guest.ask(&line, COMMAND_LIMIT)?;
    let as_documented = answer.status == refusal.status
        && answer.lines.len() == 1
        && answer.lines[0].contains(refusal.message);
    ensure!(
        as_documented,
        "`{command}` is to end with {} and \"{}\" in one line, and there was {answer:?}",
        refusal.status,
        refusal.message
    );
    Ok(())
}

fn loaded(guest: &Guest, expected: &str) -> Result<()> {
    let line = format!("[ $(cat /sys/kernel/kexec_crash_loaded) = {expected} ]");
    guest.run(&line, COMMAND_LIMIT).context("the loaded state differs")
}
