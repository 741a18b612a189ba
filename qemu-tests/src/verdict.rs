//! Which purgatory a verdict is of.

use purgatory_abi::Loader;
use purgatory_abi::report::VerdictLine;
use purgatory_abi::status::Status;

/// Whether a verdict is of this loader's purgatory. A drop-in that reports its own corrupted code names no loader.
pub(crate) fn is_of(verdict: &VerdictLine<'_>, loader: Loader) -> bool {
    match verdict.loader {
        Some(name) => name == loader.name(),
        None => loader != Loader::Native && verdict.status == Status::CodeCorrupted,
    }
}
