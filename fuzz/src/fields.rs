//! Splits an input into fields.

use zerocopy::FromBytes;

/// The rest of an input. Fields that the input does not have are zero.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// Returns the next value.
    pub fn value<T: FromBytes>(&mut self) -> T {
        let mut bytes = self.bytes(size_of::<T>()).to_vec();
        bytes.resize(size_of::<T>(), 0);
        T::read_from_bytes(&bytes).expect("the length is that of the type")
    }

    /// Returns the next bytes, at most `len`.
    pub fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        bytes
    }
}
