//! Faults that tests inject into a loaded image: the place, the change and the time.
//!
//! The boot shim, the runs of stock kernels and the runs inside a process all describe their faults in this way.

use core::ops::Range;

use serde::{Deserialize, Serialize};

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub at: At,
    /// The change of the byte.
    pub what: What,
    /// When.
    pub when: When,
}

/// Where a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// A byte of a part of the image.
    Part(Part, Byte),
    /// A physical address.
    Address(u64),
}

/// A part of a loaded image: a segment, a part of one, or a table of the purgatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The target kernel.
    Kernel,
    /// The initrd.
    Initrd,
    /// The boot parameters.
    BootParams,
    /// A kernel parameter that the target kernel ignores.
    IgnoredWord,
    /// The elfcorehdr.
    Elfcorehdr,
    /// The memory that the purgatory copies low memory to.
    Backup,
    /// The random seed, which the target kernel finds through `setup_data`.
    SetupData,
    /// The zero padding at the end of the kernel segment.
    ZeroPadding,
    /// The purgatory's expected digest. In a native image, the digest of the kernel's chunk with that byte, which is
    /// computed with that bit flipped.
    Digest,
    /// The header of a native purgatory, in two of its three copies: it would repair one.
    Header,
    /// The digest of the list in that header, in two of the three copies.
    ListDigest,
    /// The registers: in a native image, the value for rsi in the header, in two of the three copies; in an image of a
    /// drop-in, the whole table.
    Registers,
    /// `skip_checks` of kexec-tools.
    SkipChecks,
    /// A constant among the code of a native purgatory that is not used before the code is verified, in two of the three
    /// copies; or what a drop-in checks: it starts with the report about that.
    Code,
    /// Header, code and constants of a native purgatory, not their copies.
    Contents,
    /// Both copies of them.
    Copies,
    /// The segment digest list of a native image.
    List,
}

/// A byte of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Byte {
    /// The first.
    Guest,
    /// The one in the middle.
    Middle,
    /// The last.
    Last,
    /// The one at this distance from the end. The last byte has the distance 1.
    FromEnd(u64),
}

impl Byte {
    /// Returns the offset in a part of `len` bytes, or nothing if the part has no such byte.
    #[must_use]
    pub fn offset(self, len: u64) -> Option<u64> {
        let offset = match self {
            Self::Guest => 0,
            Self::Middle => len / 2,
            Self::Last => len.checked_sub(1)?,
            Self::FromEnd(distance) => len.checked_sub(distance)?,
        };
        (offset < len).then_some(offset)
    }

    /// Returns the address in a part that occupies `range`, or nothing if the part has no such byte.
    #[must_use]
    pub fn address(self, range: &Range<u64>) -> Option<u64> {
        let offset = self.offset(range.end.checked_sub(range.start)?)?;
        Some(range.start + offset)
    }
}

/// The change of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// This bit of the byte is inverted. 0 is the lowest one.
    Flip(u8),
    /// So many bytes from there on are set to a value: 0 for zeros, 0xff for ones.
    Fill {
        /// The value.
        byte: u8,
        /// The number of bytes.
        count: u64,
    },
}

impl What {
    /// Returns the number of bytes that change.
    #[must_use]
    pub fn bytes(self) -> u64 {
        match self {
            Self::Flip(_) => 1,
            Self::Fill { count, .. } => count,
        }
    }

    /// Changes these bytes, which are the [`bytes`](Self::bytes) from the fault's place on.
    pub fn apply(self, bytes: &mut [u8]) {
        match self {
            Self::Flip(bit) => bytes.iter_mut().for_each(|byte| *byte ^= 1 << bit),
            Self::Fill { byte, .. } => bytes.fill(byte),
        }
    }
}

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// Before the loader computes the digests, which match the changed bytes.
    BeforeLoad,
    /// After the load, and before the purgatory starts.
    BeforeStart,
}

impl Fault {
    /// The lowest bit of a byte, inverted after the load.
    #[must_use]
    pub const fn flip(part: Part, byte: Byte) -> Self {
        Self { at: At::Part(part, byte), what: What::Flip(0), when: When::BeforeStart }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_its_offset() {
        let offset = |byte: Byte| byte.offset(10);
        assert_eq!(offset(Byte::Guest), Some(0));
        assert_eq!(offset(Byte::Middle), Some(5));
        assert_eq!(offset(Byte::Last), Some(9));
        assert_eq!(offset(Byte::FromEnd(10)), Some(0));
        assert_eq!(Byte::FromEnd(1).address(&(0x1000..0x1010)), Some(0x100f));
    }

    #[test]
    fn a_byte_outside_its_part_has_no_offset() {
        assert_eq!(Byte::FromEnd(11).offset(10), None);
        assert_eq!(Byte::FromEnd(0).offset(10), None);
        for byte in [Byte::Guest, Byte::Middle, Byte::Last] {
            assert_eq!(byte.offset(0), None, "{byte:?}");
        }
        #[expect(clippy::reversed_empty_ranges, reason = "malformed on purpose")]
        let reversed = 2..1;
        assert_eq!(Byte::Guest.address(&reversed), None);
    }

    #[test]
    fn a_change_is_that_of_its_bytes() {
        let mut bytes = [0xf0; 3];
        What::Flip(4).apply(&mut bytes[1..2]);
        assert_eq!(bytes, [0xf0, 0xe0, 0xf0]);
        let fill = What::Fill { byte: 0xff, count: 2 };
        fill.apply(&mut bytes[..2]);
        assert_eq!(bytes, [0xff, 0xff, 0xf0]);
        assert_eq!((What::Flip(4).bytes(), fill.bytes()), (1, 2));
    }
}
