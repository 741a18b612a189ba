//! Loads that must fail, each with its message and exit status, and what was loaded before them, which must stay.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::case::{Image, Machine};
use super::cases::PANIC;
use super::setup::{self, Setup, TOOL_LIMIT};
use crate::crash::case::Start;
use crate::crash::outcome::End;
use crate::crash::watch;
use crate::guest::first::First;
use crate::guest::initramfs::{INITRD, KERNEL};
use crate::workspace;

/// From the panic to the end.
const END_LIMIT: Duration = Duration::from_secs(120);

/// What must fail.
struct Refusal {
    /// A line of shell that makes it so; empty if there is nothing to do.
    before: &'static str,
    /// The arguments of `purgatory`.
    arguments: &'static str,
    /// Who runs it.
    user: User,
    /// Its exit status, as docs/loading.md lists them.
    status: u8,
    /// What stands in its message.
    says: &'static str,
}

enum User {
    Root,
    Nobody,
}

/// What is refused while a crash image is loaded. The last of them leaves the machine locked down.
const REFUSALS: &[Refusal] = &[
    Refusal {
        before: "",
        arguments: "exec",
        user: User::Root,
        status: 3,
        says: "Nothing has been loaded",
    },
    Refusal {
        before: "",
        arguments: "load --panic /boot/no-such-file",
        user: User::Root,
        status: 2,
        says: "/boot/no-such-file",
    },
    Refusal {
        before: "",
        arguments: "load --panic /boot/initrd",
        user: User::Root,
        status: 4,
        says: "not a kernel",
    },
    Refusal {
        before: "head -c 1000000 /boot/vmlinuz >/tmp/short",
        arguments: "load --panic /tmp/short",
        user: User::Root,
        status: 5,
        says: "cut short",
    },
    Refusal {
        before: "truncate -s 260M /tmp/large",
        arguments: "load --panic /boot/vmlinuz --initrd=/tmp/large",
        user: User::Root,
        status: 6,
        says: "/tmp/large has more than",
    },
    Refusal {
        before: "truncate -s 220M /tmp/large",
        arguments: "load --panic /boot/vmlinuz --initrd=/tmp/large",
        user: User::Root,
        status: 6,
        says: "initrd",
    },
    Refusal {
        before: "rm /tmp/large; mkdir -p /etc; echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd",
        arguments: "load --panic /boot/vmlinuz",
        user: User::Nobody,
        status: 8,
        says: "run it as root",
    },
    Refusal {
        before: "mount -t securityfs securityfs /sys/kernel/security; \
                 echo confidentiality >/sys/kernel/security/lockdown",
        arguments: "load --panic /boot/vmlinuz",
        user: User::Root,
        status: 9,
        says: "kexec_file_load",
    },
    Refusal {
        before: "",
        arguments: "unload --panic",
        user: User::Root,
        status: 9,
        says: "lockdown",
    },
];

/// What is refused when there is no memory for a crash kernel, or kexec_load was switched off.
const WITHOUT_MEMORY: Refusal = Refusal {
    before: "echo 0 >/sys/kernel/kexec_crash_size",
    arguments: "load --panic /boot/vmlinuz",
    user: User::Root,
    status: 7,
    says: "crashkernel=",
};
const SWITCHED_OFF: Refusal = Refusal {
    before: "echo 1 >/proc/sys/kernel/kexec_load_disabled",
    arguments: "load /boot/vmlinuz",
    user: User::Root,
    status: 10,
    says: "reboot",
};

/// Loads a crash image, has every other load refused, and lets the kernel panic: what was loaded first comes up.
///
/// # Errors
/// Something is not refused, or otherwise than documented, or what was loaded is gone.
pub fn loaded_stays(setup: &Setup) -> Result<()> {
    let folder = workspace::runs().join(format!("native-{}-refusals", setup.kernel.name));
    let mut first = setup.start(Machine::Small, Image::BzImage, None, &folder, None)?;
    loaded(&first, "0")?;
    first.run(&setup::load(&PANIC), TOOL_LIMIT)?;
    for refusal in REFUSALS {
        refused(&first, refusal)?;
        loaded(&first, "1").with_context(|| format!("after `purgatory {}`", refusal.arguments))?;
    }

    let (started, region) = (Instant::now(), first.facts.crash_region.clone());
    first.vm.serial(0).send("echo c > /proc/sysrq-trigger")?;
    let end = watch::end(&mut first, Some(&region), started + END_LIMIT)?;
    let tails = watch::tails(&first.vm);
    let end = end.with_context(|| format!("no end; the last lines were:\n{tails}"))?;
    let outcome = watch::outcome(&first, Start::Panic, started, end)?;
    ensure!(outcome.end == End::Left, "the end: {outcome:#?}");
    let release = &setup.files()?.release;
    ensure!(outcome.kernel.as_ref() == Some(release), "what was loaded does not boot:\n{tails}");
    Ok(())
}

/// Unloads a crash image and gives its memory back: then no other can be loaded, but a kernel for `purgatory exec` can,
/// until that is switched off.
///
/// # Errors
/// As of [`loaded_stays`].
pub fn without_memory(setup: &Setup) -> Result<()> {
    let folder = workspace::runs().join(format!("native-{}-without-memory", setup.kernel.name));
    let first = setup.start(Machine::Small, Image::BzImage, None, &folder, None)?;
    first.run(&setup::load(&PANIC), TOOL_LIMIT)?;
    loaded(&first, "1")?;
    first.run("purgatory unload --panic", TOOL_LIMIT)?;
    loaded(&first, "0")?;
    refused(&first, &WITHOUT_MEMORY)?;
    let load = format!("purgatory load {KERNEL} --initrd={INITRD}");
    first.run(&load, TOOL_LIMIT)?;
    first.run("[ $(cat /sys/kernel/kexec_loaded) = 1 ]", TOOL_LIMIT)?;
    refused(&first, &SWITCHED_OFF)?;
    first.run("[ $(cat /sys/kernel/kexec_loaded) = 1 ]", TOOL_LIMIT)
}

fn refused(first: &First, refusal: &Refusal) -> Result<()> {
    if !refusal.before.is_empty() {
        first.run(refusal.before, TOOL_LIMIT)?;
    }
    let command = format!("purgatory {}", refusal.arguments);
    let line = match refusal.user {
        User::Root => command.clone(),
        User::Nobody => format!("su nobody -c '{command}'"),
    };
    let answer = first.ask(&line, TOOL_LIMIT)?;
    let as_documented = answer.status == refusal.status
        && answer.lines.len() == 1
        && answer.lines[0].contains(refusal.says);
    ensure!(
        as_documented,
        "`{command}` is to end with {} and \"{}\" in one line, and there was {answer:?}",
        refusal.status,
        refusal.says
    );
    Ok(())
}

fn loaded(first: &First, expected: &str) -> Result<()> {
    let line = format!("[ $(cat /sys/kernel/kexec_crash_loaded) = {expected} ]");
    first.run(&line, TOOL_LIMIT).context("what is loaded")
}
