//! Access to physical memory. An address may be wrong, so every read may fail.

/// An address that is not mapped by the identity map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmapped {
    /// The first address that could not be read.
    pub address: u64,
}

/// Memory by physical address.
pub trait Memory {
    /// Returns the bytes from `address` on: at least one and at most `max`. The slice is shorter than `max` if the
    /// identity map ends earlier, or if `max` is more than 64 KiB. It is empty only if `max` is 0.
    ///
    /// # Errors
    ///
    /// Returns [`Unmapped`] if the byte at `address` cannot be read.
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped>;

    /// Returns all `len` bytes from `address` on, of any length.
    ///
    /// # Errors
    ///
    /// Returns [`Unmapped`] if any of the bytes cannot be read.
    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped>;
}

#[cfg(test)]
pub(crate) mod fake {
    //! Memory of a fake machine: pieces at addresses, with unmapped memory between them.

    use super::{Memory, Unmapped};

    /// Pieces of mapped memory.
    #[derive(Default)]
    pub(crate) struct Pieces(pub(crate) Vec<(u64, Vec<u8>)>);

    impl Pieces {
        pub(crate) fn with(mut self, address: u64, bytes: impl Into<Vec<u8>>) -> Self {
            self.0.push((address, bytes.into()));
            self
        }
    }

    impl Memory for Pieces {
        fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
            self.0
                .iter()
                .find_map(|(start, bytes)| {
                    let tail = bytes.get(usize::try_from(address.checked_sub(*start)?).ok()?..)?;
                    let len = tail.len().min(usize::try_from(max).unwrap_or(usize::MAX));
                    (!tail.is_empty()).then(|| &tail[..len])
                })
                .ok_or(Unmapped { address })
        }

        fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
            let run = if len == 0 { Ok(&[][..]) } else { self.run(address, len) }?;
            if run.len() as u64 == len {
                Ok(run)
            } else {
                Err(Unmapped { address: address + run.len() as u64 })
            }
        }
    }
}
