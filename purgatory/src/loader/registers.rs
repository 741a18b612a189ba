//! The registers that the loaders of the drop-ins write.
//!
//! No digest covers the table of registers. So its values are compared with those that the loader writes.

use crate::image::Image;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{EntryRegs, Region};
use zerocopy::IntoBytes;

/// The offset of the 64-bit entry from the start of a bzImage's code (`Documentation/arch/x86/boot.rst`).
const ENTRY_OFFSET: u64 = 0x200;

/// The registers that Linux sets: rip, rsi and rsp.
const OF_LINUX: usize = 3;

/// Whether the addresses of regions fit the registers.
#[derive(Clone, Copy, Default)]
struct Found {
    /// Whether a region is used: without regions there is nothing to compare with.
    regions: bool,
    /// Whether rip is the 64-bit entry of a bzImage at the start of the region that has the kernel's size: one changed
    /// bit may lead to another region.
    rip: bool,
    /// Whether rsi is the start of a region.
    rsi: bool,
    /// Whether rdi is the start of a region.
    rdi: bool,
}

impl Found {
    fn of(entry: &EntryRegs, regions: &[Region; REGION_SLOTS], image: &Image) -> Self {
        let mut found = Self::default();
        let kernel =
            Region { start: entry.rip.wrapping_sub(ENTRY_OFFSET), len: image.kernel_bytes };
        for region in regions.iter().filter(|region| region.len != 0) {
            found.regions = true;
            // An assignment in a branch needs fewer bytes than an OR of flags.
            if *region == kernel {
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
/// kernel, whose region has the size in `boot_params`; rsi is the start of `boot_params`; rsp is the end of the
/// purgatory's stack; the others are 0.
#[inline(never)]
pub(super) fn are_of_linux(
    entry: &EntryRegs,
    regions: &[Region; REGION_SLOTS],
    image: &Image,
    stack_end: u64,
) -> bool {
    let found = Found::of(entry, regions, image);
    !found.regions || found.rip && found.rsi && entry.rsp == stack_end && nonzero(entry) == OF_LINUX
}

/// Whether these are the registers of a 64-bit format of kexec-tools (`kexec/arch/x86_64`, `kexec-bzImage64.c` and
/// `kexec-elf-x86_64.c`): of a bzImage those of Linux. Otherwise rip is anywhere, rsi is 0 or the start of `boot_params`
/// and of a region, rdi is 0 or the start of a region, rsp is 0 or the end of the purgatory's stack, the others are 0.
#[cfg(feature = "kexec-tools")]
pub(super) fn are_of_kexec_tools(
    entry: &EntryRegs,
    regions: &[Region; REGION_SLOTS],
    image: &Image,
    stack_end: u64,
    is_bzimage: bool,
) -> bool {
    if is_bzimage {
        return are_of_linux(entry, regions, image, stack_end);
    }
    let found = Found::of(entry, regions, image);
    let EntryRegs { rip, rsi, rdi, rsp, .. } = *entry;
    !found.regions
        || nonzero(entry) == [rip, rsi, rdi, rsp].iter().filter(|register| **register != 0).count()
            && (found.rsi && image.command_line != 0 || rsi == 0)
            && (found.rdi || rdi == 0)
            && (rsp == 0 || rsp == stack_end)
}

/// Returns the number of registers that are not 0.
fn nonzero(entry: &EntryRegs) -> usize {
    let (registers, _) = entry.as_bytes().as_chunks();
    registers.iter().filter(|register: &&[u8; 8]| **register != [0; 8]).count()
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

    /// Returns the same, and regions to which one changed bit of rip leads.
    fn regions_one_bit_apart() -> [Region; REGION_SLOTS] {
        let mut regions = regions();
        regions[4] = Region { start: 0x10_0000, len: 0x1000 };
        regions[5] = Region { start: 0x70_0000, len: 0x1000 };
        regions
    }

    fn registers() -> EntryRegs {
        EntryRegs { rip: 0x30_0200, rsi: 0x60_0000, rsp: STACK_END, ..EntryRegs::ZERO }
    }

    /// Returns what `boot_params` at rsi gives: nothing where it is not.
    fn image(entry: &EntryRegs) -> Image {
        if entry.rsi != registers().rsi {
            return Image::default();
        }
        Image { kernel_bytes: 0x10_0000, command_line: 0x60_1000, ..Image::default() }
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
        let check = |entry: &EntryRegs, regions: [Region; REGION_SLOTS], image: &Image| {
            are_of_linux(entry, &regions, image, STACK_END)
        };
        assert!(check(&registers(), regions(), &image(&registers())));
        for entry in changed() {
            assert!(!check(&entry, regions_one_bit_apart(), &image(&entry)), "{entry:x?}");
        }
        // Without boot_params there is no kernel size.
        assert!(!check(&registers(), regions(), &Image::default()));
        let nothing = [Region::default(); REGION_SLOTS];
        assert!(check(&EntryRegs { rax: 5, ..registers() }, nothing, &Image::default()));
    }

    #[test]
    #[cfg(feature = "kexec-tools")]
    fn accepts_what_kexec_tools_writes_and_rejects_every_changed_bit() {
        let check = |entry: &EntryRegs, is_bzimage| {
            are_of_kexec_tools(
                entry,
                &regions_one_bit_apart(),
                &image(entry),
                STACK_END,
                is_bzimage,
            )
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
