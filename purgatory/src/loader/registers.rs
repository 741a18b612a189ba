//! The registers that the loaders of the drop-ins write.
//!
//! No digest covers the table of registers. So its values are compared with those that the loader writes.

use core::mem::offset_of;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{EntryRegs, Region};
use zerocopy::IntoBytes;

/// The offset of the 64-bit entry from the start of a bzImage's code (`Documentation/arch/x86/boot.rst`).
const ENTRY_OFFSET: u64 = 0x200;

/// Bits of registers: their index in [`EntryRegs`].
const RSP: u32 = bit(offset_of!(EntryRegs, rsp));
const RSI: u32 = bit(offset_of!(EntryRegs, rsi));
#[cfg(feature = "kexec-tools")]
const RDI: u32 = bit(offset_of!(EntryRegs, rdi));
const RIP: u32 = bit(offset_of!(EntryRegs, rip));

const fn bit(offset: usize) -> u32 {
    1 << (offset / size_of::<u64>())
}

/// Whether the addresses of regions fit the registers.
#[derive(Clone, Copy, Default)]
struct Found {
    /// Whether a region is used: without regions there is nothing to compare with.
    regions: bool,
    /// Whether rip is the 64-bit entry of a bzImage at the start of a region.
    rip: bool,
    /// Whether rsi is the start of a region.
    rsi: bool,
    /// Whether rdi is the start of a region.
    rdi: bool,
}

impl Found {
    fn of(entry: &EntryRegs, regions: &[Region; REGION_SLOTS]) -> Self {
        let mut found = Self::default();
        for region in regions.iter().filter(|region| region.len != 0) {
            found.regions = true;
            // An assignment in a branch needs fewer bytes than an OR of flags.
            if region.start == entry.rip.wrapping_sub(ENTRY_OFFSET) {
                found.rip = true;
            }
            if region.start == entry.rsi {
                found.rsi = true;
            }
            if cfg!(feature = "kexec-tools") && region.start == entry.rdi {
                found.rdi = true;
            }
        }
        found
    }
}

/// Whether these are the registers of `bzImage64_load` (`arch/x86/kernel/kexec-bzimage64.c`): rip is the entry of the
/// kernel, rsi is the start of `boot_params`, rsp is the end of the purgatory's stack, the others are 0.
#[inline(never)]
pub(super) fn are_of_linux(
    entry: &EntryRegs,
    regions: &[Region; REGION_SLOTS],
    stack_end: u64,
) -> bool {
    let found = Found::of(entry, regions);
    let others = others_are_zero(entry, RSP | RSI | RIP);
    !found.regions || found.rip && found.rsi && entry.rsp == stack_end && others
}

/// Whether these are the registers of a 64-bit format of kexec-tools (`kexec/arch/x86_64`, `kexec-bzImage64.c` and
/// `kexec-elf-x86_64.c`): rip is the entry of a bzImage if `is_bzimage`, rsi and rdi are 0 or the start of a region,
/// rsp is 0 or the end of the purgatory's stack, the others are 0.
#[cfg(feature = "kexec-tools")]
pub(super) fn are_of_kexec_tools(
    entry: &EntryRegs,
    regions: &[Region; REGION_SLOTS],
    stack_end: u64,
    is_bzimage: bool,
) -> bool {
    let found = Found::of(entry, regions);
    let EntryRegs { rsi, rdi, rsp, .. } = *entry;
    !found.regions
        || others_are_zero(entry, RSP | RSI | RDI | RIP)
            && (found.rip || !is_bzimage)
            && (found.rsi || rsi == 0)
            && (found.rdi || rdi == 0)
            && (rsp == 0 || rsp == stack_end)
}

/// Whether all registers are 0, apart from those whose bits are set in `ignored`.
fn others_are_zero(entry: &EntryRegs, ignored: u32) -> bool {
    let (registers, _) = entry.as_bytes().as_chunks();
    let mut bits = ignored;
    registers.iter().all(|register: &[u8; 8]| {
        let is_ignored = bits & 1 != 0;
        bits >>= 1;
        is_ignored || u64::from_le_bytes(*register) == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK_END: u64 = 0x9000;

    fn regions() -> [Region; REGION_SLOTS] {
        let mut regions = [Region::default(); REGION_SLOTS];
        regions[1] = Region { start: 0x30_0000, len: 0x10_0000 };
        regions[3] = Region { start: 0x60_0000, len: 0x1000 };
        regions
    }

    fn registers() -> EntryRegs {
        EntryRegs { rip: 0x30_0200, rsi: 0x60_0000, rsp: STACK_END, ..EntryRegs::ZERO }
    }

    /// Returns the registers with each bit of the table changed.
    fn changed() -> impl Iterator<Item = EntryRegs> {
        use zerocopy::FromBytes;
        (0..size_of::<EntryRegs>() * 8).map(|bit| {
            let mut bytes = [0; size_of::<EntryRegs>()];
            bytes.copy_from_slice(registers().as_bytes());
            bytes[bit / 8] ^= 1 << (bit % 8);
            EntryRegs::read_from_bytes(&bytes).expect("the size is right")
        })
    }

    #[test]
    fn accepts_what_linux_writes_and_rejects_every_changed_bit() {
        assert!(are_of_linux(&registers(), &regions(), STACK_END));
        for entry in changed() {
            assert!(!are_of_linux(&entry, &regions(), STACK_END), "{entry:x?}");
        }
        let nothing = [Region::default(); REGION_SLOTS];
        assert!(are_of_linux(&EntryRegs { rax: 5, ..registers() }, &nothing, STACK_END));
    }

    #[test]
    #[cfg(feature = "kexec-tools")]
    fn accepts_what_kexec_tools_writes_and_rejects_every_changed_bit() {
        let check = |entry: &EntryRegs, is_bzimage| {
            are_of_kexec_tools(entry, &regions(), STACK_END, is_bzimage)
        };
        assert!(check(&registers(), true));
        for entry in changed() {
            assert!(!check(&entry, true), "{entry:x?}");
        }
        // An ELF image has its own entry, and may have no boot_params and no stack.
        let elf = EntryRegs { rip: 0x30_1230, rdi: 0x60_0000, ..EntryRegs::ZERO };
        assert_eq!((check(&elf, false), check(&elf, true)), (true, false));
    }
}
