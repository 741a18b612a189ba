//! The verdict: the one line of a report that programs read.
//!
//! ```text
//! purgatory: verdict version=1 door=linux status=mismatch engine=sha-ni regions=5 bytes=83886080 nmis=0 action=halt
//! ```
//!
//! The line starts with [`PREFIX`]; then come `key=value` pairs, one space between two, no space inside one. Within a
//! version, keys keep their meaning and order, and new ones are added at the end; readers skip those they do not know.

/// What every line of a report starts with.
pub const LINE: &str = "purgatory: ";

/// What the verdict line starts with.
pub const PREFIX: &str = "purgatory: verdict ";

/// The version of the line: value of `version`.
pub const VERSION: u64 = 1;

/// The keys, in the order in which they are printed.
pub mod key {
    /// The line's version, decimal.
    pub const VERSION: &str = "version";
    /// Which loader's contract the blob was built for: `linux`, `kexec-tools` or `native`; `none` if a fault came before
    /// that was known.
    pub const DOOR: &str = "door";
    /// How it ended: a name of [`Status`](crate::status::Status).
    pub const STATUS: &str = "status";
    /// Which SHA-256 engine was used, fastest first: `avx512-short`, `avx512`, `sha-ni-x3`, `sha-ni-x2`, `sha-ni`, `avx2`,
    /// `ssse3`, `sse2`, `scalar`; the drop-ins have `sha-ni` and `scalar` alone. `none` when none was.
    pub const ENGINE: &str = "engine";
    /// How many regions, or segments, were to be verified, decimal.
    pub const REGIONS: &str = "regions";
    /// How many bytes were digested, decimal. Zeros that were looked at do not count.
    pub const BYTES: &str = "bytes";
    /// How many non-maskable interrupts arrived meanwhile, decimal.
    pub const NMIS: &str = "nmis";
    /// What was done: a name of [`Action`](crate::status::Action).
    pub const ACTION: &str = "action";
}

/// The value of `key` in a verdict line, or `None` if the line is no verdict or has no such key.
///
/// Other text may stand before the line's start, as serial logs have it; but what stands inside another line of a report
/// is somebody else's text.
#[must_use]
pub fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (before, pairs) = line.split_once(PREFIX)?;
    if before.contains(LINE) {
        return None;
    }
    pairs.split_ascii_whitespace().find_map(|pair| {
        pair.split_once('=').filter(|(name, _)| *name == key).map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_whole_key() {
        let line = "[ 3.1] purgatory: verdict version=1 status=mismatch action=halt\r";
        assert_eq!(value(line, key::STATUS), Some("mismatch"));
        assert_eq!(value(line, key::ACTION), Some("halt"));
        assert_eq!(value(line, "stat"), None);
        assert_eq!(value("purgatory: status=mismatch", key::STATUS), None);
        let forged = "purgatory: warning: word-unknown at 0x0 a=purgatory: verdict status=verified";
        assert_eq!(value(forged, key::STATUS), None);
    }
}
