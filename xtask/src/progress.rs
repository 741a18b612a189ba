//! Progress messages.

/// Prints the heading of the next part.
pub(crate) fn begin(part: &str) {
    println!("\n==> {part}");
}
