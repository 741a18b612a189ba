//! What a loader of our own contract writes: what its caller wants, and what makes no sense.

use super::SetupError;
use super::words::setting;

setting! {
    /// What is wrong with the header and the list (`contract=`). Their digests are those of what is there.
    Contract {
        /// Nothing.
        Good = "good",
        /// The header's magic is another one.
        Magic = "magic",
        /// Its version is the next one.
        Version = "version",
        /// Its size is another one.
        HeaderBytes = "header-bytes",
        /// It has a flag.
        Flags = "flags",
        /// It has a policy with a number that none has.
        OnFailure = "on-failure",
        /// It has a policy with something in what is reserved.
        PolicyReserved = "policy-reserved",
        /// Its last console is of no known kind.
        ConsoleKind = "console-kind",
        /// Its last console has something in what is reserved.
        ConsoleReserved = "console-reserved",
        /// The list lies outside the identity map.
        ListUnmapped = "list-unmapped",
        /// The list lies there from its second page on.
        ListPartlyUnmapped = "list-partly-unmapped",
        /// The list passes the end of the address space.
        ListWraps = "list-wraps",
        /// The list is 2 to the power of 62 bytes long.
        ListHuge = "list-huge",
        /// The list lies in the blob's code.
        ListInBlob = "list-in-blob",
        /// The list ends before its last digest.
        ListCut = "list-cut",
        /// The list says that it has more segments than can be loaded.
        Segments = "segments",
        /// The list says that its chunks have another size.
        ChunkBytes = "chunk-bytes",
        /// The list says that it has a digest more.
        Digests = "digests",
        /// The third segment, the kernel, is of no known kind.
        Kind = "kind",
        /// It has a flag.
        SegmentFlag = "segment-flag",
        /// What is reserved in it is not zero.
        Reserved = "reserved",
        /// Its first digest is that of another segment.
        FirstDigest = "first-digest",
        /// It has a chunk more than the list has digests for it.
        Payload = "payload",
        /// The first segment, the elfcorehdr, is to be verified.
        ElfCoreHeaderVerified = "elfcorehdr-verified",
    }
}

setting! {
    /// What the header says of consoles and policy (`header=`).
    HeaderWord {
        /// The first console that is free is ttyS0.
        TtyS0 = "ttyS0",
        /// It is ttyS1, at 115,200 bits per second.
        TtyS1 = "ttyS1",
        /// It is silence.
        Silent = "silent",
        /// It is a UART at a port where none can be.
        BadPort = "bad-port",
        /// On failure: halt.
        Halt = "halt",
        /// On failure: reset after three seconds.
        Reset = "reset",
        /// On failure: continue.
        Continue = "continue",
        /// A report on success too.
        Verbose = "verbose",
    }
}
