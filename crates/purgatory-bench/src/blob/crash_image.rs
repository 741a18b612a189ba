//! A crash image as `kexec_file_load` lays it out, with the segments that a stock purgatory digests.
//!
//! Source: `bzImage64_load` of `arch/x86/kernel/kexec-bzimage64.c` (what the segments are), `kexec_add_buffer` of
//! `kernel/kexec_file.c` (memory is whole pages), `kexec_calculate_store_digests` of the same file (all memory of a
//! segment is digested, zeros included; the purgatory is not, nor is elfcorehdr where the kernel may rewrite it);
//! `Documentation/arch/x86/boot.rst` for the fields of a bzImage.

use crate::image::Segment;
use anyhow::{Context, Result, ensure};
use purgatory_abi::boot::BootParams;
use purgatory_loader::kernel::BzImage;
use zerocopy::{FromZeros, IntoBytes};

const PAGE: usize = purgatory_abi::PAGE as usize;

/// A crash image: the bytes of each segment, and the size of its memory.
#[derive(Clone, Debug)]
pub struct CrashImage {
    parts: Vec<(Vec<u8>, usize)>,
}

impl CrashImage {
    /// Creates the image of `kernel`, a bzImage, with an initrd and a command line.
    ///
    /// # Errors
    ///
    /// Returns an error if `kernel` is not a loadable bzImage.
    pub fn of(kernel: &[u8], initrd: &[u8], command_line: &str) -> Result<Self> {
        let kernel =
            BzImage::parse(kernel).context("cannot parse the kernel of the crash image")?;
        let mut boot_params = BootParams::new_zeroed();
        boot_params.hdr = *kernel.setup_header();
        let mut boot_params = boot_params.as_bytes().to_vec();
        boot_params.extend(command_line.as_bytes());
        boot_params.push(0);
        let parts = [
            (boot_params, 0),
            (kernel.code().to_vec(), kernel.memory_bytes() as usize),
            (initrd.to_vec(), 0),
        ];
        let pages = |(bytes, memory): (Vec<u8>, usize)| {
            let memory = memory.max(bytes.len()).next_multiple_of(PAGE);
            (bytes, memory)
        };
        Ok(Self { parts: parts.map(pages).into() })
    }

    /// Returns the size of all segments' memory, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(|(_, memory)| memory).sum()
    }

    /// Returns the adjacent segments, in the order in which they are digested: boot_params with the command line,
    /// kernel, initrd.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        let mut end = 0;
        let segment = |(bytes, memory): &(Vec<u8>, usize)| {
            let start = end;
            end += memory;
            Segment { range: start..end, payload: bytes.len() }
        };
        self.parts.iter().map(segment).collect()
    }

    /// Copies the segments into zeroed memory.
    ///
    /// # Errors
    ///
    /// Returns an error if the memory does not have [`CrashImage::bytes`] bytes.
    pub fn load(&self, memory: &mut [u8]) -> Result<()> {
        let (found, needed) = (memory.len(), self.bytes());
        ensure!(found == needed, "the crash image needs {needed} bytes of memory, got {found}");
        for (segment, (bytes, _)) in self.segments().iter().zip(&self.parts) {
            memory[segment.payload()].copy_from_slice(bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;
    use purgatory_abi::boot;

    /// A bzImage of one sector of real-mode code and a page of kernel, which wants `init_size` bytes.
    fn kernel(init_size: u32) -> Vec<u8> {
        let mut start = BootParams::new_zeroed();
        start.hdr.setup_sects = 1;
        start.hdr.boot_flag.set(boot::BOOT_FLAG_MAGIC);
        (start.hdr.jump_opcode, start.hdr.jump_operand) = (0xeb, 0x6a);
        start.hdr.header.set(boot::HEADER_MAGIC);
        start.hdr.version.set(0x020f);
        start.hdr.loadflags = boot::LOADED_HIGH;
        start.hdr.kernel_alignment.set(0x20_0000);
        start.hdr.relocatable_kernel = 1;
        start.hdr.xloadflags.set(boot::XLF_KERNEL_64);
        start.hdr.init_size.set(init_size);
        let mut file = start.as_bytes()[..2 * boot::SECTOR_BYTES].to_vec();
        file.extend([7; PAGE]);
        file
    }

    #[test]
    fn segments_are_whole_pages_with_zero_padding() {
        let image = CrashImage::of(&kernel(3 * PAGE as u32 - 1), &[9; 5], "quiet").unwrap();
        let segment = |range, payload| Segment { range, payload };
        let expected = [
            segment(0..2 * PAGE, PAGE + 6),
            segment(2 * PAGE..5 * PAGE, PAGE),
            segment(5 * PAGE..6 * PAGE, 5),
        ];
        assert_eq!(image.segments(), expected);
        let mut memory = vec![0; image.bytes()];
        image.load(&mut memory).unwrap();
        assert_eq!(&memory[PAGE..PAGE + 6], b"quiet\0");
        assert_eq!((memory[2 * PAGE], memory[5 * PAGE + 4]), (7, 9));
        assert!(Image::of(&memory, image.segments()).is_ok());
    }

    #[test]
    fn rejects_kernels_that_are_not_a_valid_bzimage() {
        let error_of =
            |kernel: &[u8]| format!("{:#}", CrashImage::of(kernel, &[], "").unwrap_err());
        assert!(
            error_of(b"\x7fELF")
                .starts_with("cannot parse the kernel of the crash image: this is not a")
        );
        assert!(error_of(&kernel(0)[..0x280]).contains("is truncated"));
        assert!(error_of(&kernel(PAGE as u32 - 1)).contains("requires 4095 bytes of memory"));
    }

    #[test]
    fn rejects_memory_of_another_size() {
        let image = CrashImage::of(&kernel(PAGE as u32), &[], "").unwrap();
        let error = image.load(&mut [0; 7]).unwrap_err().to_string();
        assert!(error.contains("the crash image needs 12288 bytes of memory, got 7"), "{error}");
    }
}
