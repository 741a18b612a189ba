//! Why no image can be sealed.

use purgatory_abi::console::ConsoleError;
use purgatory_abi::native::{Console, Header, LIST_BYTES, Policy, SEGMENTS, VERSION};

/// Why an image cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The image has no header where the contract wants one.
    #[error(
        "there is no header with the native contract's magic at the start of the image: this purgatory is for another loader"
    )]
    NoHeader,
    /// The header is of another version.
    #[error(
        "the purgatory has version {found} of the native contract, this loader version {VERSION}"
    )]
    Version {
        /// The purgatory's.
        found: u32,
    },
    /// The header is smaller than the contract's, or of another size than its symbol.
    #[error(
        "the purgatory says that its header has {found} bytes, which are not those of its symbol or not the {} that version {VERSION} of the native contract has at least: it is corrupted",
        size_of::<Header>()
    )]
    HeaderBytes {
        /// The purgatory's.
        found: u32,
    },
    /// The header has flags before a loader has set any.
    #[error(
        "the purgatory's header has the flags {found:#x} before anybody has set one: it is corrupted"
    )]
    Flags {
        /// The purgatory's.
        found: u64,
    },
    /// The policy is none that the contract has.
    #[error(
        "{found:?} is no policy of version {VERSION} of the native contract: take its numbers from OnFailure, and zeros for what is reserved"
    )]
    Policy {
        /// What was given.
        found: Policy,
    },
    /// A console is none that the contract has.
    #[error(
        "console {index} is {found:?}, which is none of version {VERSION} of the native contract: take its number from ConsoleKind, and zeros for what is reserved"
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
    #[error("the image is sealed already: place the purgatory once more, and seal that")]
    Sealed,
    /// One of the segments is said to be the purgatory's own.
    #[error(
        "segment {index} is of kind purgatory: leave it out, the purgatory's own is added by itself"
    )]
    OwnSegment {
        /// Its index among those that were given.
        index: usize,
    },
    /// With the list, the image passes the end of the address space.
    #[error(
        "with its segment digest list the purgatory at {base:#x} has {memsz:#x} bytes, which pass the end of the address space: place it lower"
    )]
    Wraps {
        /// Physical address of the image.
        base: u64,
        /// Bytes of memory that it takes.
        memsz: usize,
    },
    /// There are too many segments.
    #[error(
        "{count} segments and the purgatory's own are more than the {SEGMENTS} that can be loaded"
    )]
    TooManySegments {
        /// How many were given.
        count: usize,
    },
    /// The payloads have more chunks than a list has room for.
    #[error(
        "the digests of all chunks take {bytes} bytes, and a list has {LIST_BYTES} at most: 32 GiB of payload"
    )]
    ListTooLong {
        /// What they would take.
        bytes: u64,
    },
}
