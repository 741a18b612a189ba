//! The tables of a loader of the native contract: options of its caller, and malformed tables.

use serde::{Deserialize, Serialize};

/// Defects of the header and the list. Their digests match the malformed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contract {
    /// Nothing.
    Good,
    /// The header's magic is another one.
    Magic,
    /// Its version is the next one.
    Version,
    /// Its size is another one.
    HeaderBytes,
    /// It has a flag.
    Flags,
    /// The copies are not in the pages after the contents.
    Copies,
    /// It has a policy with a number that none has.
    OnFailure,
    /// Its policy has a nonzero reserved byte.
    PolicyReserved,
    /// Its first console is a UART at a port where none can be.
    ConsolePort,
    /// Its last console is of no known kind.
    ConsoleKind,
    /// Its last console has a nonzero reserved byte.
    ConsoleReserved,
    /// The list lies outside the identity map.
    ListUnmapped,
    /// The list lies there from its second page on.
    ListPartlyUnmapped,
    /// The list passes the end of the address space.
    ListWraps,
    /// The list is 2 to the power of 62 bytes long.
    ListHuge,
    /// The list lies in the blob's code.
    ListInBlob,
    /// The list ends before its last digest.
    ListCut,
    /// The list says that it has more segments than can be loaded.
    Segments,
    /// The list says that its chunks have another size.
    ChunkBytes,
    /// The list says that it has a digest more.
    Digests,
    /// The third segment, the kernel, is of no known kind.
    Kind,
    /// It has a flag.
    SegmentFlag,
    /// A reserved byte in it is not zero.
    Reserved,
    /// Its first digest is that of another segment.
    FirstDigest,
    /// It has a chunk more than the list has digests for it.
    Payload,
    /// The first segment, the elfcorehdr, is to be verified.
    ElfCoreHeaderVerified,
}

/// Consoles and policy in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeaderSetting {
    /// The first console that is free is ttyS0.
    TtyS0,
    /// It is ttyS1, at 115,200 bits per second.
    TtyS1,
    /// It is silence.
    Silent,
    /// On failure: halt.
    Halt,
    /// On failure: reset after three seconds.
    Reset,
    /// On failure: continue.
    Continue,
    /// A report on success too.
    Verbose,
    /// Nothing rewrites elfcorehdr: the header has its digest.
    FinalElfcorehdr,
}
