//! Errors of sealing an image.

use purgatory_abi::console::ConsoleError;
use purgatory_abi::native::{Console, Header, LIST_BYTES, Policy, SEGMENTS, VERSION};

/// The reason why an image cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The image does not start with a header.
    #[error(
        "the image does not start with the magic of a native header: this purgatory is for another loader"
    )]
    NoHeader,
    /// The header is of another version.
    #[error(
        "the purgatory has version {found} of the native contract, but this loader has version {VERSION}"
    )]
    Version {
        /// The purgatory's value.
        found: u32,
    },
    /// The header is smaller than in the contract, or differs in size from its symbol.
    #[error(
        "the purgatory's header gives its size as {found} bytes, which differs from its symbol or is less than the {} bytes of version {VERSION} of the native contract: it is corrupted",
        size_of::<Header>()
    )]
    HeaderBytes {
        /// The purgatory's value.
        found: u32,
    },
    /// The header has flags that no loader has set yet.
    #[error(
        "the purgatory's header has the flags {found:#x} before a loader sets any: it is corrupted"
    )]
    Flags {
        /// The purgatory's value.
        found: u64,
    },
    /// The policy is not in the contract.
    #[error(
        "{found:?} is not a valid policy in version {VERSION} of the native contract: use the numbers of OnFailure, and zero for reserved fields"
    )]
    Policy {
        /// The given value.
        found: Policy,
    },
    /// A console is not in the contract.
    #[error(
        "console {index} is {found:?}, which is not valid in version {VERSION} of the native contract: use the numbers of ConsoleKind, and zero for reserved fields"
    )]
    Console {
        /// Its index among the given ones.
        index: usize,
        /// The given value.
        found: Console,
    },
    /// A console has an invalid port or speed.
    #[error("console {index} is invalid: {error}")]
    ConsoleValue {
        /// Its index among the consoles of the options.
        index: usize,
        /// Which of its values is invalid.
        error: ConsoleError,
    },
    /// The image has a segment digest list.
    #[error("the image is already sealed: place the purgatory again, and seal the new image")]
    Sealed,
    /// One of the segments is of kind purgatory.
    #[error(
        "segment {index} is of kind purgatory: leave it out, because the library adds the purgatory's own segment"
    )]
    OwnSegment {
        /// Its index among the given ones.
        index: usize,
    },
    /// With the list, the image extends past the end of the address space.
    #[error(
        "with its segment digest list, the purgatory at {base:#x} has {memsz:#x} bytes and extends past the end of the address space: place it lower"
    )]
    Wraps {
        /// Physical address of the image.
        base: u64,
        /// Its size in memory, in bytes.
        memsz: usize,
    },
    /// The purgatory has the flag for copies of its contents, but not the memory.
    #[error(
        "the purgatory has the flag for two copies of its contents. These and the copies need {needed:#x} bytes, but it has only {memsz:#x} bytes of memory: it is corrupted"
    )]
    NoRoomForCopies {
        /// Bytes of the contents and two copies of them.
        needed: u64,
        /// Bytes of its memory.
        memsz: u64,
    },
    /// There are too many segments.
    #[error(
        "{count} segments and the purgatory's own are more than {SEGMENTS}, the most that can be loaded"
    )]
    TooManySegments {
        /// The number of given segments.
        count: usize,
    },
    /// The digests of all chunks do not fit into a list.
    #[error(
        "the digests of all chunks need {bytes} bytes, but a list has at most {LIST_BYTES}, for 32 GiB of payload"
    )]
    ListTooLong {
        /// The bytes that they need.
        bytes: u64,
    },
}
