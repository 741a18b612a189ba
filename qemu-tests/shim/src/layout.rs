//! The memory layout of the shim's machine.
//!
//! The addresses are chosen so that 256 MiB of RAM hold everything except data above 4 GiB. The page size that Linux
//! maps a crash environment with is 2 MiB; memory that must be absent from the identity map is a page of that size.

/// A page of the identity map, in bytes.
pub const LARGE_PAGE: u64 = 0x20_0000;

/// The absent page after the stack on which the purgatory is entered.
pub const STACK_HOLE: u64 = 0x200_0000;

/// The page that is absent for everything that is to point to nowhere, or to cross the edge of the map.
pub const HOLE: u64 = 0x240_0000;

/// The page that is mapped and not executable.
pub const NO_EXECUTE_PAGE: u64 = 0x280_0000;

/// A page that belongs to no segment.
pub const OUTSIDE: u64 = 0x2c0_0000;

/// Memory of the crashed kernel that is to be copied, up to the crash region.
pub const BACKUP_SOURCE: u64 = 0x300_0000;

/// The crash region.
pub const CRASH_REGION: core::ops::Range<u64> = 0x400_0000..0xc00_0000;

/// The region of an image above 4 GiB.
pub const HIGH_REGION: core::ops::Range<u64> = 0x1_2000_0000..0x1_2800_0000;

/// The real-mode part of an image that starts in real mode.
pub const REAL_MODE_PART: core::ops::Range<u64> = 0x8_0000..0x8_1000;

/// A page for the state that a landing pad saves in a mode other than 64-bit. Real mode reaches it in the segment of
/// [`REAL_MODE_PART`].
pub const LEGACY_STATE: u64 = 0x8_1000;

/// The end of a page of stack for images that start in another mode than 64-bit, in the same segment.
pub const LOW_STACK_END: u64 = 0x8_3000;

/// The end of the memory below 640 KiB that Linux found free for a purgatory.
pub const LOW_END: u64 = 0x9_d000;

/// The end of the memory that the shim's own page tables map.
pub const SHIM_MAP_END: u64 = 8 << 30;

const _: () = {
    assert!(STACK_HOLE.is_multiple_of(LARGE_PAGE) && HOLE.is_multiple_of(LARGE_PAGE));
    assert!(NO_EXECUTE_PAGE.is_multiple_of(LARGE_PAGE));
    assert!(STACK_HOLE + LARGE_PAGE < HOLE && HOLE + LARGE_PAGE < NO_EXECUTE_PAGE);
    assert!(NO_EXECUTE_PAGE + LARGE_PAGE < OUTSIDE && OUTSIDE + LARGE_PAGE < BACKUP_SOURCE);
    assert!(BACKUP_SOURCE + 2 * LARGE_PAGE < CRASH_REGION.start);
    assert!(HIGH_REGION.end <= SHIM_MAP_END);
};
