//! Memory that can be written and executed.

use super::outcome::RunError;
use std::io;
use std::ops::Range;
use std::ptr;

/// Anonymous memory below 2 GiB, where 32-bit relocations reach.
#[derive(Debug)]
pub struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    /// At least `bytes` bytes, zeroed, at a page.
    ///
    /// # Errors
    /// There is no such memory, or the operating system gives none that can be written and executed.
    pub fn new(bytes: usize) -> Result<Self, RunError> {
        let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT;
        // SAFETY: memory that nobody has yet.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(RunError::Memory { bytes, source: io::Error::last_os_error() });
        }
        Ok(Self { start: start.cast(), bytes })
    }

    /// Its addresses.
    #[must_use]
    pub fn addresses(&self) -> Range<u64> {
        let start = self.start.expose_provenance() as u64;
        start..start + self.bytes as u64
    }

    /// Its bytes.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the memory is this value's, and a blob runs in it only while this value is borrowed by `run`.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.bytes) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the memory is this value's, and no blob runs in it any more.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_where_32_bit_relocations_reach() {
        let mut mapping = Mapping::new(5000).unwrap();
        mapping.bytes_mut()[4999] = 1;
        assert!(mapping.addresses().end < 1 << 31);
    }

    #[test]
    fn more_than_there_is_is_refused() {
        let error = Mapping::new(1 << 40).unwrap_err();
        assert!(matches!(error, RunError::Memory { bytes: 0x100_0000_0000, .. }), "{error}");
    }
}
