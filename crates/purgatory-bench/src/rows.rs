//! The rows of the result: their names, and the content that each is measured on.

use purgatory_abi::native::SEGMENTS;

/// All rows, in the order of the output. The rows of implementations contain their names in `purgatory_sha256`.
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

/// The only row that is measured on zeros.
pub const ZERO_SCAN: &str = "zero-scan";

/// The content of the memory that a row is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Pseudo-random bytes, all of them payload.
    Random,
    /// Zero padding without payload.
    Zeros,
    /// A real crash image: payload and zero padding.
    CrashImage,
}

impl Content {
    /// Returns the content for a row.
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

/// Reports whether a row is measured on a buffer that stays in the second-level cache. A crash image has a fixed size.
/// The native purgatory has chunks of 64 KiB, and the buffer has too few of them to fill the lanes.
#[must_use]
pub fn is_cached(row: &str) -> bool {
    Content::of(row) != Content::CrashImage && row != "ours-native"
}

/// Reports whether a row is measured for all sizes, as the purgatories are.
#[must_use]
pub fn is_sized(row: &str) -> bool {
    row.starts_with("stock-") || row.starts_with("ours-")
}

/// Reports whether a row can be measured on this number of segments. The native purgatory's own segment is one of the
/// sixteen in its list.
#[must_use]
pub fn supports_segments(row: &str, segments: usize) -> bool {
    row != "ours-native" || segments < SEGMENTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_where(condition: impl Fn(&str) -> bool) -> Vec<&'static str> {
        ROWS.into_iter().filter(|row| condition(row)).collect()
    }

    #[test]
    fn names_are_unique() {
        let mut names = ROWS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn zero_scan_and_crash_images_are_not_measured_on_random_bytes() {
        assert_eq!(rows_where(|row| Content::of(row) == Content::Zeros), ["zero-scan"]);
        let crash = ["crash-image-stock", "crash-image-native"];
        assert_eq!(rows_where(|row| Content::of(row) == Content::CrashImage), crash);
    }

    #[test]
    fn ours_native_and_crash_images_are_not_measured_in_the_cache() {
        let not = rows_where(|row| !is_cached(row));
        assert_eq!(not, ["ours-native", "crash-image-stock", "crash-image-native"]);
    }

    #[test]
    fn purgatories_are_measured_for_all_sizes() {
        assert_eq!(rows_where(is_sized), ROWS[..6]);
    }

    #[test]
    fn ours_native_supports_one_segment_less() {
        assert_eq!(rows_where(|row| !supports_segments(row, 16)), ["ours-native"]);
        assert_eq!(rows_where(|row| supports_segments(row, 15)), ROWS);
    }
}
