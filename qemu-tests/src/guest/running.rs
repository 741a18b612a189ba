//! The guest with the running kernel: it reports facts about itself and runs commands of the host.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::memory::Memory;
use crate::qemu::{Line, Vm};

/// The prefix of the lines of `init.sh`.
pub const SAYS: &str = "guest: ";

/// From power-on to the first command: 5 s on an idle host, four times that on a busy one.
const BOOT_LIMIT: Duration = Duration::from_secs(90);

/// With `nokaslr`, x86-64 Linux maps its text here: `__START_KERNEL_map` of `arch/x86/include/asm/page_64_types.h`.
const KERNEL_MAP: u64 = 0xffff_ffff_8000_0000;

/// The line of `init.sh` when a command has ended.
const STATUS: &str = "guest: status ";

/// The result of a line of shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its exit status.
    pub status: u8,
    /// Its output.
    pub lines: Vec<String>,
}

/// A running kernel that waits for commands.
pub struct Guest {
    /// The machine.
    pub vm: Vm,
    /// Its RAM.
    pub memory: Memory,
    /// Facts that the kernel reported about itself.
    pub facts: Facts,
}

/// Facts that the kernel reported about itself. Addresses are physical.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Of the embedded purgatory.
    pub kexec_purgatory: u64,
    /// Of the number that holds its size in bytes.
    pub kexec_purgatory_size: u64,
    /// The memory that is reserved for the capture kernel. With `crashkernel=…,high` there is more below 4 GiB, in
    /// which nothing can be loaded.
    pub crash_region: Range<u64>,
    /// Whether the kernel rewrites elfcorehdr on hotplug, and so keeps it out of the digest.
    pub crash_hotplug: bool,
}

impl Guest {
    /// Waits until the kernel is ready.
    ///
    /// # Errors
    /// It does not come up in time, or tells no facts.
    pub fn new(vm: Vm, memory: Memory) -> Result<Self> {
        let ready = |line: &str| line == "guest: ready";
        vm.serial(0).wait_for(0, BOOT_LIMIT, "the running kernel was ready", ready)?;
        let facts = Facts::of(&vm.serial(0).lines())?;
        Ok(Self { vm, memory, facts })
    }

    /// Has the guest run one line of shell.
    ///
    /// # Errors
    /// It fails, or takes longer than `limit`; the error holds its output.
    pub fn run(&self, command: &str, limit: Duration) -> Result<()> {
        if self.ask(command, limit)?.status != 0 {
            bail!("`{command}` failed in the guest:\n{}", self.vm.serial(0).tail());
        }
        Ok(())
    }

    /// Runs one line of shell in the guest. Returns its output and exit status.
    ///
    /// # Errors
    /// It takes longer than `limit`; the error holds its output.
    pub fn ask(&self, command: &str, limit: Duration) -> Result<Answer> {
        let serial = self.vm.serial(0);
        let from = serial.count();
        serial.send(command)?;
        let done = |line: &str| line.starts_with(STATUS);
        let (last, line) = serial.wait_for(from, limit, "the command ended", done)?;
        let status = line
            .text
            .trim_start_matches(STATUS)
            .parse()
            .context("the text is not an exit status")?;
        let lines = serial.lines()[from..last].iter().map(|line| line.text.clone()).collect();
        Ok(Answer { status, lines })
    }
}

impl Facts {
    fn of(lines: &[Line]) -> Result<Self> {
        let words: Vec<Vec<&str>> = lines
            .iter()
            .filter_map(|line| Some(line.text.strip_prefix(SAYS)?.split(' ').collect()))
            .collect();
        let symbol = |name: &str| {
            let address = words.iter().find_map(|words| match words[..] {
                ["symbol", known, address] if known == name => Some(address),
                _ => None,
            });
            let address = address.with_context(|| format!("the kernel has no symbol {name}"))?;
            let address = u64::from_str_radix(address, 16).context("the text is not an address")?;
            address.checked_sub(KERNEL_MAP).context("the kernel hides its addresses")
        };
        let crash_region = words.iter().rev().find_map(|words| match words[..] {
            ["crash", range] => {
                let (start, last) = range.split_once('-')?;
                let number = |text| u64::from_str_radix(text, 16).ok();
                Some(number(start)?..number(last)? + 1)
            }
            _ => None,
        });
        Ok(Self {
            kexec_purgatory: symbol("kexec_purgatory")?,
            kexec_purgatory_size: symbol("kexec_purgatory_size")?,
            crash_region: crash_region.context("the kernel has no crash region")?,
            crash_hotplug: words.iter().any(|words| words[..] == ["hotplug", "yes"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Result<Facts> {
        let at = std::time::Instant::now();
        let line = |text: &str| Line { at, text: text.to_owned() };
        Facts::of(&text.lines().map(line).collect::<Vec<_>>())
    }

    const SAID: &str = "[    1.0] booting\n\
        guest: symbol kexec_purgatory ffffffff82345678\n\
        guest: symbol kexec_purgatory_size ffffffff82349678\n\
        guest: crash 20000000-2fffffff\n\
        guest: hotplug yes\n";

    #[test]
    fn facts_are_read() {
        let expected = Facts {
            kexec_purgatory: 0x234_5678,
            kexec_purgatory_size: 0x234_9678,
            crash_region: 0x2000_0000..0x3000_0000,
            crash_hotplug: true,
        };
        assert_eq!(facts(SAID).unwrap(), expected);
        assert!(!facts(&SAID.replace("yes", "no")).unwrap().crash_hotplug);
        let high = format!("{SAID}guest: crash 110000000-11fffffff\n");
        assert_eq!(facts(&high).unwrap().crash_region, 0x1_1000_0000..0x1_2000_0000);
    }

    #[test]
    fn a_missing_fact_is_named() {
        let without = |what: &str| facts(&SAID.replace(what, "x")).unwrap_err().to_string();
        assert!(without("symbol kexec_purgatory_size").contains("no symbol kexec_purgatory_size"));
        assert!(without("crash 2").contains("no crash region"));
        assert!(without("ffffffff82345678").contains("not an address"));
        let hidden = SAID.replace("ffffffff82345678", "0");
        assert!(facts(&hidden).unwrap_err().to_string().contains("hides"));
    }
}
