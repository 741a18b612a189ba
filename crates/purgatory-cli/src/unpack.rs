//! Unpacks what a kernel was compressed with.
//!
//! Source: `arch/x86/boot/compressed/Makefile` and `scripts/Makefile.lib`: which programs compress a kernel, and that the
//! unpacked size (u32, little-endian) stands in its last four bytes. gzip has it there by itself; to the others it is
//! appended.

use bzip2::read::BzDecoder;
use flate2::read::GzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::StreamingDecoder as ZstdDecoder;
use std::fmt;
use std::io::{self, Read};
use thiserror::Error;

/// The largest kernel in bytes, unpacked. Stock ones have less than 100 MiB; a kernel must fit below its own 2 GiB of
/// addresses.
pub const LARGEST: usize = 1 << 30;

/// The most memory in KiB that a decoder may take for itself, its dictionary above all. The kernel's build asks for at most
/// 128 MiB (`xz_wrap.sh`, `zstd -22 --ultra`).
const DECODER_KIB: u32 = 256 << 10;

/// What a kernel may be compressed with.
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

/// First bytes, and what they tell.
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
    /// What `packed` is compressed with, by its first bytes.
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

/// Why a kernel cannot be unpacked.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum UnpackError {
    /// The first bytes are those of no compression.
    #[error(
        "the kernel in the bzImage starts with {start:02x?}, which matches no known compression: unpack it to a vmlinux with another tool"
    )]
    Unknown { start: Vec<u8> },
    /// Nothing here unpacks it.
    #[error("{compression} is not supported: unpack the kernel to a vmlinux with another tool")]
    NotSupported { compression: Compression },
    /// It says that it is larger than any kernel.
    #[error(
        "the unpacked size of the kernel is given as {size} bytes, more than {LARGEST}: it is corrupted"
    )]
    TooLarge { size: usize },
    /// The decoder refuses it.
    #[error("the {compression} data are corrupted: {source}")]
    Corrupted { compression: Compression, source: io::Error },
    /// The last four bytes tell another size.
    #[error(
        "the {compression} data unpack to {what} the {said} bytes given at their end: they are corrupted"
    )]
    OtherSize { compression: Compression, what: &'static str, said: usize },
}

/// Unpacks the compressed kernel of a bzImage. Takes at most as much memory as it says that it unpacks to, which is at
/// most [`LARGEST`], and the decoder's.
///
/// # Errors
///
/// It is compressed with something else, or corrupted.
pub fn unpack(packed: &[u8]) -> Result<(Compression, Vec<u8>), UnpackError> {
    let compression = Compression::of(packed)
        .ok_or_else(|| UnpackError::Unknown { start: packed.iter().take(6).copied().collect() })?;
    let said = packed.last_chunk().map_or(0, |&size| u32::from_le_bytes(size) as usize);
    if said > LARGEST {
        return Err(UnpackError::TooLarge { size: said });
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
    decoder.take(said as u64 + 1).read_to_end(&mut unpacked).map_err(corrupted)?;
    let other = |what| Err(UnpackError::OtherSize { compression, what, said });
    match unpacked.len() {
        len if len < said => other("less than"),
        len if len > said => other("more than"),
        _ => Ok((compression, unpacked)),
    }
}
