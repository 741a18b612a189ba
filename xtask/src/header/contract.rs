//! What of purgatory-abi a loader in C needs.

use super::c::{Text, fields, types};
use anyhow::Result;
use purgatory_abi::native::{
    CHUNK_BYTES, CONSOLES, Console, ConsoleKind, ENTRY, FLAGS, HEADER, Header, LIST_BYTES,
    ListHeader, MAGIC, OnFailure, Policy, SEGMENTS, SegmentEntry, SegmentKind, VERSION,
};
use purgatory_abi::status::{Action, Status, Warning};
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};

types! {
    Region = "struct purgatory_region",
    EntryRegs = "struct purgatory_entry_regs",
    Policy = "struct purgatory_policy",
    Console = "struct purgatory_console",
    Header = "struct purgatory_header",
    ListHeader = "struct purgatory_list_header",
    SegmentEntry = "struct purgatory_segment_entry",
}

const START: &str = "\
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The native contract of the purgatory, for loaders in C. docs/native-contract.md explains each field and has an example.
 *
 * Made by `cargo xtask header` of crates/purgatory-abi: change that, and make it again.
 *
 * All numbers are little-endian, all addresses physical, all lengths in bytes.
 */
#ifndef PURGATORY_H
#define PURGATORY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PURGATORY_ASSERT(what, message) static_assert(what, message)
#else
#define PURGATORY_ASSERT(what, message) _Static_assert(what, message)
#endif
";

const END: &str = "#endif /* PURGATORY_H */\n";

/// The members of a code enum: number and name.
macro_rules! codes {
    ($of:ty) => {
        <$of>::ALL.iter().map(|member| (member.code(), member.name()))
    };
}

/// The whole file.
///
/// # Errors
/// A structure has a field that is not listed here.
pub(super) fn header() -> Result<String> {
    let mut text = Text::default();
    text.line(START);
    constants(&mut text);
    text.codes("What a segment is.", "segment_kind", "SEGMENT", codes!(SegmentKind));
    text.codes(
        "What is done when the image must not be started.",
        "on_failure",
        "ON_FAILURE",
        codes!(OnFailure),
    );
    text.codes("What a console is.", "console_kind", "CONSOLE", codes!(ConsoleKind));
    text.codes(
        "How a verification ended: `status` of the verdict.",
        "status",
        "STATUS",
        codes!(Status),
    );
    text.codes(
        "What else was odd: the warnings of a report.",
        "warning",
        "WARNING",
        codes!(Warning),
    );
    text.codes("What was done then: `action` of the verdict.", "action", "ACTION", codes!(Action));
    structures(&mut text)?;
    Ok(text.finish() + END)
}

fn constants(text: &mut Text) {
    let magic = MAGIC.escape_ascii();
    text.constant("Symbol of the entry point.", "ENTRY", format_args!("\"{ENTRY}\""));
    text.constant("Symbol of the header.", "HEADER", format_args!("\"{HEADER}\""));
    text.constant(
        "What a header begins with; no zero ends it.",
        "MAGIC",
        format_args!("\"{magic}\""),
    );
    text.constant("The version of the contract.", "VERSION", VERSION);
    text.constant("The flags that this version has.", "FLAGS", FLAGS);
    let from = Header::DIGESTED_FROM;
    text.constant("Where the part of the header that has a digest begins.", "DIGESTED_FROM", from);
    text.constant("Bytes in a SHA-256 digest.", "DIGEST_BYTES", DIGEST_BYTES);
    text.constant("Bytes that one digest of a segment covers.", "CHUNK_BYTES", CHUNK_BYTES);
    text.constant("The most segments, the purgatory's own included.", "SEGMENTS", SEGMENTS);
    text.constant("The longest segment digest list, in bytes.", "LIST_BYTES", LIST_BYTES);
    text.constant("The most consoles.", "CONSOLES", CONSOLES);
    text.line("");
}

fn structures(text: &mut Text) -> Result<()> {
    text.structure::<Region>("A piece of memory.", fields!(Region: start len))?;
    text.structure::<EntryRegs>(
        "The registers with which the image is entered.",
        fields!(EntryRegs: rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip),
    )?;
    text.structure::<Policy>(
        "What is done on failure, and said on success.",
        fields!(Policy: on_failure verbose reserved seconds),
    )?;
    text.structure::<Console>(
        "Where the purgatory speaks.",
        fields!(Console: kind reserved baud address),
    )?;
    text.structure::<Header>(
        "The header. The build writes magic, version, header_bytes and known.",
        fields!(Header: magic version header_bytes header_digest known flags entry list list_digest
            code_digest policy consoles),
    )?;
    text.structure::<ListHeader>(
        "What the segment digest list begins with.",
        fields!(ListHeader: segments chunk_bytes digests),
    )?;
    text.structure::<SegmentEntry>(
        "A segment. Behind the last are the digests, one a chunk.",
        fields!(SegmentEntry: kind verified reserved address payload zeros first_digest),
    )
}
