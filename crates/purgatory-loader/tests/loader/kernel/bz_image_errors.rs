//! One test for each error of a kernel file or a bzImage. `parse` has the valid files.

use super::sample::*;
use purgatory_loader::kernel::{Kernel, KernelError};

fn error(file: &[u8]) -> KernelError {
    Kernel::parse(file).unwrap_err()
}

#[test]
fn rejects_a_file_that_is_not_a_kernel() {
    for file in [&b""[..], b"#!/bin/sh\n", &bz_image()[..0x1ff], &bz_image_with(0x202, b"h")] {
        assert_eq!(error(file), KernelError::NotKernel);
    }
}

#[test]
fn rejects_a_compressed_file() {
    for (magic, expected) in [(&b"\x1f\x8b\x08"[..], "gzip"), (b"\x28\xb5\x2f\xfd", "Zstandard")] {
        assert!(
            matches!(error(magic), KernelError::Compressed { compression } if compression == expected)
        );
    }
    let message = error(b"\xfd7zXZ\0").to_string();
    assert!(message.starts_with("the file is compressed (XZ): unpack it first"), "{message}");
}

#[test]
fn rejects_a_truncated_file() {
    let file = bz_image();
    let len = file.len();
    for cut in [len - 1, SETUP_BYTES + 1, SETUP_BYTES, 0x261, 0x210, 0x207, 0x206] {
        let missing = (len - cut) as u64;
        assert_eq!(error(&file[..cut]), KernelError::Truncated { len: cut as u64, missing });
    }
    let message = error(&file[..len - 1]).to_string();
    assert_eq!(
        message,
        "the kernel image is truncated: the file has 5679 bytes, 1 are missing: use a complete copy"
    );
}

#[test]
fn rejects_a_file_truncated_before_the_64_bit_entry() {
    let file = bz_image_with(SYSSIZE, [0; 4]);
    assert!(Kernel::parse(&file).is_ok());
    let cut = SETUP_BYTES + 0x200;
    let expected = KernelError::Truncated { len: cut as u64, missing: 1 };
    assert_eq!(error(&file[..cut]), expected);
}

#[test]
fn rejects_an_old_boot_protocol() {
    assert_eq!(error(&bz_image_with(VERSION, [11, 2])), KernelError::TooOld { version: 0x020b });
    assert!(Kernel::parse(&bz_image_with(VERSION, [12, 2])).is_ok());
    let message = error(&bz_image_with(VERSION, [3, 2])).to_string();
    assert!(message.contains("boot protocol 2.03, but 2.12"), "{message}");
}

#[test]
fn rejects_a_zimage() {
    assert_eq!(error(&bz_image_with(LOADFLAGS, [0x80])), KernelError::ZImage);
}

#[test]
fn rejects_a_kernel_without_64_bit_entry() {
    assert_eq!(error(&bz_image_with(XLOADFLAGS, [0x7e])), KernelError::No64BitEntry);
}

#[test]
fn rejects_a_kernel_that_is_not_relocatable() {
    assert_eq!(error(&bz_image_with(RELOCATABLE, [0])), KernelError::NotRelocatable);
}

#[test]
fn rejects_a_short_header() {
    assert_eq!(error(&bz_image_with(JUMP, [0x61])), KernelError::HeaderShort { end: 0x263 });
    assert!(Kernel::parse(&bz_image_with(JUMP, [0x62])).is_ok());
}

#[test]
fn rejects_an_invalid_alignment() {
    for alignment in [0, 0x30_0000u32] {
        let file = bz_image_with(ALIGNMENT, alignment.to_le_bytes());
        assert_eq!(error(&file), KernelError::Alignment { alignment });
    }
}

#[test]
fn rejects_a_payload_outside_of_the_code() {
    let with = |length: u32| {
        let fields = [0x1200u32.to_le_bytes(), length.to_le_bytes()].concat();
        let file = bz_image_with(PAYLOAD_OFFSET, fields);
        let Kernel::BzImage(kernel) = Kernel::parse(&file).unwrap() else { panic!("no bzImage") };
        kernel.payload().map(<[u8]>::len)
    };
    assert_eq!(with(0x30), Ok(0x30));
    for length in [0x31, u32::MAX] {
        let code = CODE_BYTES as u64;
        let expected = KernelError::PayloadOutside { offset: 0x1200, length, code };
        assert_eq!(with(length), Err(expected));
    }
}

#[test]
fn rejects_a_small_init_size() {
    let code = CODE_BYTES as u64;
    let with = |init_size: u32| bz_image_with(INIT_SIZE, init_size.to_le_bytes());
    let expected = KernelError::InitSize { init_size: code as u32 - 1, code };
    assert_eq!(error(&with(code as u32 - 1)), expected);
    assert!(Kernel::parse(&with(code as u32)).is_ok());
}
