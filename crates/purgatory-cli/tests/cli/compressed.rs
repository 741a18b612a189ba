//! Bytes compressed as the kernel's build compresses a kernel.

use bzip2::read::BzEncoder;
use flate2::read::GzEncoder;
use lzma_rust2::{CheckType, FilterType, LzmaOptions, LzmaWriter, XzOptions, XzWriter};
use purgatory_cli::unpack::Compression;
use std::io::{Read as _, Write as _};

/// All supported compressions.
pub(crate) const ALL: [Compression; 6] = [
    Compression::Gzip,
    Compression::Xz,
    Compression::Zstd,
    Compression::Lz4,
    Compression::Lzma,
    Compression::Bzip2,
];

/// Returns `bytes` compressed, followed by their size.
pub(crate) fn compress(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut packed = match compression {
        Compression::Gzip => {
            let mut packed = Vec::new();
            GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
            // The gzip format already ends with the size.
            return packed;
        }
        Compression::Xz => xz(bytes),
        Compression::Zstd => {
            ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
        }
        Compression::Lz4 => lz4_legacy(bytes),
        Compression::Lzma => lzma(bytes),
        Compression::Bzip2 => {
            let mut packed = Vec::new();
            let mut encoder = BzEncoder::new(bytes, bzip2::Compression::fast());
            encoder.read_to_end(&mut packed).unwrap();
            packed
        }
        Compression::Lzo => panic!("nothing here compresses with lzo"),
    };
    packed.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    packed
}

/// Compresses with the filter for x86 code and a CRC-32, as `scripts/xz_wrap.sh` does.
fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut options = XzOptions::with_preset(1);
    options.set_check_sum_type(CheckType::Crc32);
    options.prepend_pre_filter(FilterType::BcjX86, 0);
    let mut writer = XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = LzmaOptions::with_preset(1);
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Writes blocks of 8 MiB, each after its compressed size, as `lz4 -l` does.
fn lz4_legacy(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x02, 0x21, 0x4c, 0x18];
    for block in bytes.chunks(8 << 20) {
        let block = lz4_flex::block::compress(block);
        packed.extend(u32::try_from(block.len()).unwrap().to_le_bytes());
        packed.extend(block);
    }
    packed
}
