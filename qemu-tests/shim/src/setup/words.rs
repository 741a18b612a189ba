//! The settings that are one of a few words.

use super::SetupError;

/// Declares a setting: an enum whose members each have a word.
macro_rules! setting {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident = $first_word:literal,
        $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every member with its word.
            pub const ALL: &'static [(Self, &'static str)] =
                &[(Self::$first, $first_word), $((Self::$variant, $word),)*];

            pub(super) fn from_word<'a>(key: &'a str, word: &'a str) -> Result<Self, SetupError<'a>> {
                Self::ALL
                    .iter()
                    .find(|(_, own)| *own == word)
                    .map(|(member, _)| *member)
                    .ok_or(SetupError::Value { key, value: word })
            }
        }
    };
}

pub(super) use setting;

setting! {
    /// Which kernel's way of entering the purgatory is followed (`entry=`).
    Entry {
        /// Linux 6.1 and 6.12: GDT and IDT of limit 0; the stack pointer 8 bytes below the end of a page, on a 0.
        Linux6_1 = "6.1",
        /// Linux 6.16: a GDT, an IDT of 16 gates, the stack pointer at the end of a page and nothing mapped there.
        Linux6_16 = "6.16",
    }
}

setting! {
    /// In which mode the image is to be started (`mode=`). Only kexec-tools' purgatory knows another one than 64-bit.
    Mode {
        /// Long mode, by `entry64_regs`.
        Bits64 = "64",
        /// 32-bit protected mode, by `entry32_regs`.
        Bits32 = "32",
        /// The same, and no stack pointer is given, as for multiboot.
        Bits32NoStack = "32-no-stack",
        /// Real mode, by `entry16_regs`.
        Bits16 = "16",
        /// The same as with `-d`: a kernel's real-mode part goes through the blob once more.
        Bits16Debug = "16-debug",
        /// Real mode, and there it halts, for those who look at the machine from outside.
        Bits16Halt = "16-halt",
    }
}

setting! {
    /// Where the blob is placed (`place=`).
    Place {
        /// At the top of a crash region, with the other segments below it.
        Crash = "crash",
        /// Below 640 KiB; the other segments in the crash region.
        Low = "low",
        /// Above 4 GiB, like all the other segments.
        High = "high",
    }
}

setting! {
    /// Whether the program runs as a guest in which instructions fault (`guest=`).
    Guest {
        /// No guest.
        None = "none",
        /// As in a guest with SEV-ES: intercepted instructions raise #VC.
        Vc = "vc",
        /// The same, and XSETBV is not left to the guest either.
        VcXsetbv = "vc-xsetbv",
        /// As in a guest with TDX: intercepted instructions raise #VE.
        Ve = "ve",
        /// No instruction faults, but `inject=` does while the blob works.
        Inject = "inject",
    }
}

setting! {
    /// What the region table holds (`regions=`).
    Regions {
        /// One region for each segment.
        Segments = "segments",
        /// None at all, and the digest of the empty message.
        None = "none",
        /// All sixteen slots, or as many segments as can be loaded with the blob's own: the kernel segment is cut up.
        All = "all",
        /// A `{0, 0}` slot between two regions.
        Hole = "hole",
        /// The first page of memory too, where firmware has its vectors.
        FirstPage = "first-page",
    }
}

setting! {
    /// A nonsensical region behind the good ones (`bad-region=`).
    BadRegion {
        /// None.
        None = "none",
        /// Start plus length passes the end of the address space.
        Wraps = "wraps",
        /// All of it lies outside the identity map.
        Unmapped = "unmapped",
        /// Its first page is mapped and its second is not.
        PartlyUnmapped = "partly-unmapped",
        /// Its first page and its last are mapped, and what is between them is not.
        MiddleUnmapped = "middle-unmapped",
        /// It lies in the blob.
        CoversBlob = "covers-blob",
        /// It shares the last byte of the kernel segment.
        Overlaps = "overlaps",
        /// 2 to the power of 62 bytes from the blob's upper neighbour on.
        Huge = "huge",
    }
}

setting! {
    /// What `entry64_regs.rsi` points to (`rsi=`).
    Rsi {
        /// The boot parameters.
        BootParams = "boot-params",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// Address 0.
        Null = "null",
        /// Readable bytes without a boot protocol header.
        Garbage = "garbage",
        /// The blob.
        Blob = "blob",
    }
}

setting! {
    /// What the command line pointer of the boot parameters points to (`command-line=`).
    CommandLine {
        /// The command line.
        Good = "good",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// Text without an end.
        Unterminated = "unterminated",
        /// The command line, its terminating zero in the last byte before an unmapped page.
        Edge = "edge",
        /// The command line without its zero, up to an unmapped page.
        EdgeUnterminated = "edge-unterminated",
    }
}

setting! {
    /// What `entry64_regs.rip` points to (`rip=`).
    Rip {
        /// The kernel segment's 64-bit entry, which jumps to the landing pad.
        Kernel = "kernel",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// A copy of the entry in a page that is not executable.
        NoExecute = "no-execute",
        /// The blob.
        Blob = "blob",
        /// What the blob has there by default: no register table is written at all.
        Default = "default",
    }
}

setting! {
    /// Whose byte is flipped after the digest was made (`flip=TARGET/WHERE`).
    Target {
        /// The made-up kernel.
        Kernel = "kernel",
        /// The initrd.
        Initrd = "initrd",
        /// The boot parameters with the command line.
        BootParams = "boot-params",
        /// The elfcorehdr.
        ElfCoreHeader = "elfcorehdr",
        /// The zeros at the kernel's end (`zeros=`).
        Zeros = "zeros",
        /// The digest in the blob; in the list of our own contract, that of the kernel's first, middle or last chunk.
        Digest = "digest",
        /// The header of our own contract.
        Header = "header",
        /// The digest of the list in that header.
        ListDigest = "list-digest",
        /// A word among the constants that lie with the code behind that header.
        Code = "code",
        /// The list of our own contract.
        List = "list",
    }
}

setting! {
    /// Which byte of the target is flipped.
    Where {
        /// The first.
        First = "first",
        /// The one in the middle.
        Middle = "middle",
        /// The last.
        Last = "last",
    }
}
