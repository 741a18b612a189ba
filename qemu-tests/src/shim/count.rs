//! How many instructions a blob takes from its entry to the jump.
//!
//! Source of the unit: QEMU's `-icount shift=0`, where an instruction takes a nanosecond, and the time-stamp counter
//! counts those.

use anyhow::{Context, Result};
use boot_shim::setup::{Regions, Setup};
use purgatory_abi::Loader;
use purgatory_abi::native::CHUNK_BYTES;

use super::case::Case;
use crate::workspace;

/// Kernels of so many chunks: a multiple of any implementation's lanes, so that none is idle at the end.
const CHUNKS: [u64; 2] = [48, 96];

/// The cost of a blob for an intact image. It prints no report, so the report is not included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instructions {
    /// From `purgatory_start` to the jump where there is no region or segment to verify. What the blob tries out and
    /// asks itself is among it; in the native blob, the digests of its own code and list too.
    pub around: u64,
    /// The cost of each byte of a kernel in addition.
    pub per_byte: f64,
}

/// Counts them on a processor of QEMU's. It takes a few seconds.
///
/// The few instructions with which the shim enters the blob and notes that it landed are counted too: less than a
/// hundred.
///
/// # Errors
/// A run of the shim fails.
pub fn count(blob: Loader, cpu: &str) -> Result<Instructions> {
    let ticks = |what: &str, setup| -> Result<u64> {
        let name = format!("{}-{cpu}-{what}", blob.name());
        let case = Case::lands(&name, setup, "").of(blob).cpu(cpu).counting();
        let outcome = case.judged(&workspace::runs().join("count")).context(name)?;
        Ok(outcome.shim_value("ticks")?.parse()?)
    };
    let around = ticks("no-regions", Setup { regions: Regions::None, ..Setup::PLAIN })?;
    let bytes = CHUNKS.map(|chunks| chunks * u64::from(CHUNK_BYTES));
    let of_kernel = |kernel_bytes| {
        ticks(&format!("{kernel_bytes}-bytes"), Setup { kernel_bytes, ..Setup::PLAIN })
    };
    let (few, many) = (of_kernel(bytes[0])?, of_kernel(bytes[1])?);
    let per_byte = many.saturating_sub(few) as f64 / (bytes[1] - bytes[0]) as f64;
    Ok(Instructions { around, per_byte })
}
