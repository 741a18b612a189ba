//! A drop-in purgatory: its symbols are set as the Linux kernel or kexec-tools sets them.

use super::{Digested, PURGATORY, Placed, Tables, contents, own_region};
use crate::ram::LOW;
use anyhow::{Context, Result};
use purgatory_abi::code_check;
use purgatory_abi::kexec_tools::{self, SYMBOLS};
use purgatory_abi::linux::{self, REGION_SLOTS, STACK_END};
use purgatory_abi::native::SegmentKind;
use purgatory_abi::report::PREFIX;
use purgatory_abi::{EntryRegs, Loader, Region, SymbolKind};
use purgatory_loader::{Blob, Image, Layout, Segment};
use sha2::{Digest, Sha256};
use std::ops::Range;
use zerocopy::IntoBytes;

/// Places the purgatory and sets its symbols.
pub(super) fn place(blob: &Blob<'_>, loader: Loader, segments: &[Segment<'_>]) -> Result<Placed> {
    let layout = Layout::of(blob)?;
    let mut image = Image::place(blob, PURGATORY)?;
    let digested: Vec<_> =
        (0u8..).zip(segments.iter().filter(|segment| is_digested(loader, segment))).collect();
    let mut table = [Region::default(); REGION_SLOTS];
    let mut digest = Sha256::new();
    for (index, segment) in &digested {
        let len = segment.memory_bytes();
        table[usize::from(*index)] = Region { start: segment.address, len };
        digest.update(&segment.payload);
        digest.update(vec![0; segment.zeros as usize]);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let rsp = image.symbol(STACK_END)?.address;
    let entry = EntryRegs { rip: contents::ENTRY, rsi: contents::RSI, rsp, ..EntryRegs::ZERO };
    let (regions, digest_symbol) = match loader {
        Loader::KexecTools => (kexec_tools::SHA256_REGIONS, kexec_tools::SHA256_DIGEST),
        _ => (linux::SHA_REGIONS, linux::SHA256_DIGEST),
    };
    image.set_symbol(regions, table.as_bytes())?;
    image.set_symbol(digest_symbol, &digest)?;
    let mut switches = Vec::new();
    let registers = if loader == Loader::KexecTools {
        set_switches(&mut image, &mut switches)?;
        let EntryRegs { rip, rsi, rsp, .. } = entry;
        let registers = kexec_tools::EntryRegs { rip, rsi, rsp, ..Default::default() };
        image.set_symbol(kexec_tools::ENTRY64_REGS, registers.as_bytes())?;
        kexec_tools::ENTRY64_REGS
    } else {
        image.set_symbol(linux::ENTRY64_REGS, entry.as_bytes())?;
        linux::ENTRY64_REGS
    };
    let place = |name: &str| range(&image, name).with_context(|| format!("no symbol {name}"));
    let code = PURGATORY..PURGATORY + layout.bufsz();
    let (first, checked) = match code_check::checked(image.bytes()) {
        Some(bytes) => (place(linux::ENTRY)?, PURGATORY..PURGATORY + bytes as u64),
        None => (0..0, 0..0),
    };
    let tables = Tables {
        header: 0..0,
        list: place(regions)?,
        digest: place(digest_symbol)?,
        registers: place(registers)?,
        first,
        checked,
        code,
        copies: 0..0,
        own: own_region(layout.memsz()),
    };
    switches.retain(|switch| ![&tables.list, &tables.digest, &tables.registers].contains(&switch));
    Ok(Placed {
        reports: image.bytes().windows(PREFIX.len()).any(|bytes| bytes == PREFIX.as_bytes()),
        bytes: image.bytes().to_vec(),
        digested: digested
            .into_iter()
            .map(|(index, segment)| Digested::new(index, segment))
            .collect(),
        switches,
        digests: vec![tables.digest.clone()],
        list: vec![tables.list.clone()],
        header: Vec::new(),
        bss: PURGATORY + layout.bufsz()..PURGATORY + layout.memsz(),
        tables,
        entry,
    })
}

/// Reports whether the loader's digest covers the segment. The Linux kernel leaves out elfcorehdr since 6.6.
fn is_digested(loader: Loader, segment: &Segment<'_>) -> bool {
    loader == Loader::KexecTools || segment.kind != SegmentKind::Elfcorehdr
}

/// Returns the memory of a symbol.
fn range(image: &Image, name: &str) -> Option<Range<u64>> {
    let symbol = image.symbol(name).ok()?;
    Some(symbol.address..symbol.address + symbol.size)
}

/// Sets the symbols that kexec-tools sets for a crash image besides regions, digest and registers.
fn set_switches(image: &mut Image, switches: &mut Vec<Range<u64>>) -> Result<()> {
    let end = contents::COMMAND_LINE + contents::LINE.len() as u64 - 1;
    image.set_symbol(kexec_tools::PANIC_KERNEL, &[1])?;
    image.set_symbol(kexec_tools::BACKUP_SRC_START, &LOW.start.to_le_bytes())?;
    image.set_symbol(kexec_tools::BACKUP_SRC_SIZE, &LOW.len.to_le_bytes())?;
    image.set_symbol(kexec_tools::BACKUP_START, &contents::BACKUP.to_le_bytes())?;
    image.set_symbol(kexec_tools::CMDLINE_END, &end.to_le_bytes())?;
    let tables = SYMBOLS.iter().filter(|symbol| matches!(symbol.kind, SymbolKind::Table { .. }));
    switches.extend(tables.filter_map(|symbol| range(image, symbol.name)));
    Ok(())
}
