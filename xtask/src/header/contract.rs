//! The parts of purgatory-abi that a loader in C needs.

use super::c::{codes, constant, fields, structure, types};
use anyhow::Result;
use purgatory_abi::native::{
    CHUNK_BYTES, CONSOLES, COPIES, Console, ConsoleKind, ELFCOREHDR_DIGEST, ENTRY, FLAGS, HEADER,
    Header, LIST_BYTES, ListHeader, MAGIC, OnFailure, Policy, SEGMENTS, SegmentEntry, SegmentKind,
    VERSION,
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
 * The native contract of the purgatory, for loaders in C. docs/native-contract.md explains each field with an example.
 *
 * Generated from crates/purgatory-abi by `cargo xtask header`. Do not edit it: change the crate, and run that task.
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

/// Returns the members of an enum of codes: number and name.
macro_rules! members {
    ($of:ty) => {
        <$of>::ALL.iter().map(|member| (member.code(), member.name()))
    };
}

/// Returns the text of `purgatory.h`.
///
/// # Errors
///
/// Returns an error if a structure has a field that is not listed here.
pub(super) fn header() -> Result<String> {
    Ok([START, &constants(), &enumerations(), &structures()?, END].concat())
}

fn constants() -> String {
    let magic = MAGIC.escape_ascii();
    let from = Header::DIGESTED_FROM;
    let constants = [
        constant("Symbol of the entry point.", "ENTRY", format_args!("\"{ENTRY}\"")),
        constant("Symbol of the header.", "HEADER", format_args!("\"{HEADER}\"")),
        constant(
            "The magic at the start of a header, without a terminating zero.",
            "MAGIC",
            format_args!("\"{magic}\""),
        ),
        constant("The version of the contract.", "VERSION", VERSION),
        constant("The flags that this version defines.", "FLAGS", FLAGS),
        constant("The flag for copies of the contents.", "COPIES", COPIES),
        constant("The flag for the digest of elfcorehdr.", "ELFCOREHDR_DIGEST", ELFCOREHDR_DIGEST),
        constant(
            "The offset of the part of the header that header_digest covers.",
            "DIGESTED_FROM",
            from,
        ),
        constant("Bytes in a SHA-256 digest.", "DIGEST_BYTES", DIGEST_BYTES),
        constant("Bytes in a chunk, the unit of one digest.", "CHUNK_BYTES", CHUNK_BYTES),
        constant(
            "The maximum number of segments, the purgatory's own included.",
            "SEGMENTS",
            SEGMENTS,
        ),
        constant(
            "The maximum length of the segment digest list, in bytes.",
            "LIST_BYTES",
            LIST_BYTES,
        ),
        constant("The number of consoles in the header.", "CONSOLES", CONSOLES),
    ];
    constants.concat() + "\n"
}

fn enumerations() -> String {
    let on_failure = "The failure action: the action when the image must not be started.";
    let status = "The result of a verification: `status` of the verdict.";
    let warning = "The warnings of a report.";
    let action = "The action after the report: `action` of the verdict.";
    [
        codes("The kind of a segment.", "segment_kind", "SEGMENT", members!(SegmentKind)),
        codes(on_failure, "on_failure", "ON_FAILURE", members!(OnFailure)),
        codes("The kind of a console.", "console_kind", "CONSOLE", members!(ConsoleKind)),
        codes(status, "status", "STATUS", members!(Status)),
        codes(warning, "warning", "WARNING", members!(Warning)),
        codes(action, "action", "ACTION", members!(Action)),
    ]
    .concat()
}

fn structures() -> Result<String> {
    let structures = [
        structure::<Region>("A range of physical memory.", fields!(Region: start len))?,
        structure::<EntryRegs>(
            "The registers at the image's entry.",
            fields!(EntryRegs: rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip),
        )?,
        structure::<Policy>(
            "Failure action and verbosity.",
            fields!(Policy: on_failure verbose reserved seconds),
        )?,
        structure::<Console>(
            "A console of the report.",
            fields!(Console: kind reserved baud address),
        )?,
        structure::<Header>(
            "The header. The build writes magic, version, header_bytes and known.",
            fields!(Header: magic version header_bytes header_digest known flags entry list list_digest
                code_digest policy consoles copies elfcorehdr_digest),
        )?,
        structure::<ListHeader>(
            "The header of the segment digest list.",
            fields!(ListHeader: segments chunk_bytes digests),
        )?,
        structure::<SegmentEntry>(
            "A segment. The digests follow the last segment, one for each chunk.",
            fields!(SegmentEntry: kind verified reserved address payload zeros first_digest),
        )?,
    ];
    Ok(structures.concat())
}
