//! The compressed kernel inside a bzImage.
//!
//! Source: `Documentation/arch/x86/boot.rst`; the structure is `struct setup_header` of
//! `arch/x86/include/uapi/asm/bootparam.h`. All numbers are little-endian.

use thiserror::Error;

/// Offset of `boot_flag` (u16), which is [`BOOT_FLAG`].
const BOOT_FLAG_OFFSET: usize = 0x1fe;
const BOOT_FLAG: u16 = 0xaa55;
/// Offset of `header`, which is [`MAGIC`].
const MAGIC_OFFSET: usize = 0x202;
const MAGIC: &[u8] = b"HdrS";
/// Offset of `setup_sects` (u8): sectors of the real-mode code, without the boot sector; 0 means 4.
const SETUP_SECTS: usize = 0x1f1;
const SECTOR: usize = 512;
/// Offset of `version` (u16): major and minor number, a byte each.
const VERSION: usize = 0x206;
/// Offset of `payload_offset` (u32): bytes from the end of the real-mode code to the compressed kernel.
const PAYLOAD_OFFSET: usize = 0x248;
/// Offset of `payload_length` (u32): its bytes.
const PAYLOAD_LENGTH: usize = 0x24c;
/// The first version that has the two.
const FIRST_WITH_PAYLOAD: u16 = 0x0208;

/// Why no compressed kernel can be taken from a bzImage.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum BzImageError {
    /// The file ends inside the setup header.
    #[error("the bzImage ends inside its setup header, after {len} bytes: take a whole one")]
    HeaderTruncated { len: usize },
    /// The boot protocol is older than `payload_offset`.
    #[error(
        "boot protocol {}.{:02} does not say where in the bzImage the kernel is: unpack it to a vmlinux by other means",
        version >> 8, version & 0xff
    )]
    TooOld { version: u16 },
    /// The payload is not inside the file.
    #[error(
        "the compressed kernel, {length} bytes at offset {offset:#x}, is not inside the bzImage of {len} bytes: take a whole one"
    )]
    PayloadOutsideFile { offset: usize, length: usize, len: usize },
}

/// Whether a file calls itself a bzImage.
pub fn is_one(file: &[u8]) -> bool {
    u16_at(file, BOOT_FLAG_OFFSET) == Some(BOOT_FLAG)
        && file.get(MAGIC_OFFSET..).is_some_and(|rest| rest.starts_with(MAGIC))
}

/// The compressed kernel in a file that [calls itself](is_one) a bzImage.
///
/// # Errors
///
/// The header does not say where it is, or it is not all there.
pub fn payload(file: &[u8]) -> Result<&[u8], BzImageError> {
    let truncated = BzImageError::HeaderTruncated { len: file.len() };
    let version = u16_at(file, VERSION).ok_or(truncated.clone())?;
    if version < FIRST_WITH_PAYLOAD {
        return Err(BzImageError::TooOld { version });
    }
    let setup_sects = *file.get(SETUP_SECTS).ok_or(truncated.clone())?;
    let setup_sects = if setup_sects == 0 { 4 } else { usize::from(setup_sects) };
    let number = |at| u32_at(file, at).map(|number| number as usize).ok_or(truncated.clone());
    let offset = (setup_sects + 1) * SECTOR + number(PAYLOAD_OFFSET)?;
    let length = number(PAYLOAD_LENGTH)?;
    file.get(offset..).and_then(|rest| rest.get(..length)).ok_or(BzImageError::PayloadOutsideFile {
        offset,
        length,
        len: file.len(),
    })
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().copied().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A bzImage with one sector of real-mode code and "kernel" 8 bytes behind it.
    fn image() -> Vec<u8> {
        let mut file = vec![0; 2 * SECTOR + 8];
        file[SETUP_SECTS] = 1;
        file[BOOT_FLAG_OFFSET..][..2].copy_from_slice(&BOOT_FLAG.to_le_bytes());
        file[MAGIC_OFFSET..][..4].copy_from_slice(MAGIC);
        file[VERSION..][..2].copy_from_slice(&0x020fu16.to_le_bytes());
        file[PAYLOAD_OFFSET] = 8;
        file[PAYLOAD_LENGTH] = 6;
        file.extend(b"kernel and more");
        file
    }

    #[test]
    fn finds_the_kernel() {
        assert!(is_one(&image()));
        assert_eq!(payload(&image()), Ok(&b"kernel"[..]));
    }

    #[test]
    fn no_sectors_are_four() {
        let mut file = image();
        file[SETUP_SECTS] = 0;
        file.splice(2 * SECTOR..2 * SECTOR, [0; 3 * SECTOR]);
        assert_eq!(payload(&file), Ok(&b"kernel"[..]));
    }

    #[test]
    fn without_its_magics_it_is_none() {
        for at in [BOOT_FLAG_OFFSET, MAGIC_OFFSET] {
            let mut file = image();
            file[at] ^= 1;
            assert!(!is_one(&file));
        }
    }

    #[test]
    fn header_truncated() {
        let error = payload(&image()[..PAYLOAD_LENGTH + 3]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the bzImage ends inside its setup header, after 591 bytes: take a whole one"
        );
    }

    #[test]
    fn too_old() {
        let mut file = image();
        file[VERSION] = 7;
        let error = payload(&file).unwrap_err();
        assert!(error.to_string().starts_with("boot protocol 2.07 does not say"), "{error}");
    }

    #[test]
    fn payload_outside_file() {
        let file = image();
        let error = payload(&file[..file.len() - 10]).unwrap_err();
        let expected = BzImageError::PayloadOutsideFile { offset: 1032, length: 6, len: 1037 };
        assert_eq!(error, expected);
        assert!(error.to_string().contains("6 bytes at offset 0x408, is not inside"), "{error}");
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(
            mut file in prop::collection::vec(any::<u8>(), 0..2048),
            magics in any::<bool>(),
        ) {
            if magics && file.len() >= MAGIC_OFFSET + 4 {
                file[BOOT_FLAG_OFFSET..MAGIC_OFFSET].copy_from_slice(&[0x55, 0xaa, 0xeb, 0x6a]);
                file[MAGIC_OFFSET..][..4].copy_from_slice(MAGIC);
                prop_assert!(is_one(&file));
            }
            if let Ok(payload) = payload(&file) {
                prop_assert!(payload.len() <= file.len());
            }
        }
    }
}
