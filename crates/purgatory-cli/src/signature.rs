//! Signatures inside a file. A changed file would fail the signature check.

use object::LittleEndian as Le;
use object::pe::{IMAGE_DIRECTORY_ENTRY_SECURITY, ImageDosHeader, ImageNtHeaders64};
use object::read::pe::ImageNtHeaders;
use std::fmt;

/// The last bytes of a file that the kernel's `scripts/sign-file` signed: `MODULE_SIG_STRING` of
/// `include/linux/module_signature.h`.
const APPENDED: &[u8] = b"~Module signature appended~\n";

/// The signature of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// In the certificate table of a PE file: `size` bytes at `offset`, from its data directory.
    Pe {
        /// Offset in the file.
        offset: u32,
        /// Bytes.
        size: u32,
    },
    /// Appended, as for a kernel module.
    Appended,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pe { offset, size } => {
                write!(f, "PE certificate table, {size} bytes at offset {offset:#x}")
            }
            Self::Appended => f.write_str("appended as to a kernel module"),
        }
    }
}

/// Returns the signature of `file`, if it has one. It is not verified.
pub fn of(file: &[u8]) -> Option<Signature> {
    pe(file).or_else(|| file.ends_with(APPENDED).then_some(Signature::Appended))
}

fn pe(file: &[u8]) -> Option<Signature> {
    let dos = ImageDosHeader::parse(file).ok()?;
    let mut offset = u64::from(dos.nt_headers_offset());
    let (_, directories) = ImageNtHeaders64::parse(file, &mut offset).ok()?;
    let certificates = directories.get(IMAGE_DIRECTORY_ENTRY_SECURITY)?;
    // Unlike in all other directories, this address is a file offset.
    let (offset, size) = (certificates.virtual_address.get(Le), certificates.size.get(Le));
    (size != 0).then_some(Signature::Pe { offset, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the headers of a 64-bit PE file with 16 directories, with this entry for the certificate table.
    fn pe_file(offset: u32, size: u32) -> Vec<u8> {
        let mut file = vec![0; 0x200];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"MZ");
        put(0x3c, &0x40u32.to_le_bytes());
        put(0x40, b"PE\0\0");
        // SizeOfOptionalHeader, Magic, NumberOfRvaAndSizes.
        put(0x40 + 20, &(112 + 16 * 8u16).to_le_bytes());
        put(0x58, &0x20bu16.to_le_bytes());
        put(0x58 + 108, &16u32.to_le_bytes());
        put(0x58 + 112 + 4 * 8, &offset.to_le_bytes());
        put(0x58 + 112 + 4 * 8 + 4, &size.to_le_bytes());
        file
    }

    #[test]
    fn detects_a_certificate_table() {
        let signature = of(&pe_file(0x1234, 1472)).unwrap();
        assert_eq!(signature, Signature::Pe { offset: 0x1234, size: 1472 });
        assert_eq!(signature.to_string(), "PE certificate table, 1472 bytes at offset 0x1234");
    }

    #[test]
    fn ignores_an_empty_certificate_table() {
        assert_eq!(of(&pe_file(0, 0)), None);
    }

    #[test]
    fn detects_an_appended_signature_only_at_the_end() {
        let mut file = b"code and PKCS #7".to_vec();
        assert_eq!(of(&file), None);
        file.extend(APPENDED);
        assert_eq!(of(&file), Some(Signature::Appended));
        assert_eq!(Signature::Appended.to_string(), "appended as to a kernel module");
        file.push(0);
        assert_eq!(of(&file), None);
    }
}
