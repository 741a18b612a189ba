//! Consoles and policy in the header.

use boot_shim::setup::HeaderSetting;
use purgatory_abi::native::{Console, OnFailure};
use purgatory_loader::Options;

/// The first port of ttyS0, as on every PC.
const TTYS0: u16 = 0x3f8;
/// The first port of ttyS1.
const TTYS1: u16 = 0x2f8;
/// The wait before a reset.
const SECONDS: u32 = 3;

/// All words at once. The consoles have room for all of them.
pub(super) fn of(words: &[Option<HeaderSetting>; 2]) -> Options {
    let mut options = Options::default();
    for (console, word) in options.consoles.iter_mut().zip(words.iter().flatten()) {
        let policy = &mut options.policy;
        match word {
            HeaderSetting::TtyS0 => *console = Console::uart(TTYS0, 0),
            HeaderSetting::TtyS1 => *console = Console::uart(TTYS1, 115_200),
            HeaderSetting::Silent => *console = Console::SILENT,
            HeaderSetting::Halt => policy.on_failure = OnFailure::Halt.code(),
            HeaderSetting::Reset => {
                policy.on_failure = OnFailure::Reset.code();
                policy.seconds = SECONDS;
            }
            HeaderSetting::Continue => policy.on_failure = OnFailure::Continue.code(),
            HeaderSetting::Verbose => policy.verbose = 1,
            HeaderSetting::FinalElfcorehdr => options.elfcorehdr_is_final = true,
        }
    }
    options
}
