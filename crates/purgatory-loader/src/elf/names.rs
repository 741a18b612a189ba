//! Names in a string table.

/// The longest name that is read, in bytes. Without a bound, many names that share one long tail would be scanned again
/// and again; no symbol of a purgatory comes near it.
pub(super) const MAX_NAME: usize = 1024;

/// The NUL-terminated name at `offset`: `None` where there is no UTF-8 text of at most [`MAX_NAME`] bytes.
pub(super) fn name_at(table: &[u8], offset: u32) -> Option<&str> {
    let tail = table.get(usize::try_from(offset).ok()?..)?;
    let window = &tail[..tail.len().min(MAX_NAME + 1)];
    let end = memchr::memchr(0, window)?;
    core::str::from_utf8(&window[..end]).ok()
}
