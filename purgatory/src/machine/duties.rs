//! What a loader leaves to its purgatory between verification and hand-off.

use super::probe::{self, FAULTED};
use crate::door::kexec_tools::{Backup, Duties, jump_back_text};
use crate::warnings::Warnings;
use purgatory_abi::status::Warning;

/// Does it; what could not be done is noted.
pub fn perform(duties: &Duties, warnings: &mut Warnings<'_>) {
    if let Some(Backup { from, len, to }) = duties.backup {
        // SAFETY: the front door has checked that the target belongs to the image or to nobody; where one of the two is
        // not mapped, the probe says so.
        if unsafe { probe::try_copy(to, from, len) } == FAULTED {
            warnings.at(Warning::BackupUnusable, to);
        }
    }
    if let Some(jump_back) = duties.jump_back {
        let text = jump_back_text(jump_back.entry);
        // SAFETY: as above, and the text is ours.
        let done = unsafe {
            probe::try_copy(jump_back.cmdline_end, text.as_ptr() as u64, text.len() as u64)
        };
        if done == FAULTED {
            warnings.at(Warning::CommandLineEndUnusable, jump_back.cmdline_end);
        }
    }
}
