//! What the header says of consoles and policy.

use boot_shim::setup::HeaderWord;
use purgatory_abi::native::{Console, ConsoleKind, OnFailure};
use purgatory_loader::Options;

use crate::error::ShimError;

/// The first port of ttyS0, as on every PC.
const TTYS0: u16 = 0x3f8;
/// The first port of ttyS1.
const TTYS1: u16 = 0x2f8;
/// What a reset waits for.
const SECONDS: u32 = 3;

/// All words at once.
pub(super) fn of(words: &[HeaderWord]) -> Result<Options, ShimError> {
    let mut options = Options::default();
    for word in words {
        let policy = &mut options.policy;
        let console = match word {
            HeaderWord::TtyS0 => Some(Console::uart(TTYS0, 0)),
            HeaderWord::TtyS1 => Some(Console::uart(TTYS1, 115_200)),
            HeaderWord::Silent => Some(Console::SILENT),
            HeaderWord::BadPort => Some(Console::uart(0, 0)),
            HeaderWord::Halt => {
                policy.on_failure = OnFailure::Halt.code();
                None
            }
            HeaderWord::Reset => {
                policy.on_failure = OnFailure::Reset.code();
                policy.seconds = SECONDS;
                None
            }
            HeaderWord::Continue => {
                policy.on_failure = OnFailure::Continue.code();
                None
            }
            HeaderWord::Verbose => {
                policy.verbose = 1;
                None
            }
        };
        if let Some(console) = console {
            let unused = ConsoleKind::Unused.code();
            let mut free = options.consoles.iter_mut().filter(|console| console.kind == unused);
            *free.next().ok_or(ShimError::TooManyConsoles)? = console;
        }
    }
    Ok(options)
}
