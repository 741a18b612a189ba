//! Why no image can be sealed.

use purgatory_abi::console::ConsoleError;
use purgatory_abi::native::{Console, Header, LIST_BYTES, Policy, SEGMENTS, VERSION};

/// Why an image cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The image has no header where the contract wants one.
    #[error(
        "the image does not start with the magic of a native header: this purgatory is for another loader"
    )]
    NoHeader,
    /// The header is of another version.
    #[error(
        "the purgatory has version {found} of the native contract, but this loader has version {VERSION}"
    )]
    Version {
        /// The purgatory's.
        found: u32,
    },
    /// The header is smaller than the contract's, or of another size than its symbol.
    #[error(
        "the purgatory's header gives its size as {found} bytes, which differs from its symbol or is less than the {} bytes of version {VERSION} of the native contract: it is corrupted",
        size_of::<Header>()
    )]
    HeaderBytes {
        /// The purgatory's.
        found: u32,
    },
    /// The header has flags before a loader has set any.
    #[error(
        "the purgatory's header has the flags {found:#x} before a loader sets any: it is corrupted"
    )]
    Flags {
        /// The purgatory's.
        found: u64,
    },
    /// The policy is none that the contract has.
    #[error(
        "{found:?} is not a valid policy in version {VERSION} of the native contract: use the numbers of OnFailure, and zero for reserved fields"
    )]
    Policy {
        /// What was given.
        found: Policy,
    },
    /// A console is none that the contract has.
    #[error(
        "console {index} is {found:?}, which is not valid in version {VERSION} of the native contract: use the numbers of ConsoleKind, and zero for reserved fields"
    )]
    Console {
        /// Its index among those that were given.
        index: usize,
        /// What was given.
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
    /// One of the segments is said to be the purgatory's own.
    #[error(
        "segment {index} is of kind purgatory: leave it out, because the library adds the purgatory's own segment"
    )]
    OwnSegment {
        /// Its index among those that were given.
        index: usize,
    },
    /// With the list, the image passes the end of the address space.
    #[error(
        "with its segment digest list, the purgatory at {base:#x} has {memsz:#x} bytes and extends past the end of the address space: place it lower"
    )]
    Wraps {
        /// Physical address of the image.
        base: u64,
        /// Bytes of memory that it takes.
        memsz: usize,
    },
    /// There are too many segments.
    #[error(
        "{count} segments and the purgatory's own are more than {SEGMENTS}, the most that can be loaded"
    )]
    TooManySegments {
        /// How many were given.
        count: usize,
    },
    /// The payloads have more chunks than a list has room for.
    #[error(
        "the digests of all chunks need {bytes} bytes, but a list has at most {LIST_BYTES}, for 32 GiB of payload"
    )]
    ListTooLong {
        /// What they would take.
        bytes: u64,
    },
}
