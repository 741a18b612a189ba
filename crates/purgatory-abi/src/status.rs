//! How a verification ended, what else was odd, and what was done about it.
//!
//! The numbers are stable: once given they are never given to something else. The names are what the report prints.

codes! {
    /// How a verification ended.
    Status {
        /// Every region is what the loader digested.
        Verified = 0, "verified";
        /// The digest is another one: at least one byte has changed since the image was loaded.
        Mismatch = 1, "mismatch";
        /// A region's start plus its length passes the end of the address space.
        RegionWraps = 2, "region-wraps";
        /// A region, or part of one, is not in the identity map.
        RegionUnmapped = 3, "region-unmapped";
        /// A region covers memory of the purgatory itself, which changes while it runs.
        RegionCoversPurgatory = 4, "region-covers-purgatory";
        /// Two regions share memory.
        RegionsOverlap = 5, "regions-overlap";
        /// No SHA-256 implementation of this machine gives the known answers.
        ImplementationsBroken = 6, "implementations-broken";
        /// The address to jump to is not in the identity map.
        EntryUnmapped = 7, "entry-unmapped";
        /// An exception that nothing expected.
        Fault = 8, "fault";
        /// The purgatory contradicts itself: a fault in its own logic.
        Internal = 9, "internal";
        + kexec_tools {
            /// The loader said that nothing is to be verified.
            Skipped = 10, "skipped";
            /// The purgatory lies too high in memory for the mode in which the image is to be started: a 32-bit entry
            /// needs it below 4 GiB, a real-mode entry below 1 MiB.
            EntryTooHigh = 11, "entry-too-high";
        }
        + native {
            /// The header has another magic, version or size, or a flag, a policy or a console that this version does not have.
            HeaderUnknown = 12, "header-unknown";
            /// The header, registers included, is not what the loader digested.
            HeaderCorrupted = 13, "header-corrupted";
            /// The segment digest list, or part of it, is not in the identity map.
            ListUnmapped = 14, "list-unmapped";
            /// The segment digest list is not what the loader digested.
            ListCorrupted = 15, "list-corrupted";
            /// The segment digest list contradicts itself, or has a kind or a flag that this version does not have.
            ListMalformed = 16, "list-malformed";
            /// The purgatory's own code is not what the loader digested.
            CodeCorrupted = 17, "code-corrupted";
        }
    }
}

/// Why an image cannot be verified, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    /// What is wrong.
    pub status: Status,
    /// The slot of the region table or the index of the segment, if one of them is wrong.
    pub slot: Option<u8>,
    /// The physical address at which it is wrong.
    pub address: u64,
}

codes! {
    /// What is odd but keeps no image from being verified and started.
    Warning {
        /// `entry64_regs.rsi` does not point to readable memory.
        BootParamsUnmapped = 1, "boot-params-unmapped";
        /// There is no boot protocol header at `entry64_regs.rsi`.
        BootParamsNoHeader = 2, "boot-params-no-header";
        /// The command line that `boot_params` names is not readable.
        CommandLineUnmapped = 3, "command-line-unmapped";
        /// The command line has no end within the length that Linux allows.
        CommandLineUnterminated = 4, "command-line-unterminated";
        /// A `purgatory.console=` value that has no meaning.
        ConsoleUnknown = 5, "console-unknown";
        /// A `purgatory.on_failure=` value that has no meaning.
        OnFailureUnknown = 6, "on-failure-unknown";
        /// A `purgatory.` word that has no meaning.
        ParameterUnknown = 7, "parameter-unknown";
        /// A SHA-256 implementation gave a wrong answer to a known question, and the next one was taken.
        ImplementationBroken = 8, "implementation-broken";
        + kexec_tools {
            /// `serial_base`, or the address of a console of the native header, is no port of a UART.
            SerialBaseUnknown = 9, "serial-base-unknown";
            /// `serial_baud`, or that of a console of the native header, is no speed that a UART can be set to.
            SerialBaudUnknown = 10, "serial-baud-unknown";
            /// `cmdline_end` is not the end of a command line, or not in memory that the image owns.
            CommandLineEndUnusable = 11, "command-line-end-unusable";
            /// What `backup_src_start` names could not be copied to `backup_start`.
            BackupUnusable = 12, "backup-unusable";
        }
        + native {
            /// elfcorehdr, or part of it, is not in the identity map.
            ElfcorehdrUnmapped = 13, "elfcorehdr-unmapped";
            /// The file header of elfcorehdr, or its program headers, pass the end of its segment.
            ElfcorehdrCut = 14, "elfcorehdr-cut";
            /// It does not begin as an ELF file does.
            ElfcorehdrMagic = 15, "elfcorehdr-magic";
            /// It is no 64-bit, little-endian ELF file of version 1.
            ElfcorehdrClass = 16, "elfcorehdr-class";
            /// It is no core file.
            ElfcorehdrType = 17, "elfcorehdr-type";
            /// It is not x86_64's.
            ElfcorehdrMachine = 18, "elfcorehdr-machine";
            /// Its headers have other sizes than the format's, or the program headers are not right behind the file's.
            ElfcorehdrSizes = 19, "elfcorehdr-sizes";
            /// It has no program header.
            ElfcorehdrEmpty = 20, "elfcorehdr-empty";
            /// Its first program header is not of notes.
            ElfcorehdrNoNotes = 21, "elfcorehdr-no-notes";
            /// It has no program header of memory.
            ElfcorehdrNoMemory = 22, "elfcorehdr-no-memory";
        }
    }
}

codes! {
    /// What was done after the report.
    Action {
        /// The capture kernel was started.
        Boot = 0, "boot";
        /// Nothing more: the processor halts.
        Halt = 1, "halt";
        /// The machine is reset.
        Reset = 2, "reset";
        /// The capture kernel was started although the digest is another one, as it was told.
        Continue = 3, "continue";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_and_name_is_given_once() {
        fn check<T: Copy>(all: &[T], code: impl Fn(T) -> u8, name: impl Fn(T) -> &'static str) {
            assert_eq!(all.iter().map(|m| code(*m)).collect::<HashSet<_>>().len(), all.len());
            assert_eq!(all.iter().map(|m| name(*m)).collect::<HashSet<_>>().len(), all.len());
        }
        check(Status::ALL, Status::code, Status::name);
        check(Warning::ALL, Warning::code, Warning::name);
        check(Action::ALL, Action::code, Action::name);
    }

    #[test]
    fn a_name_leads_back_to_its_member_and_another_to_none() {
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.name()), Some(*status));
        }
        assert_eq!(Status::from_name("no-such-status"), None);
    }
}
