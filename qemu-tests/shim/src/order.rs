//! The order for one run of the shim. The host appends it to the module that the shim is started with.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::setup::Setup;
use crate::sha256::Task;

/// The order for one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order<'a> {
    /// Start the blob that is the module.
    Blob(#[serde(borrow)] Setup<'a>),
    /// Work on the SHA-256 implementations, with the vectors that are the module.
    Implementations(Task),
    /// Enter memory whose bytes are the module.
    Memory(Memory),
}

/// The number of pieces of a [`Memory`].
pub const PIECES: usize = 3;

/// Memory to enter as a purgatory is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Where the pieces of the module go, in its order.
    pub pieces: [Piece; PIECES],
    /// The address to enter.
    pub start: u64,
    /// The page of 2 MiB that cannot be executed: the entry into the target kernel, so that it ends the run.
    pub no_execute: u64,
}

/// A piece of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The address of its first byte.
    pub address: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Why a module has no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The module is too short.
    #[error("the module ends without an order")]
    Missing,
    /// Host and shim were built from different sources.
    #[error("the order has format {found:#x} and not {FORMAT:#x}: rebuild the shim")]
    Format {
        /// The format of the order.
        found: u64,
    },
    /// The bytes are not an order.
    #[error("the order is malformed: {0}")]
    Malformed(#[from] postcard::Error),
}

/// The digest (FNV-1a) of the sources of all types in an order. It differs between host and shim if one of them is
/// stale.
const FORMAT: u64 = digest(&[
    include_bytes!("order.rs"),
    include_bytes!("fault.rs"),
    include_bytes!("setup/mod.rs"),
    include_bytes!("setup/choices.rs"),
    include_bytes!("setup/native.rs"),
    include_bytes!("setup/kexec_tools.rs"),
    include_bytes!("sha256/mod.rs"),
]);

const fn digest(sources: &[&[u8]]) -> u64 {
    let (mut digest, mut source) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while source < sources.len() {
        let mut at = 0;
        while at < sources[source].len() {
            digest = (digest ^ sources[source][at] as u64).wrapping_mul(0x100_0000_01b3);
            at += 1;
        }
        source += 1;
    }
    digest
}

/// Bytes of the format, and of the order's length, at the end of the module.
const WORD: usize = size_of::<u64>();

impl<'a> Order<'a> {
    /// Returns the module that the shim is to be started with.
    ///
    /// # Errors
    /// Returns [`OrderError::Malformed`] if the order cannot be encoded.
    pub fn with_module(&self, module: &[u8]) -> Result<Vec<u8>, OrderError> {
        let order = postcard::to_allocvec(self)?;
        let words = [order.len() as u64, FORMAT].map(u64::to_le_bytes);
        Ok([module, &order, words.as_flattened()].concat())
    }

    /// Returns the order, and the module without it.
    ///
    /// # Errors
    /// Returns an [`OrderError`] if the end of the module has no valid order.
    pub fn of_module(module: &'a [u8]) -> Result<(Self, &'a [u8]), OrderError> {
        let (rest, found) = split_word(module)?;
        if found != FORMAT {
            return Err(OrderError::Format { found });
        }
        let (rest, bytes) = split_word(rest)?;
        let bytes = usize::try_from(bytes).ok().and_then(|bytes| rest.len().checked_sub(bytes));
        let (module, order) = rest.split_at(bytes.ok_or(OrderError::Missing)?);
        Ok((postcard::from_bytes(order)?, module))
    }
}

fn split_word(bytes: &[u8]) -> Result<(&[u8], u64), OrderError> {
    let (rest, word) = bytes.split_last_chunk::<WORD>().ok_or(OrderError::Missing)?;
    Ok((rest, u64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Byte, Fault, Part};
    use crate::setup::{Entry, Guest};

    fn order() -> Order<'static> {
        let faults = [Some(Fault::flip(Part::Kernel, Byte::Middle)), None];
        let (xcr0, command_line) = (Some(u64::MAX), "quiet purgatory.verbose");
        let setup = Setup { faults, xcr0, command_line, inject: 13, ..Setup::PLAIN };
        Order::Blob(Setup { entry: Entry::Linux6_16, guest: Guest::Inject, ..setup })
    }

    #[test]
    fn the_shim_reads_what_the_host_writes() {
        let piece = Piece { address: 1 << 40, bytes: 5 };
        let memory =
            Order::Memory(Memory { pieces: [piece; PIECES], start: 1 << 16, no_execute: 0 });
        for order in [order(), Order::Implementations(Task::Count), memory] {
            let module = order.with_module(b"a blob").unwrap();
            assert_eq!(Order::of_module(&module), Ok((order, &b"a blob"[..])));
        }
    }

    #[test]
    fn rejects_a_module_without_an_order() {
        let whole = order().with_module(b"").unwrap();
        assert_eq!(Order::of_module(&whole[1..]), Err(OrderError::Missing));
        let words = &whole[whole.len() - 2 * WORD..];
        assert_eq!(Order::of_module(words), Err(OrderError::Missing));
        assert_eq!(Order::of_module(&words[1..]), Err(OrderError::Missing));
        assert_eq!(Order::of_module(b"ELF"), Err(OrderError::Missing));
    }

    #[test]
    fn rejects_an_order_of_another_build() {
        let mut module = order().with_module(b"a blob").unwrap();
        *module.last_mut().unwrap() ^= 1;
        let found = FORMAT ^ 1 << 56;
        assert_eq!(Order::of_module(&module), Err(OrderError::Format { found }));
    }

    #[test]
    fn rejects_a_malformed_order() {
        let mut module = order().with_module(b"").unwrap();
        module[0] = 9;
        let error = Order::of_module(&module).unwrap_err();
        assert!(matches!(error, OrderError::Malformed(_)), "{error}");
    }
}
