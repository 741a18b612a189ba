//! The settings of a run. The host writes a [`Setup`] and the shim reads it ([`Order`](crate::order::Order)).

mod choices;
mod kexec_tools;
mod native;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
pub use choices::{BadRegion, CommandLine, Entry, Guest, Mode, Place, Regions, Rip, Rsi};
pub use kexec_tools::{Backup, Call, CommandLineEnd, KexecTools};
pub use native::{Contract, HeaderSetting};

/// The settings of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup<'a> {
    /// The way of entering.
    pub entry: Entry,
    /// The mode that the image is to be started in.
    pub mode: Mode,
    /// The place of the blob.
    pub place: Place,
    /// Whether instructions fault.
    pub guest: Guest,
    /// The exception that a [`Guest::Inject`] gets in the middle of its work.
    pub inject: u8,
    /// Enter with CR4.MCE set.
    pub mce: bool,
    /// Enter with CR0.TS set.
    pub ts: bool,
    /// Enter with garbage in the general, SSE and AVX registers, and in the part of the blob that was zeroed when it
    /// was loaded.
    pub garbage: bool,
    /// Enter from a handler of a non-maskable interrupt.
    pub nmi_blocked: bool,
    /// Enter with a line on the last row of the VGA screen.
    pub last_words: bool,
    /// Enter with the VGA adapter in a graphics mode.
    pub graphics: bool,
    /// XCR0 at entry, where the processor has one.
    pub xcr0: Option<u64>,
    /// Length of the made-up kernel in bytes.
    pub kernel_bytes: u64,
    /// How many bytes at the kernel's end are zero. A loader of the native contract leaves them out of the payload.
    pub zeros: u64,
    /// The region table.
    pub regions: Regions,
    /// A malformed region.
    pub bad_region: BadRegion,
    /// Defects of the tables that a loader of the native contract writes.
    pub contract: Contract,
    /// Consoles and failure action in the header of the native contract.
    pub header_settings: [Option<HeaderSetting>; 2],
    /// The faults. One of [`Part::Digest`](crate::fault::Part::Digest) happens while the digest is written.
    pub faults: [Option<Fault>; 2],
    /// The pointer to the boot parameters.
    pub rsi: Rsi,
    /// The pointer to the command line.
    pub command_line_at: CommandLine,
    /// The entry of the image.
    pub rip: Rip,
    /// Distinct values for the registers that Linux leaves at 0, and for the stack pointer.
    pub registers: bool,
    /// Settings that only kexec-tools passes to its purgatory.
    pub kexec_tools: KexecTools,
    /// The capture kernel's command line.
    pub command_line: &'a str,
}

impl Setup<'_> {
    /// An intact crash image, entered as by Linux 6.1. Its kernel needs more than one page.
    pub const PLAIN: Self = Self {
        entry: Entry::Linux6_1,
        mode: Mode::Bits64,
        place: Place::Crash,
        guest: Guest::None,
        inject: 0,
        mce: false,
        ts: false,
        garbage: false,
        nmi_blocked: false,
        last_words: false,
        graphics: false,
        xcr0: None,
        kernel_bytes: 0x2_0000,
        zeros: 0,
        regions: Regions::Segments,
        bad_region: BadRegion::None,
        contract: Contract::Good,
        header_settings: [None; 2],
        faults: [None; 2],
        rsi: Rsi::BootParams,
        command_line_at: CommandLine::Good,
        rip: Rip::Kernel,
        registers: false,
        kexec_tools: KexecTools::PLAIN,
        command_line: "",
    };

    /// Adds a fault, at most the second one.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        let [first, second] = self.faults;
        assert!(second.is_none(), "a run has at most two faults");
        Self { faults: [Some(fault), first], ..self }
    }
}
