//! Intel's multi-buffer library, through ipsec_mb.c, which `cargo xtask bench` compiles.

use super::foreign::Foreign;
use crate::contender::Candidate;
use std::path::Path;

/// The longest message for its lanes, in whole blocks. The limit in its README is 65,528 bytes, eight less than our
/// chunks.
const LONGEST: usize = 65_528 / 64 * 64;

/// The rows' names, in the order of `enum kind` in ipsec_mb.c.
const KINDS: [&str; 5] =
    ["ipsec-mb-sse", "ipsec-mb-sha-ni", "ipsec-mb-avx", "ipsec-mb-avx2", "ipsec-mb-avx512"];

/// Returns a candidate for each set of instructions.
pub(super) fn candidates(file: &Path) -> Vec<Candidate> {
    let candidate = |(kind, name)| Candidate::new(name, Foreign::open(file, kind, LONGEST));
    (0..).zip(KINDS).map(candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::ROWS;

    #[test]
    fn every_kind_has_a_row() {
        assert!(KINDS.iter().all(|kind| ROWS.contains(kind)));
        let rows = ROWS.iter().filter(|row| row.starts_with("ipsec-mb-"));
        assert_eq!(rows.count(), KINDS.len());
    }

    #[test]
    fn every_row_names_a_missing_library() {
        let candidates = candidates(Path::new("/etc/passwd"));
        let names: Vec<&str> = candidates.iter().map(|candidate| &candidate.name[..]).collect();
        assert_eq!(names, KINDS);
        for candidate in candidates {
            let error = candidate.contender.err().unwrap().to_string();
            assert_eq!(error, "cannot load /etc/passwd");
        }
    }
}
