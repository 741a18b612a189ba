//! The result of a verification, the warnings, and the action after the report.
//!
//! The names are those of the report, and stable. The numbers are not part of any format.

codes! {
    /// The result of a verification.
    Status {
        /// Every region or chunk is intact.
        Verified = 0, "verified";
        /// A digest does not match, or zero padding is not zero: at least one byte has changed since the image was
        /// loaded.
        Mismatch = 1, "mismatch";
        /// A region's start plus its length passes the end of the address space.
        RegionWraps = 2, "region-wraps";
        /// A region, or part of one, is not in the identity map.
        RegionUnmapped = 3, "region-unmapped";
        /// A region covers memory of the purgatory itself, which changes while it runs.
        RegionCoversPurgatory = 4, "region-covers-purgatory";
        /// Two regions share memory.
        RegionsOverlap = 5, "regions-overlap";
        /// No SHA-256 implementation of this machine passes its known-answer test.
        ImplementationsBroken = 6, "implementations-broken";
        /// The address to jump to is not in the identity map.
        EntryUnmapped = 7, "entry-unmapped";
        /// An unexpected exception.
        Fault = 8, "fault";
        /// An error in the purgatory's own logic.
        Internal = 9, "internal";
        /// The registers with which the image is to be entered are not those that the loader writes.
        RegistersInvalid = 10, "registers-invalid";
        + kexec_tools {
            /// The loader disabled the verification.
            Skipped = 11, "skipped";
            /// The purgatory's address is too high for the mode in which the image starts: a 32-bit entry needs it
            /// below 4 GiB, a real-mode entry below 1 MiB.
            EntryTooHigh = 12, "entry-too-high";
        }
        + native {
            /// The header has another magic, version or size, or a flag, policy or console that this version does not
            /// define.
            HeaderUnknown = 13, "header-unknown";
            /// The header, registers included, is corrupted.
            HeaderCorrupted = 14, "header-corrupted";
            /// The segment digest list, or part of it, is not in the identity map.
            ListUnmapped = 15, "list-unmapped";
            /// The segment digest list is corrupted.
            ListCorrupted = 16, "list-corrupted";
            /// The segment digest list is inconsistent, or has a kind or a flag that this version does not define.
            ListMalformed = 17, "list-malformed";
            /// The purgatory's own code is corrupted.
            CodeCorrupted = 18, "code-corrupted";
        }
    }
}

/// The reason why an image cannot be verified, and the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The reason.
    pub status: Status,
    /// The slot of the region table or the index of the segment, if one of them is wrong.
    pub slot: Option<u8>,
    /// The physical address of the defect.
    pub address: u64,
}

codes! {
    /// A problem that does not prevent the verification and the start of an image.
    Warning {
        /// `entry64_regs.rsi` does not point to readable memory.
        BootParamsUnmapped = 1, "boot-params-unmapped";
        /// There is no boot protocol header at `entry64_regs.rsi`.
        BootParamsNoHeader = 2, "boot-params-no-header";
        /// The command line at the address in `boot_params` is not readable.
        CommandLineUnmapped = 3, "command-line-unmapped";
        /// The command line has no terminating zero within the length that Linux allows.
        CommandLineUnterminated = 4, "command-line-unterminated";
        /// A `purgatory.console=` value is invalid.
        ConsoleUnknown = 5, "console-unknown";
        /// A `purgatory.on_failure=` value is invalid. Or the purgatory was built without `continue`, which the parameter
        /// or the native header gives.
        OnFailureUnknown = 6, "on-failure-unknown";
        /// A `purgatory.` parameter is unknown or has an invalid form.
        ParameterUnknown = 7, "parameter-unknown";
        /// A SHA-256 implementation failed its known-answer test, and a slower one was used.
        ImplementationBroken = 8, "implementation-broken";
        + kexec_tools {
            /// `serial_base`, or the address of a console of the native header, cannot be the first port of a UART.
            SerialBaseUnknown = 9, "serial-base-unknown";
            /// `serial_baud`, or the speed of a console of the native header, is not a speed of a UART.
            SerialBaudUnknown = 10, "serial-baud-unknown";
            /// `cmdline_end` is not the end of a command line, or is outside of the image's memory.
            CommandLineEndUnusable = 11, "command-line-end-unusable";
            /// The memory at `backup_src_start` cannot be copied to `backup_start`.
            BackupUnusable = 12, "backup-unusable";
        }
        + native {
            /// elfcorehdr, or part of it, is not in the identity map.
            ElfcorehdrUnmapped = 13, "elfcorehdr-unmapped";
            /// The file header or the program headers of elfcorehdr pass the end of its segment.
            ElfcorehdrCut = 14, "elfcorehdr-cut";
            /// elfcorehdr does not start with the magic of an ELF file.
            ElfcorehdrMagic = 15, "elfcorehdr-magic";
            /// elfcorehdr is not a 64-bit, little-endian ELF file of version 1.
            ElfcorehdrClass = 16, "elfcorehdr-class";
            /// elfcorehdr is not a core file.
            ElfcorehdrType = 17, "elfcorehdr-type";
            /// elfcorehdr is not for x86_64.
            ElfcorehdrMachine = 18, "elfcorehdr-machine";
            /// The headers of elfcorehdr have wrong sizes, or the program headers do not follow the file header
            /// directly.
            ElfcorehdrSizes = 19, "elfcorehdr-sizes";
            /// elfcorehdr has no program header.
            ElfcorehdrEmpty = 20, "elfcorehdr-empty";
            /// The first program header of elfcorehdr does not describe notes.
            ElfcorehdrNoNotes = 21, "elfcorehdr-no-notes";
            /// elfcorehdr has no program header for memory.
            ElfcorehdrNoMemory = 22, "elfcorehdr-no-memory";
            /// A program header contradicts itself, the others or the memory map of the capture kernel.
            ElfcorehdrRange = 23, "elfcorehdr-range";
            /// The purgatory's header, code or constants were corrupted, and were repaired from the copies.
            ContentsRepaired = 24, "contents-repaired";
            /// There are no copies of the purgatory's header, code and constants, although the header has the flag for
            /// them. Corrupted contents cannot be repaired.
            CopiesMissing = 25, "copies-missing";
            /// elfcorehdr does not have the loader's digest, although nothing should have rewritten it.
            ElfcorehdrChanged = 26, "elfcorehdr-changed";
        }
    }
}

codes! {
    /// The action after the report.
    Action {
        /// The target kernel is started.
        Boot = 0, "boot";
        /// The processor halts.
        Halt = 1, "halt";
        /// The machine is reset.
        Reset = 2, "reset";
        /// The target kernel is started in spite of a mismatch, because the failure action is `continue`.
        Continue = 3, "continue";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_and_names_are_unique() {
        fn check<T: Copy>(all: &[T], code: impl Fn(T) -> u8, name: impl Fn(T) -> &'static str) {
            assert_eq!(all.iter().map(|m| code(*m)).collect::<HashSet<_>>().len(), all.len());
            assert_eq!(all.iter().map(|m| name(*m)).collect::<HashSet<_>>().len(), all.len());
        }
        check(Status::ALL, Status::code, Status::name);
        check(Warning::ALL, Warning::code, Warning::name);
        check(Action::ALL, Action::code, Action::name);
    }

    #[test]
    fn parses_known_names_only() {
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.name()), Some(*status));
        }
        assert_eq!(Status::from_name("no-such-status"), None);
    }
}
