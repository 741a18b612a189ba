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

/* Symbol of the entry point. */
#define PURGATORY_ENTRY "purgatory_start"
/* Symbol of the header. */
#define PURGATORY_HEADER "purgatory_header"
/* The magic at the start of a header, without a terminating zero. */
#define PURGATORY_MAGIC "PURGATRY"
/* The version of the contract. */
#define PURGATORY_VERSION 1
/* The flags that this version defines. */
#define PURGATORY_FLAGS 3
/* The flag for copies of the contents. */
#define PURGATORY_COPIES 1
/* The flag for the digest of elfcorehdr. */
#define PURGATORY_ELFCOREHDR_DIGEST 2
/* The offset of the part of the header that header_digest covers. */
#define PURGATORY_DIGESTED_FROM 48
/* Bytes in a SHA-256 digest. */
#define PURGATORY_DIGEST_BYTES 32
/* Bytes in a chunk, the unit of one digest. */
#define PURGATORY_CHUNK_BYTES 65536
/* The maximum number of segments, the purgatory's own included. */
#define PURGATORY_SEGMENTS 16
/* The maximum length of the segment digest list, in bytes. */
#define PURGATORY_LIST_BYTES 16777216
/* The number of consoles in the header. */
#define PURGATORY_CONSOLES 4

/* The kind of a segment. */
enum purgatory_segment_kind {
    PURGATORY_SEGMENT_KERNEL = 1,
    PURGATORY_SEGMENT_INITRD = 2,
    PURGATORY_SEGMENT_BOOT_PARAMS = 3,
    PURGATORY_SEGMENT_COMMAND_LINE = 4,
    PURGATORY_SEGMENT_ELFCOREHDR = 5,
    PURGATORY_SEGMENT_PURGATORY = 6,
    PURGATORY_SEGMENT_DEVICE_TREE = 7,
    PURGATORY_SEGMENT_OTHER = 8,
};

/* The failure action: the action when the image must not be started. */
enum purgatory_on_failure {
    PURGATORY_ON_FAILURE_COMMAND_LINE = 0,
    PURGATORY_ON_FAILURE_HALT = 1,
    PURGATORY_ON_FAILURE_RESET = 2,
    PURGATORY_ON_FAILURE_CONTINUE = 3,
};

/* The kind of a console. */
enum purgatory_console_kind {
    PURGATORY_CONSOLE_UNUSED = 0,
    PURGATORY_CONSOLE_16550 = 1,
    PURGATORY_CONSOLE_NONE = 2,
};

/* The result of a verification: `status` of the verdict. */
enum purgatory_status {
    PURGATORY_STATUS_VERIFIED = 0,
    PURGATORY_STATUS_MISMATCH = 1,
    PURGATORY_STATUS_REGION_WRAPS = 2,
    PURGATORY_STATUS_REGION_UNMAPPED = 3,
    PURGATORY_STATUS_REGION_COVERS_PURGATORY = 4,
    PURGATORY_STATUS_REGIONS_OVERLAP = 5,
    PURGATORY_STATUS_IMPLEMENTATIONS_BROKEN = 6,
    PURGATORY_STATUS_ENTRY_UNMAPPED = 7,
    PURGATORY_STATUS_FAULT = 8,
    PURGATORY_STATUS_INTERNAL = 9,
    PURGATORY_STATUS_REGISTERS_INVALID = 10,
    PURGATORY_STATUS_SKIPPED = 11,
    PURGATORY_STATUS_ENTRY_TOO_HIGH = 12,
    PURGATORY_STATUS_HEADER_UNKNOWN = 13,
    PURGATORY_STATUS_HEADER_CORRUPTED = 14,
    PURGATORY_STATUS_LIST_UNMAPPED = 15,
    PURGATORY_STATUS_LIST_CORRUPTED = 16,
    PURGATORY_STATUS_LIST_MALFORMED = 17,
    PURGATORY_STATUS_CODE_CORRUPTED = 18,
};

/* The warnings of a report. */
enum purgatory_warning {
    PURGATORY_WARNING_BOOT_PARAMS_UNMAPPED = 1,
    PURGATORY_WARNING_BOOT_PARAMS_NO_HEADER = 2,
    PURGATORY_WARNING_COMMAND_LINE_UNMAPPED = 3,
    PURGATORY_WARNING_COMMAND_LINE_UNTERMINATED = 4,
    PURGATORY_WARNING_CONSOLE_UNKNOWN = 5,
    PURGATORY_WARNING_ON_FAILURE_UNKNOWN = 6,
    PURGATORY_WARNING_PARAMETER_UNKNOWN = 7,
    PURGATORY_WARNING_IMPLEMENTATION_BROKEN = 8,
    PURGATORY_WARNING_SERIAL_BASE_UNKNOWN = 9,
    PURGATORY_WARNING_SERIAL_BAUD_UNKNOWN = 10,
    PURGATORY_WARNING_COMMAND_LINE_END_UNUSABLE = 11,
    PURGATORY_WARNING_BACKUP_UNUSABLE = 12,
    PURGATORY_WARNING_ELFCOREHDR_UNMAPPED = 13,
    PURGATORY_WARNING_ELFCOREHDR_CUT = 14,
    PURGATORY_WARNING_ELFCOREHDR_MAGIC = 15,
    PURGATORY_WARNING_ELFCOREHDR_CLASS = 16,
    PURGATORY_WARNING_ELFCOREHDR_TYPE = 17,
    PURGATORY_WARNING_ELFCOREHDR_MACHINE = 18,
    PURGATORY_WARNING_ELFCOREHDR_SIZES = 19,
    PURGATORY_WARNING_ELFCOREHDR_EMPTY = 20,
    PURGATORY_WARNING_ELFCOREHDR_NO_NOTES = 21,
    PURGATORY_WARNING_ELFCOREHDR_NO_MEMORY = 22,
    PURGATORY_WARNING_ELFCOREHDR_RANGE = 23,
    PURGATORY_WARNING_CONTENTS_REPAIRED = 24,
    PURGATORY_WARNING_COPIES_MISSING = 25,
    PURGATORY_WARNING_ELFCOREHDR_CHANGED = 26,
};

/* The action after the report: `action` of the verdict. */
enum purgatory_action {
    PURGATORY_ACTION_BOOT = 0,
    PURGATORY_ACTION_HALT = 1,
    PURGATORY_ACTION_RESET = 2,
    PURGATORY_ACTION_CONTINUE = 3,
};

/* A range of physical memory. */
struct purgatory_region {
    uint64_t start;
    uint64_t len;
};
PURGATORY_ASSERT(sizeof(struct purgatory_region) == 16, "sizeof(struct purgatory_region) is 16");
PURGATORY_ASSERT(offsetof(struct purgatory_region, start) == 0, "offsetof(struct purgatory_region, start) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_region, len) == 8, "offsetof(struct purgatory_region, len) is 8");

/* The registers at the image's entry. */
struct purgatory_entry_regs {
    uint64_t rax;
    uint64_t rcx;
    uint64_t rdx;
    uint64_t rbx;
    uint64_t rsp;
    uint64_t rbp;
    uint64_t rsi;
    uint64_t rdi;
    uint64_t r8;
    uint64_t r9;
    uint64_t r10;
    uint64_t r11;
    uint64_t r12;
    uint64_t r13;
    uint64_t r14;
    uint64_t r15;
    uint64_t rip;
};
PURGATORY_ASSERT(sizeof(struct purgatory_entry_regs) == 136, "sizeof(struct purgatory_entry_regs) is 136");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rax) == 0, "offsetof(struct purgatory_entry_regs, rax) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rcx) == 8, "offsetof(struct purgatory_entry_regs, rcx) is 8");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rdx) == 16, "offsetof(struct purgatory_entry_regs, rdx) is 16");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rbx) == 24, "offsetof(struct purgatory_entry_regs, rbx) is 24");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rsp) == 32, "offsetof(struct purgatory_entry_regs, rsp) is 32");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rbp) == 40, "offsetof(struct purgatory_entry_regs, rbp) is 40");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rsi) == 48, "offsetof(struct purgatory_entry_regs, rsi) is 48");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rdi) == 56, "offsetof(struct purgatory_entry_regs, rdi) is 56");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r8) == 64, "offsetof(struct purgatory_entry_regs, r8) is 64");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r9) == 72, "offsetof(struct purgatory_entry_regs, r9) is 72");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r10) == 80, "offsetof(struct purgatory_entry_regs, r10) is 80");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r11) == 88, "offsetof(struct purgatory_entry_regs, r11) is 88");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r12) == 96, "offsetof(struct purgatory_entry_regs, r12) is 96");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r13) == 104, "offsetof(struct purgatory_entry_regs, r13) is 104");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r14) == 112, "offsetof(struct purgatory_entry_regs, r14) is 112");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, r15) == 120, "offsetof(struct purgatory_entry_regs, r15) is 120");
PURGATORY_ASSERT(offsetof(struct purgatory_entry_regs, rip) == 128, "offsetof(struct purgatory_entry_regs, rip) is 128");

/* Failure action and verbosity. */
struct purgatory_policy {
    uint8_t on_failure;
    uint8_t verbose;
    uint8_t reserved[2];
    uint32_t seconds;
};
PURGATORY_ASSERT(sizeof(struct purgatory_policy) == 8, "sizeof(struct purgatory_policy) is 8");
PURGATORY_ASSERT(offsetof(struct purgatory_policy, on_failure) == 0, "offsetof(struct purgatory_policy, on_failure) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_policy, verbose) == 1, "offsetof(struct purgatory_policy, verbose) is 1");
PURGATORY_ASSERT(offsetof(struct purgatory_policy, reserved) == 2, "offsetof(struct purgatory_policy, reserved) is 2");
PURGATORY_ASSERT(offsetof(struct purgatory_policy, seconds) == 4, "offsetof(struct purgatory_policy, seconds) is 4");

/* A console of the report. */
struct purgatory_console {
    uint8_t kind;
    uint8_t reserved[3];
    uint32_t baud;
    uint64_t address;
};
PURGATORY_ASSERT(sizeof(struct purgatory_console) == 16, "sizeof(struct purgatory_console) is 16");
PURGATORY_ASSERT(offsetof(struct purgatory_console, kind) == 0, "offsetof(struct purgatory_console, kind) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_console, reserved) == 1, "offsetof(struct purgatory_console, reserved) is 1");
PURGATORY_ASSERT(offsetof(struct purgatory_console, baud) == 4, "offsetof(struct purgatory_console, baud) is 4");
PURGATORY_ASSERT(offsetof(struct purgatory_console, address) == 8, "offsetof(struct purgatory_console, address) is 8");

/* The header. The build writes magic, version, header_bytes and known. */
struct purgatory_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t header_bytes;
    uint8_t header_digest[32];
    uint64_t known;
    uint64_t flags;
    struct purgatory_entry_regs entry;
    struct purgatory_region list;
    uint8_t list_digest[32];
    uint8_t code_digest[32];
    struct purgatory_policy policy;
    struct purgatory_console consoles[4];
    struct purgatory_region copies;
    uint8_t elfcorehdr_digest[32];
};
PURGATORY_ASSERT(sizeof(struct purgatory_header) == 400, "sizeof(struct purgatory_header) is 400");
PURGATORY_ASSERT(offsetof(struct purgatory_header, magic) == 0, "offsetof(struct purgatory_header, magic) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_header, version) == 8, "offsetof(struct purgatory_header, version) is 8");
PURGATORY_ASSERT(offsetof(struct purgatory_header, header_bytes) == 12, "offsetof(struct purgatory_header, header_bytes) is 12");
PURGATORY_ASSERT(offsetof(struct purgatory_header, header_digest) == 16, "offsetof(struct purgatory_header, header_digest) is 16");
PURGATORY_ASSERT(offsetof(struct purgatory_header, known) == 48, "offsetof(struct purgatory_header, known) is 48");
PURGATORY_ASSERT(offsetof(struct purgatory_header, flags) == 56, "offsetof(struct purgatory_header, flags) is 56");
PURGATORY_ASSERT(offsetof(struct purgatory_header, entry) == 64, "offsetof(struct purgatory_header, entry) is 64");
PURGATORY_ASSERT(offsetof(struct purgatory_header, list) == 200, "offsetof(struct purgatory_header, list) is 200");
PURGATORY_ASSERT(offsetof(struct purgatory_header, list_digest) == 216, "offsetof(struct purgatory_header, list_digest) is 216");
PURGATORY_ASSERT(offsetof(struct purgatory_header, code_digest) == 248, "offsetof(struct purgatory_header, code_digest) is 248");
PURGATORY_ASSERT(offsetof(struct purgatory_header, policy) == 280, "offsetof(struct purgatory_header, policy) is 280");
PURGATORY_ASSERT(offsetof(struct purgatory_header, consoles) == 288, "offsetof(struct purgatory_header, consoles) is 288");
PURGATORY_ASSERT(offsetof(struct purgatory_header, copies) == 352, "offsetof(struct purgatory_header, copies) is 352");
PURGATORY_ASSERT(offsetof(struct purgatory_header, elfcorehdr_digest) == 368, "offsetof(struct purgatory_header, elfcorehdr_digest) is 368");

/* The header of the segment digest list. */
struct purgatory_list_header {
    uint32_t segments;
    uint32_t chunk_bytes;
    uint64_t digests;
};
PURGATORY_ASSERT(sizeof(struct purgatory_list_header) == 16, "sizeof(struct purgatory_list_header) is 16");
PURGATORY_ASSERT(offsetof(struct purgatory_list_header, segments) == 0, "offsetof(struct purgatory_list_header, segments) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_list_header, chunk_bytes) == 4, "offsetof(struct purgatory_list_header, chunk_bytes) is 4");
PURGATORY_ASSERT(offsetof(struct purgatory_list_header, digests) == 8, "offsetof(struct purgatory_list_header, digests) is 8");

/* A segment. The digests follow the last segment, one for each chunk. */
struct purgatory_segment_entry {
    uint8_t kind;
    uint8_t verified;
    uint8_t reserved[6];
    uint64_t address;
    uint64_t payload;
    uint64_t zeros;
    uint64_t first_digest;
};
PURGATORY_ASSERT(sizeof(struct purgatory_segment_entry) == 40, "sizeof(struct purgatory_segment_entry) is 40");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, kind) == 0, "offsetof(struct purgatory_segment_entry, kind) is 0");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, verified) == 1, "offsetof(struct purgatory_segment_entry, verified) is 1");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, reserved) == 2, "offsetof(struct purgatory_segment_entry, reserved) is 2");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, address) == 8, "offsetof(struct purgatory_segment_entry, address) is 8");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, payload) == 16, "offsetof(struct purgatory_segment_entry, payload) is 16");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, zeros) == 24, "offsetof(struct purgatory_segment_entry, zeros) is 24");
PURGATORY_ASSERT(offsetof(struct purgatory_segment_entry, first_digest) == 32, "offsetof(struct purgatory_segment_entry, first_digest) is 32");

#endif /* PURGATORY_H */
