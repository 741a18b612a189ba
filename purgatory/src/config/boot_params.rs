//! Reads from `boot_params` the addresses of the command line and the initrd.

use crate::image::Image;
use crate::memory::Memory;
use crate::warnings::Warnings;
use core::mem::offset_of;
use purgatory_abi::PAGE;
use purgatory_abi::boot::{BootParams, COMMAND_LINE_BYTES, HEADER_MAGIC};
use purgatory_abi::status::Warning;

/// Bytes of `boot_params` that are read: up to the last needed field.
const READ: usize = offset_of!(BootParams, hdr.handover_offset);

/// Reads the `boot_params` at the address in `image`, and stores the addresses of initrd and command line in `image`.
/// Returns the command line without its terminating zero; it is empty if there is none.
#[inline(never)]
pub(super) fn read<'m, M: Memory>(
    memory: &'m M,
    image: &mut Image,
    warnings: &mut Warnings<'m>,
) -> &'m [u8] {
    let base = image.boot_params;
    let page = match memory.run(base, READ as u64) {
        Ok(page) => page,
        Err(unmapped) => {
            warnings.at(Warning::BootParamsUnmapped, unmapped.address);
            return &[];
        }
    };
    // Unmapped bytes read as zeros, which are not a valid header.
    let field = |offset: usize| {
        page.get(offset..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    let wide = |high: usize, low: usize| u64::from(field(high)) << 32 | u64::from(field(low));
    if page.len() < READ || field(offset_of!(BootParams, hdr.header)) != HEADER_MAGIC {
        warnings.at(Warning::BootParamsNoHeader, base);
        return &[];
    }
    let [ext_size, size] =
        [offset_of!(BootParams, ext_ramdisk_size), offset_of!(BootParams, hdr.ramdisk_size)];
    if wide(ext_size, size) != 0 {
        image.initrd = wide(
            offset_of!(BootParams, ext_ramdisk_image),
            offset_of!(BootParams, hdr.ramdisk_image),
        );
    }
    let init_size = u64::from(field(offset_of!(BootParams, hdr.init_size)));
    image.kernel_bytes = init_size.next_multiple_of(PAGE);
    image.command_line =
        wide(offset_of!(BootParams, ext_cmd_line_ptr), offset_of!(BootParams, hdr.cmd_line_ptr));
    if image.command_line == 0 { &[] } else { command_line(memory, image.command_line, warnings) }
}

/// Returns the command line at `address`, up to its terminating zero.
#[inline(never)]
fn command_line<'m, M: Memory>(
    memory: &'m M,
    address: u64,
    warnings: &mut Warnings<'m>,
) -> &'m [u8] {
    let Ok(bytes) = memory.run(address, COMMAND_LINE_BYTES as u64) else {
        warnings.at(Warning::CommandLineUnmapped, address);
        return &[];
    };
    match bytes.iter().position(|byte| *byte == 0).and_then(|end| bytes.get(..end)) {
        Some(text) => text,
        None => {
            warnings.at(Warning::CommandLineUnterminated, address);
            &[]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fake::Pieces;
    use purgatory_abi::boot::BOOT_PARAMS_BYTES;
    use zerocopy::{FromZeros, IntoBytes};

    const ENTRY: u64 = 0x100_0200;
    const BASE: u64 = 0x9000;
    const LINE: u64 = 0x1_0002_0000;

    fn zero_page() -> Vec<u8> {
        let mut page = BootParams::new_zeroed();
        page.hdr.header.set(HEADER_MAGIC);
        page.set_initrd(&(0x2_3000_0000..0x2_3000_1000));
        page.set_command_line(LINE);
        page.as_bytes().to_vec()
    }

    fn read_from(memory: &Pieces) -> (Image, Vec<u8>, Vec<(Warning, u64)>) {
        let mut warnings = Warnings::default();
        let mut image = Image { kernel: ENTRY, boot_params: BASE, ..Image::default() };
        let line = read(memory, &mut image, &mut warnings);
        (
            image,
            line.to_vec(),
            warnings.iter().map(|noted| (noted.warning, noted.address)).collect(),
        )
    }

    #[test]
    fn combines_the_halves_of_addresses_above_4_gib() {
        let memory = Pieces::default().with(BASE, zero_page()).with(LINE, *b"console=ttyS0\0rest");
        let (image, line, warnings) = read_from(&memory);
        assert_eq!(warnings, []);
        assert_eq!(line, b"console=ttyS0");
        let expected = Image {
            kernel: ENTRY,
            boot_params: BASE,
            command_line: LINE,
            initrd: 0x2_3000_0000,
            ..Image::default()
        };
        assert_eq!(image, expected);
    }

    #[test]
    fn names_the_reason_if_the_command_line_cannot_be_read() {
        let (.., warnings) = read_from(&Pieces::default());
        assert_eq!(warnings, [(Warning::BootParamsUnmapped, BASE)]);

        for page in [vec![0x55; BOOT_PARAMS_BYTES], zero_page()[..READ - 1].to_vec()] {
            let (_, line, warnings) =
                read_from(&Pieces::default().with(BASE, page).with(LINE, *b"a\0"));
            assert_eq!((line, warnings), (vec![], vec![(Warning::BootParamsNoHeader, BASE)]));
        }

        let (.., warnings) = read_from(&Pieces::default().with(BASE, zero_page()));
        assert_eq!(warnings, [(Warning::CommandLineUnmapped, LINE)]);

        for endless in [vec![b'a'; COMMAND_LINE_BYTES], b"cut off".to_vec()] {
            let (_, line, warnings) =
                read_from(&Pieces::default().with(BASE, zero_page()).with(LINE, endless));
            assert_eq!((line, warnings), (vec![], vec![(Warning::CommandLineUnterminated, LINE)]));
        }
    }

    #[test]
    fn ignores_an_initrd_without_a_length() {
        let mut page = zero_page();
        page[0x21c..0x220].fill(0);
        let (image, ..) = read_from(&Pieces::default().with(BASE, page).with(LINE, *b"\0"));
        assert_eq!(image.initrd, 0);
    }
}
