//! Names in a string table.

/// The maximum length of a name in bytes. Without a limit, many names with one shared long tail would be scanned again
/// and again. The symbols of a purgatory are much shorter.
pub(super) const MAX_NAME: usize = 1024;

/// Returns the NUL-terminated name at `offset`, or `None` if it is not UTF-8 or longer than [`MAX_NAME`] bytes.
pub(super) fn name_at(table: &[u8], offset: u32) -> Option<&str> {
    let tail = table.get(usize::try_from(offset).ok()?..)?;
    let window = &tail[..tail.len().min(MAX_NAME + 1)];
    let end = memchr::memchr(0, window)?;
    core::str::from_utf8(&window[..end]).ok()
}
