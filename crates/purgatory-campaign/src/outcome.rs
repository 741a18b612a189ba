//! The classes of ends.

use serde::{Deserialize, Serialize};

/// How a run with a fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The image was started with the loader's registers, every digested byte as loaded.
    Started,
    /// The image was started although digested bytes were corrupted.
    StartedCorrupted,
    /// The image was started with other registers, or the purgatory itself changed digested bytes.
    StartedWrong,
    /// Execution continued elsewhere in memory, or the process of the run was lost.
    WildJump,
    /// A failure was reported exactly: status, segment, chunk and digests.
    Reported,
    /// A failure was reported, but not exactly.
    ReportedInexactly,
    /// A failure was reported although every byte that the loader wrote and the purgatory uses is intact.
    FalseReport,
    /// The purgatory halted or reset the machine, without a verdict.
    SilentEnd,
    /// The purgatory spins after a digest mismatch, as the stock purgatories do, and printed nothing.
    SilentRefusal,
    /// The run did not end, and printed something.
    Hang,
    /// The run did not end, and printed nothing.
    SilentHang,
    /// The machine was reset by a triple fault, without a verdict.
    TripleFault,
}

impl Outcome {
    /// Every class, in the order of the table, with its name for people.
    pub const ALL: [(Self, &str); 12] = [
        (Self::Started, "started, everything as loaded"),
        (Self::Reported, "failure reported exactly"),
        (Self::ReportedInexactly, "failure reported, not exactly"),
        (Self::SilentRefusal, "refused without a report"),
        (Self::StartedCorrupted, "started although digested bytes were corrupted"),
        (Self::StartedWrong, "started with wrong registers or a modified image"),
        (Self::WildJump, "wild jump"),
        (Self::FalseReport, "failure reported of an intact image"),
        (Self::SilentEnd, "failure action without a verdict"),
        (Self::Hang, "hang after some output"),
        (Self::SilentHang, "hang without output"),
        (Self::TripleFault, "triple fault"),
    ];

    /// Reports whether a kernel ran that must not run.
    #[must_use]
    pub fn is_wrong_start(self) -> bool {
        matches!(self, Self::StartedCorrupted | Self::StartedWrong)
    }
}
