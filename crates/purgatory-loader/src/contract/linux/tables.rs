//! Rules for the symbols through which the kernel talks to the purgatory.

use crate::contract::rules::Check;
use crate::contract::rules::symbols::{by_address, set};
use crate::contract::{Level, Rule};
use purgatory_abi::linux::{
    ENTRY64_REGS as REGS, REGION_SLOTS, SHA_REGIONS as REGIONS, SHA256_DIGEST as DIGEST,
    STACK_END as STACK,
};
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};

pub(super) const ENTRY64_REGS: Check = Check {
    rule: Rule {
        name: "entry64_regs: global, 136 bytes, not bss",
        level: Level::Must,
        why: "the kernel reads and writes the registers of the next kernel there, or fails the load",
    },
    look: |blob| set(blob, REGS, size_of::<EntryRegs>()),
};

pub(super) const SHA_REGIONS: Check = Check {
    rule: Rule {
        name: "purgatory_sha_regions: global, 256 bytes, not bss",
        level: Level::Must,
        why: "the kernel writes there which memory to verify, or fails the load",
    },
    look: |blob| set(blob, REGIONS, REGION_SLOTS * size_of::<Region>()),
};

pub(super) const SHA256_DIGEST: Check = Check {
    rule: Rule {
        name: "purgatory_sha256_digest: global, 32 bytes, not bss",
        level: Level::Must,
        why: "the kernel writes there the digest of that memory, or fails the load",
    },
    look: |blob| set(blob, DIGEST, DIGEST_BYTES),
};

pub(super) const STACK_END: Check = Check {
    rule: Rule {
        name: "stack_end: global, loaded",
        level: Level::Must,
        why: "the kernel makes its address the stack pointer of the next kernel; bss is allowed",
    },
    look: |blob| by_address(blob, STACK),
};
