//! Unpacks compressed kernels.
//!
//! Source: `arch/x86/boot/compressed/Makefile` and `scripts/Makefile.lib`. They compress the kernel, and append the
//! unpacked size (u32, little-endian) as the last four bytes. The gzip format already ends with it.

use bzip2::read::BzDecoder;
use flate2::read::GzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::StreamingDecoder as ZstdDecoder;
use std::fmt;
use std::io::{self, Read};
use thiserror::Error;

/// The maximum size of an unpacked kernel in bytes. Stock kernels have less than 100 MiB; a kernel must fit into its 2
/// GiB of addresses.
pub const LARGEST: usize = 1 << 30;

/// The maximum memory of a decoder in KiB, mainly its dictionary. The kernel's build uses at most
/// 128 MiB (`xz_wrap.sh`, `zstd -22 --ultra`).
const DECODER_KIB: u32 = 256 << 10;

/// The compression of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are the programs' names")]
pub enum Compression {
    Gzip,
    Xz,
    Zstd,
    Lz4,
    Lzma,
    Bzip2,
    Lzo,
}

/// First bytes, and the compression that they identify.
const MAGICS: [(&[u8], Compression); 7] = [
    (&[0x1f, 0x8b], Compression::Gzip),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Compression::Xz),
    (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
    (&[0x02, 0x21, 0x4c, 0x18], Compression::Lz4),
    (&[0x5d, 0, 0], Compression::Lzma),
    (b"BZh", Compression::Bzip2),
    (&[0x89, b'L', b'Z', b'O'], Compression::Lzo),
];

impl Compression {
    /// Returns the compression of `packed`, by its first bytes.
    pub fn of(packed: &[u8]) -> Option<Self> {
        MAGICS
            .iter()
            .find(|(magic, _)| packed.starts_with(magic))
            .map(|&(_, compression)| compression)
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Lzma => "lzma",
            Self::Bzip2 => "bzip2",
            Self::Lzo => "lzo",
        })
    }
}

/// The reason why a kernel cannot be unpacked.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum UnpackError {
    /// The first bytes match no known compression.
    #[error(
        "the kernel in the bzImage starts with {start:02x?}, which matches no known compression: unpack it to a vmlinux with another tool"
    )]
    Unknown { start: Vec<u8> },
    /// This tool cannot unpack it.
    #[error("{compression} is not supported: unpack the kernel to a vmlinux with another tool")]
    NotSupported { compression: Compression },
    /// The unpacked size is larger than any kernel.
    #[error(
        "the unpacked size of the kernel is given as {size} bytes, more than {LARGEST}: it is corrupted"
    )]
    TooLarge { size: usize },
    /// The decoder rejects the data.
    #[error("the {compression} data are corrupted: {source}")]
    Corrupted { compression: Compression, source: io::Error },
    /// The last four bytes give a different size.
    #[error(
        "the {compression} data unpack to {what} the {stated} bytes given at their end: they are corrupted"
    )]
    SizeDiffers { compression: Compression, what: &'static str, stated: usize },
}

/// Unpacks the compressed kernel of a bzImage. It needs at most the memory of the unpacked size, which is at most
/// [`LARGEST`], and of the decoder.
///
/// # Errors
///
/// Returns an [`UnpackError`] if the compression is unknown, or the data are corrupted.
pub fn unpack(packed: &[u8]) -> Result<(Compression, Vec<u8>), UnpackError> {
    let compression = Compression::of(packed)
        .ok_or_else(|| UnpackError::Unknown { start: packed.iter().take(6).copied().collect() })?;
    let stated = packed.last_chunk().map_or(0, |&size| u32::from_le_bytes(size) as usize);
    if stated > LARGEST {
        return Err(UnpackError::TooLarge { size: stated });
    }
    let without_size = &packed[..packed.len().saturating_sub(4)];
    let corrupted = |source| UnpackError::Corrupted { compression, source };
    let decoder: Box<dyn Read + '_> = match compression {
        Compression::Gzip => Box::new(GzDecoder::new(packed)),
        Compression::Xz => Box::new(XzReader::new_mem_limit(without_size, false, DECODER_KIB)),
        Compression::Zstd => Box::new(
            ZstdDecoder::new(without_size).map_err(|error| corrupted(io::Error::other(error)))?,
        ),
        Compression::Lz4 => Box::new(Lz4Decoder::new(without_size)),
        Compression::Lzma => {
            Box::new(LzmaReader::new_mem_limit(without_size, DECODER_KIB, None).map_err(corrupted)?)
        }
        Compression::Bzip2 => Box::new(BzDecoder::new(without_size)),
        Compression::Lzo => return Err(UnpackError::NotSupported { compression }),
    };
    let mut unpacked = Vec::new();
    decoder.take(stated as u64 + 1).read_to_end(&mut unpacked).map_err(corrupted)?;
    let other = |what| Err(UnpackError::SizeDiffers { compression, what, stated });
    match unpacked.len() {
        len if len < stated => other("less than"),
        len if len > stated => other("more than"),
        _ => Ok((compression, unpacked)),
    }
}
