//! Runs every operation on a file of arbitrary bytes. The fuzz target uses it too.

use purgatory_cli::embed::{Source, embed};
use purgatory_cli::inspect::inspect;

/// Runs every operation on a file.
pub(crate) fn everything(file: &[u8], new: &[u8]) {
    if let Err(error) = inspect(file) {
        assert!(!error.to_string().is_empty());
    }
    match embed(file, Source::Given(new)) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(done) => {
            assert_eq!(done.file.len(), file.len());
            let inspection = inspect(&done.file).unwrap();
            assert!(inspection.purgatories.iter().any(|found| found.identity == done.new));
            assert!(inspection.passed());
        }
    }
}
