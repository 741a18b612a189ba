//! The native purgatory: purgatory-loader seals it.

use super::{Digested, PURGATORY, Placed, Tables, contents, own_region};
use anyhow::{Context, Result};
use purgatory_abi::EntryRegs;
use purgatory_abi::native::{ENTRY, Header, ListHeader, SegmentEntry, SegmentKind};
use purgatory_loader::{Blob, Image, Layout, Options, Segment, sealed_memsz};
use purgatory_sha256::Implementation;
use std::mem::offset_of;
use zerocopy::FromBytes;

/// Places and seals the purgatory.
pub(super) fn place(blob: &Blob<'_>, segments: &[Segment<'_>]) -> Result<Placed> {
    let layout = Layout::of(blob)?;
    let mut image = Image::place(blob, PURGATORY)?;
    let entry = EntryRegs { rip: contents::ENTRY, rsi: contents::RSI, ..EntryRegs::default() };
    let implementation = Implementation::detected().next().context("no implementation")?;
    let options = Options { elfcorehdr_is_final: true, ..Options::default() };
    image.seal(entry, segments, &options, implementation, |_, _| {})?;
    let bytes = image.bytes().to_vec();
    let (header, _) = Header::read_from_prefix(&bytes).ok().context("no native header")?;

    let at = |offset: usize| PURGATORY + offset as u64;
    let registers = at(offset_of!(Header, entry))..at(offset_of!(Header, list));
    let list = header.list.start..header.list.start + header.list.len;
    let entries = size_of::<ListHeader>() + (segments.len() + 1) * size_of::<SegmentEntry>();
    let first_digest = list.start + entries as u64;
    let contents_end = PURGATORY + layout.bufsz();
    let code = at(size_of::<Header>())..contents_end;
    let first = image.symbol(ENTRY)?;
    let first = first.address..first.address + first.size;
    let copies = header.copies.start..header.copies.start + 2 * header.copies.len;
    let verified = segments.iter().zip(0..);
    Ok(Placed {
        reports: true,
        digested: verified
            .filter(|(segment, _)| segment.kind != SegmentKind::Elfcorehdr)
            .map(|(segment, index)| Digested::new(index, segment))
            .collect(),
        switches: Vec::new(),
        digests: vec![first_digest..list.end],
        list: vec![list.start..first_digest],
        header: vec![PURGATORY..registers.start, registers.end..code.start],
        bss: copies.end.max(contents_end)..PURGATORY + layout.memsz(),
        tables: Tables {
            header: PURGATORY..code.start,
            list,
            digest: 0..0,
            registers,
            code,
            first,
            checked: 0..0,
            copies,
            own: own_region(sealed_memsz(&layout, segments)),
        },
        entry,
        bytes,
    })
}
