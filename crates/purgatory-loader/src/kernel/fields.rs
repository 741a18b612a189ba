//! Little-endian numbers inside bytes.

/// The `N` bytes at `offset`, if they are there.
fn get<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// The u16 at `offset`.
pub(super) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    get(bytes, offset).map(u16::from_le_bytes)
}

/// The u32 at `offset`.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    get(bytes, offset).map(u32::from_le_bytes)
}

/// The u64 at `offset`.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    get(bytes, offset).map(u64::from_le_bytes)
}
