//! The rows of the result: their names, and what each is measured on.

use purgatory_abi::native::SEGMENTS;

/// All rows, in the order in which they are shown. An implementation is here by its name in `purgatory_sha256`.
pub const ROWS: [&str; 27] = [
    "stock-linux-6.1",
    "stock-linux-6.12",
    "stock-kexec-tools",
    "ours-linux",
    "ours-kexec-tools",
    "ours-native",
    "implementation-avx512-short",
    "implementation-avx512",
    "implementation-sha-ni-x3",
    "implementation-sha-ni-x2",
    "implementation-sha-ni",
    "implementation-avx2",
    "implementation-ssse3",
    "implementation-sse2",
    "implementation-scalar",
    "sha2",
    "openssl",
    "ipsec-mb-sse",
    "ipsec-mb-sha-ni",
    "ipsec-mb-avx",
    "ipsec-mb-avx2",
    "ipsec-mb-avx512",
    "blake3",
    "memory-read",
    ZERO_SCAN,
    "crash-image-stock",
    "crash-image-native",
];

/// The one row that is measured on zeros.
pub const ZERO_SCAN: &str = "zero-scan";

/// What is in the memory that a row is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes that look random, all of them payload.
    Random,
    /// Zeros, none of them payload.
    Zeros,
    /// A real crash image: payload and zeros.
    CrashImage,
}

impl Content {
    /// The content for a row.
    #[must_use]
    pub fn of(row: &str) -> Self {
        if row == ZERO_SCAN {
            Self::Zeros
        } else if row.starts_with("crash-image-") {
            Self::CrashImage
        } else {
            Self::Random
        }
    }
}

/// Whether a row is measured on a buffer that stays in the second-level cache: not where the image is what it is, and not
/// where chunks are 64 KiB by contract, too few of which fit to fill the lanes.
#[must_use]
pub fn is_cached(row: &str) -> bool {
    Content::of(row) != Content::CrashImage && row != "ours-native"
}

/// Whether a row is measured over all sizes: the purgatories as they ship.
#[must_use]
pub fn is_sized(row: &str) -> bool {
    row.starts_with("stock-") || row.starts_with("ours-")
}

/// Whether a row can be measured on so many segments: the native purgatory's list has its own among the sixteen.
#[must_use]
pub fn takes(row: &str, segments: usize) -> bool {
    row != "ours-native" || segments < SEGMENTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(holds: impl Fn(&str) -> bool) -> Vec<&'static str> {
        ROWS.into_iter().filter(|row| holds(row)).collect()
    }

    #[test]
    fn no_name_is_there_twice() {
        let mut names = ROWS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn few_rows_are_not_measured_on_random_bytes() {
        assert_eq!(named(|row| Content::of(row) == Content::Zeros), ["zero-scan"]);
        let crash = ["crash-image-stock", "crash-image-native"];
        assert_eq!(named(|row| Content::of(row) == Content::CrashImage), crash);
    }

    #[test]
    fn few_rows_are_not_measured_in_the_cache() {
        let not = named(|row| !is_cached(row));
        assert_eq!(not, ["ours-native", "crash-image-stock", "crash-image-native"]);
    }

    #[test]
    fn purgatories_are_measured_over_all_sizes() {
        assert_eq!(named(is_sized), ROWS[..6]);
    }

    #[test]
    fn the_native_purgatory_takes_a_segment_less() {
        assert_eq!(named(|row| !takes(row, 16)), ["ours-native"]);
        assert_eq!(named(|row| takes(row, 15)), ROWS);
    }
}
