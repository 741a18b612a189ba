//! Compressed kernels.

use crate::compressed::{ALL, compress};
use purgatory_cli::unpack::{Compression, LARGEST, UnpackError, unpack};

/// Returns a test kernel: x86 calls, which xz's filter changes.
fn kernel() -> Vec<u8> {
    (0..20_000u32).flat_map(|n| [[0xe8].as_slice(), &n.to_le_bytes()].concat()).collect()
}

#[test]
fn unpacks_every_compression() {
    let kernel = kernel();
    for compression in ALL {
        let (found, unpacked) = unpack(&compress(compression, &kernel)).unwrap();
        assert_eq!(found, compression);
        assert!(unpacked == kernel, "{compression}");
    }
}

#[test]
fn several_blocks_of_lz4() {
    let kernel = vec![0x90; (8 << 20) + 1];
    let (_, unpacked) = unpack(&compress(Compression::Lz4, &kernel)).unwrap();
    assert!(unpacked == kernel);
}

#[test]
fn rejects_a_wrong_unpacked_size() {
    for compression in ALL {
        let mut packed = compress(compression, &[0x90; 1000]);
        let size = packed.len() - 4;
        for (stated, what) in [(999u32, "more than"), (1001, "less than")] {
            packed[size..].copy_from_slice(&stated.to_le_bytes());
            let error = unpack(&packed).unwrap_err().to_string();
            // The gzip decoder itself detects a wrong size, if it gets that far.
            let gzip = compression == Compression::Gzip && error.contains("are corrupted");
            let expected = format!(
                "the {compression} data unpack to {what} the {stated} bytes given at their end: they are corrupted"
            );
            assert!(gzip || error == expected, "{error}");
        }
    }
}

#[test]
fn rejects_corrupted_data() {
    for compression in ALL {
        let packed = compress(compression, &kernel()[..4096]);
        // The magic, half the data, and the size.
        let half = [&packed[..packed.len() / 2], &4096u32.to_le_bytes()].concat();
        let error = unpack(&half).unwrap_err();
        let of = format!("the {compression} data");
        assert!(error.to_string().starts_with(&of), "{compression}: {error}");
        let short =
            matches!(error, UnpackError::SizeDiffers { .. } | UnpackError::Corrupted { .. });
        assert!(short, "{compression}: {error}");
    }
}

#[test]
fn reports_the_error_of_the_decoder() {
    let mut packed = compress(Compression::Xz, b"a kernel");
    packed[8] ^= 1;
    let error = unpack(&packed).unwrap_err();
    assert!(matches!(error, UnpackError::Corrupted { .. }), "{error}");
    assert!(error.to_string().starts_with("the xz data are corrupted: "), "{error}");
}

#[test]
fn rejects_an_unknown_compression() {
    let error = unpack(b"\x7fELF, not compressed").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the kernel in the bzImage starts with [7f, 45, 4c, 46, 2c, 20], which matches no known compression: unpack it to a vmlinux with another tool"
    );
    assert!(matches!(unpack(b"").unwrap_err(), UnpackError::Unknown { start } if start.is_empty()));
}

#[test]
fn rejects_lzo() {
    let error = unpack(b"\x89LZO\0\r\n\x1a\n\x01\0\0\0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "lzo is not supported: unpack the kernel to a vmlinux with another tool"
    );
}

#[test]
fn rejects_a_large_unpacked_size() {
    for compression in ALL {
        let mut packed = compress(compression, b"a kernel");
        let size = packed.len() - 4;
        packed[size..].copy_from_slice(&(LARGEST as u32 + 1).to_le_bytes());
        let error = unpack(&packed).unwrap_err();
        assert!(matches!(error, UnpackError::TooLarge { size } if size == LARGEST + 1), "{error}");
    }
}
