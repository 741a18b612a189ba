//! The plan as text for people.

use super::facts::Source;
use super::plan::{Plan, PlannedSegment};
use purgatory_abi::console::TTYS_PORTS;
use purgatory_abi::native::{CHUNK_BYTES, Console, OnFailure, Policy};
use purgatory_loader::system::syscall::KexecType;
use std::fmt::{self, Write as _};
use std::ops::Range;

impl Plan {
    /// Returns one line for a loaded kernel, and one for each warning.
    pub fn summary(&self) -> String {
        let loaded = format!(
            "loaded {} {}: {} segments, {} bytes, {} chunks\n",
            name(self.kexec_type),
            self.kernel.path.display(),
            self.segments.len(),
            self.bytes(),
            self.chunks(),
        );
        loaded + &self.warning_lines()
    }

    fn warning_lines(&self) -> String {
        self.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect()
    }
}

/// The text for people: a table.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, format, command_line, entry, .. } = self;
        let label = name(self.kexec_type);
        writeln!(f, "{label:<14}  {}, {format}, {} bytes", kernel.path.display(), kernel.bytes)?;
        if let Some(initrd) = &self.initrd {
            writeln!(f, "initrd          {}, {} bytes", initrd.path.display(), initrd.bytes)?;
        }
        // The kernel treats a line feed as white space, but here it would end the line.
        writeln!(f, "command line    {}", command_line.replace('\n', "\\n"))?;
        for (index, range) in self.memory.iter().enumerate() {
            let label = if index == 0 { "memory" } else { "" };
            writeln!(f, "{label:<14}  {}  {:>14} bytes", Physical(range), range.end - range.start)?;
        }
        writeln!(f, "entry           {entry:#018x}")?;
        writeln!(f, "on failure      {}", policy_text(self.policy))?;
        writeln!(f, "prints to       {}", consoles_text(&self.consoles, self.policy))?;
        writeln!(
            f,
            "digests         {} chunks of {CHUNK_BYTES} bytes, implementation {}",
            self.chunks(),
            self.implementation
        )?;
        if self.kexec_type == KexecType::Crash {
            let hotplug = if self.update_elfcorehdr {
                "the kernel rewrites elfcorehdr on CPU and memory hotplug"
            } else {
                "load again after CPU or memory hotplug"
            };
            writeln!(f, "hotplug         {hotplug}")?;
        }
        f.write_str("\n segment  physical range                                payload          zeros   chunks  kind\n")?;
        for (index, segment) in self.segments.iter().enumerate() {
            let PlannedSegment { kind, range, payload, chunks } = segment;
            let zeros = range.end - range.start - payload;
            let name = kind.name();
            writeln!(
                f,
                "{index:>8}  {}  {payload:>13}  {zeros:>13}  {chunks:>7}  {name}",
                Physical(range)
            )?;
        }
        f.write_char('\n')?;
        let width = self.sources.iter().map(|source| source.what.len()).max().unwrap_or_default();
        for Source { what, found } in &self.sources {
            writeln!(f, "{what:<width$}  {found}")?;
        }
        f.write_str(&self.warning_lines())
    }
}

/// Prints a half-open range as reports do: with its last byte.
struct Physical<'a>(&'a Range<u64>);

impl fmt::Display for Physical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#018x}-{:#018x}", self.0.start, self.0.end.saturating_sub(1))
    }
}

fn name(kexec_type: KexecType) -> &'static str {
    match kexec_type {
        KexecType::Normal => "kernel",
        KexecType::Crash => "capture kernel",
    }
}

fn policy_text(policy: Policy) -> String {
    match OnFailure::from_code(policy.on_failure) {
        Some(OnFailure::CommandLine) => "as given on the command line".into(),
        Some(OnFailure::Reset) => format!("reset after {} seconds", policy.seconds),
        other => other.map_or("unknown", OnFailure::name).into(),
    }
}

fn consoles_text(consoles: &[Console], policy: Policy) -> String {
    let place = match consoles {
        [] => "the consoles given on the command line".into(),
        [Console::SILENT] => "no console".into(),
        some => {
            let serial = some.iter().filter(|console| **console != Console::SILENT);
            serial.map(console_text).collect::<Vec<_>>().join(", ")
        }
    };
    let success = if policy.verbose == 0 { "" } else { ", also on success" };
    format!("{place}{success}")
}

fn console_text(console: &Console) -> String {
    let number = TTYS_PORTS.iter().position(|port| u64::from(*port) == console.address);
    let place = number.map_or_else(
        || format!("I/O port {:#x}", console.address),
        |number| format!("ttyS{number}"),
    );
    match console.baud {
        0 => place,
        baud => format!("{place} at {baud}"),
    }
}
